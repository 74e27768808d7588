"""The gate: every new extract is checked between its loading and its acceptance, and the answer is kept.

A file goes through four stages (file, columns, rows, history). All checks of a stage are made and told at
once; a later stage is reached only if no check of an earlier one blocks. What blocks is quarantined:
nothing of it stays in the warehouse.
"""
