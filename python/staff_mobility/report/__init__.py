"""Report step: one static page that shows every report model of the warehouse as a chart with a table."""

from staff_mobility.report.errors import ReportError
from staff_mobility.report.site import build_site

__all__ = ["ReportError", "build_site"]
