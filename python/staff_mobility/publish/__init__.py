"""From the working warehouse to an audited read-only copy that other tools open."""

# How many publications are kept, and by which share of the last one's rows a mart may grow or shrink unseen.
DEFAULT_KEPT = 5
DEFAULT_MAX_CHANGE = 0.25
DEFAULT_POSTGRES_SCHEMA = "staff_mobility"
