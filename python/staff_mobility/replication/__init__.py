"""A folder with which an outsider can compute every figure and table again."""

from staff_mobility.replication.package import write_package

__all__ = ["write_package"]
