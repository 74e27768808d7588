"""The disclosure control of public marts, in the order in which data flow through it.

statement -> facts -> linked_tables -> primary -> protection, complementary, means, former -> edits -> control

`settings` are those of disclosure_control.yml; `rounding` takes the place of hiding counts where it is switched on;
`results` are the marts of the statistics step. Everything between `facts` and `edits` is pure: arrays in, arrays out.
"""
