"""The one exception that the report step raises for its users."""


class ReportError(Exception):
    """The report cannot be made; the message names the model or file, the reason and what to do."""
