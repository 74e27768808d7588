"""A person's right to erasure, and the change of the pseudonym key: docs/erasure.md.

Modules: ``named_person`` (whom the agency means), ``person`` (which rows are theirs), ``reach`` (where else they stand),
``delivered_files`` and ``gate_results`` and ``corrections`` (what lies beside the warehouse), ``rewrite`` (a new file in the
place of the old one), ``erase`` and ``rotate_key`` (the verbs).
"""
