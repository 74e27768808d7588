"""The search for a sector, institution by institution, in which the study's published numbers can all hold.

Two steps in turn, each of which only moves what the other leaves open:

1. `moments`: numbers of reports, indicators, shares and means by institution under which tables 4.2 to 4.5 can all hold.
2. `sector`: answers of the coordinators (whole numbers) and rates, for chapter 3 and the components of table 4.4.

`python -m staff_mobility.synthetic.calibration` runs them and says which published numbers are still missed, by how much. Nothing
here imports a definition from the pipeline: indices, groups and regressions are written out again, from the study.
"""
