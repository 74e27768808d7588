"""Generator of the synthetic demonstration extracts: invented persons in the real export layouts."""
