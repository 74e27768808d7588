"""The oracle: the published measures computed a second time, in plain pandas, from the extracts themselves.

It shares nothing with the warehouse but the files, the layouts that describe them and the reference data in
seeds/. Where it and the warehouse differ, one of them does not follow the definitions.
"""
