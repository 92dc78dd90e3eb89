"""All tables. Importing this package fills ``Base.metadata``."""

from geodata.models.accounts import Account, SignIn, SignInFailure
from geodata.models.audit import AuditEvent, AuditRule, AuditSeal, ImportLog
from geodata.models.dataset import Dataset
from geodata.models.departed import DepartedHousehold, RetentionRule
from geodata.models.places import Agreement, Area, Facility, StreetEdge
from geodata.models.releases import Release, ReleaseFile
from geodata.models.results import AnalysisRun, HouseholdResult, WatcherResult
from geodata.models.rounds import (
    Dispatch,
    DispatchTask,
    PlannedVisit,
    RoundPlan,
    Signal,
    VisitResult,
)
from geodata.models.sharing import Approval, ConsentRecord, Emergency, SharingRule
from geodata.models.steps import Edit, Proposal, RemedyCost, Scenario, SupportTask
from geodata.models.watching import Assignment, Household, Watcher

__all__ = [
    "Account",
    "Agreement",
    "AnalysisRun",
    "Approval",
    "Area",
    "Assignment",
    "AuditEvent",
    "AuditRule",
    "AuditSeal",
    "ConsentRecord",
    "Dataset",
    "DepartedHousehold",
    "Dispatch",
    "DispatchTask",
    "Edit",
    "Emergency",
    "Facility",
    "Household",
    "HouseholdResult",
    "ImportLog",
    "PlannedVisit",
    "Proposal",
    "Release",
    "ReleaseFile",
    "RemedyCost",
    "RetentionRule",
    "RoundPlan",
    "Scenario",
    "SharingRule",
    "SignIn",
    "SignInFailure",
    "Signal",
    "StreetEdge",
    "SupportTask",
    "VisitResult",
    "Watcher",
    "WatcherResult",
]
