"""Landing: extracts from the drop folder into the raw schema, checked, pseudonymised, one transaction a file.

Modules: ``layouts`` (what files look like), ``recognise`` (which layout a file has), ``readers`` (rows out of
files), ``validate`` (cells), ``pseudonyms``, ``register`` (raw schema), ``land`` (all of it in order).
"""
