"""One module per table of results: each takes the plan and the frames and returns rows."""
