"""All tables. Importing this package fills ``Base.metadata``."""

from geodata.models.audit import AuditEvent, ImportLog
from geodata.models.dataset import Dataset
from geodata.models.places import Agreement, Area, Facility, StreetEdge
from geodata.models.results import AnalysisRun, HouseholdResult, WatcherResult
from geodata.models.steps import Edit, Proposal, RemedyCost, Scenario, SupportTask
from geodata.models.watching import Assignment, Household, Watcher

__all__ = [
    "Agreement",
    "AnalysisRun",
    "Area",
    "Assignment",
    "AuditEvent",
    "Dataset",
    "Edit",
    "Facility",
    "Household",
    "HouseholdResult",
    "ImportLog",
    "Proposal",
    "RemedyCost",
    "Scenario",
    "StreetEdge",
    "SupportTask",
    "Watcher",
    "WatcherResult",
]
