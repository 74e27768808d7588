"""The statistics step: what the study computed, and beside it what an honest reading needs.

Pure functions on compressed frames; reading marts and writing tables stand at the edge (marts.py, step.py).
Import its modules where they are needed: statsmodels takes seconds to import.
"""
