"""Whether the printed values of the study can all hold at once: computed from print alone, without any report."""
