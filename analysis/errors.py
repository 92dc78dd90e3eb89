"""Errors a caller of ``analysis`` can cause. An infeasible plan is a status, never an error."""


class AnalysisError(Exception):
    """Base of the errors below."""


class FrameError(AnalysisError):
    """A frame lacks columns, repeats ids, or is in the wrong CRS; all failures in one message."""


class ParameterError(AnalysisError):
    """A number or choice outside its range."""
