"""Who could be signed as a partner, and which household each would notice how often.

A partner is an organisation with all its rounds, or a single round. Passes are whole passes a year inside.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from analysis.coverage import Coverage
from analysis.errors import ParameterError
from analysis.frames import PASSIVE_KINDS, VISITS_PER_YEAR, WATCHERS, check_frame
from analysis.links import find_notices, pairs_within_reach, texts
from analysis.milp import EQUAL
from analysis.promises import as_visits
from analysis.walking import WalkingCosts
from analysis.watch_graph import WatchGraph, WatchInputs

CANDIDATE = "candidate"  # status of a watcher that could be won but is not yet
UNITS = ("organisation", "round")
COUNTED = ("missed", "all")
ENOUGH_PER_MONTH = 4.0  # assumed: about once a week


@dataclass(frozen=True)
class PartnerRules:
    """What is signed, whom it is to notice, and how often is enough.

    Parameters
    ----------
    enough_per_month : float, above 0; passes a month, equality is enough
    unit : "organisation" (all its candidate rounds at once) or "round"
    households : "missed" (not watched by visits) or "all"; counted are those not yet noticed often enough
    """

    enough_per_month: float = ENOUGH_PER_MONTH
    unit: str = "organisation"
    households: str = "missed"

    def __post_init__(self) -> None:
        """Raise ParameterError naming every value out of range."""
        faults = []
        if not self.enough_per_month > 0:
            faults.append(f"Expected enough passes a month > 0, got {self.enough_per_month}. Correct it.")
        if self.unit not in UNITS:
            faults.append(f"Expected a known unit of signing, got {self.unit!r}. Choose one.")
        if self.households not in COUNTED:
            faults.append(f"Expected known households to count, got {self.households!r}. Choose them.")
        if faults:
            raise ParameterError(" ".join(faults))

    @property
    def enough_visits(self) -> int:
        """Return the passes a year that are enough: the least whole number not below the rule."""
        return int(np.ceil(VISITS_PER_YEAR * self.enough_per_month - EQUAL))


@dataclass(frozen=True, eq=False)
class PartnerOffers:
    """Who could be signed and whom each would notice how often.

    Parameters
    ----------
    rules : PartnerRules they were built for
    households : DataFrame indexed by household_id
        ``weight``, ``asked`` (bool, asked about by the rules), ``counted`` (bool: asked about and not yet
        noticed often enough), ``passes_today`` (a year, of passive watchers in office).
    partners : DataFrame indexed by partner_id (the lowest watcher id of its candidate rounds), sorted
        ``organisation`` (None where it has none), ``rounds`` (int), ``cost_yen`` (a year).
    passes : csc array (households, partners) of int, passes a year
    counts : dict of int
        ``candidates``, ``candidates_noticing_nobody`` (rounds with no household on their way, or that never
        pass), ``households``, ``households_counted``, ``households_enough_today`` (of those asked about, not
        counted), ``households_no_candidate`` (counted, but no candidate would notice them).
    """

    rules: PartnerRules
    households: pd.DataFrame
    partners: pd.DataFrame
    passes: sparse.csc_array
    counts: dict[str, int] = field(default_factory=dict)


def build_partner_offers(
    graph: WatchGraph,
    coverage: Coverage,
    inputs: WatchInputs,
    *,
    rules: PartnerRules = PartnerRules(),
    candidates: tuple[gpd.GeoDataFrame, WalkingCosts] | None = None,
) -> PartnerOffers:
    """Find which candidate would notice which household, by the rule for partners in office.

    Parameters
    ----------
    graph, coverage, inputs : of one date and season
    candidates : frame of watchers and their walking costs, optional
        Without it the passive watchers of the register with the status ``candidate``. Active kinds among them
        are left out. A shop notices on foot, so it needs walking costs; a round or an area does not.

    Returns
    -------
    PartnerOffers
        Each partner costs 0 yen until :func:`with_costs`.

    Raises
    ------
    FrameError
        The candidates break the rule for watchers.
    """
    people, costs = _candidates(inputs) if candidates is None else candidates
    check_frame(people, WATCHERS)
    people = people[people["kind"].isin(PASSIVE_KINDS)].sort_index()
    partners, number = _group(people, rules.unit)
    passes = _passes(people, costs, inputs.households)
    by_partner = sparse.csr_array(
        (np.ones(len(people), dtype=np.int64), (np.arange(len(people)), number)),
        shape=(len(people), len(partners)),
    )
    offered = sparse.csc_array(passes @ by_partner)
    households = _describe_households(graph, coverage, inputs, rules)
    return PartnerOffers(rules, households, partners, offered, _counts(households, passes, offered, rules))


def with_costs(offers: PartnerOffers, cost_yen: float | pd.Series) -> PartnerOffers:
    """Return the offers with what signing costs a year: one figure, or one by partner_id.

    Raises
    ------
    ParameterError
        A cost is missing, negative or infinite.
    """
    costs = cost_yen.reindex(offers.partners.index) if isinstance(cost_yen, pd.Series) else cost_yen
    partners = offers.partners.assign(cost_yen=costs).astype({"cost_yen": float})
    wrong = int((~partners["cost_yen"].between(0, np.inf, inclusive="left")).sum())
    if wrong:
        raise ParameterError(f"Expected costs of signing >= 0 yen, got {wrong} others. Correct them.")
    return replace(offers, partners=partners)


def _candidates(inputs: WatchInputs) -> tuple[gpd.GeoDataFrame, WalkingCosts]:
    return inputs.watchers[(inputs.watchers["status"] == CANDIDATE).to_numpy()], inputs.costs


def _group(people: pd.DataFrame, unit: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the partners and the number of each candidate's; without an organisation one is its own."""
    organisation = texts(people["organisation"]).to_numpy()
    code, names = pd.factorize(organisation)
    alone = code < 0 if unit == "organisation" else np.ones(len(code), dtype=bool)
    _, first, number, rounds = np.unique(
        np.where(alone, len(names) + np.arange(len(code)), code),
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    order = np.argsort(first)  # people are sorted by id, so the first is the lowest
    place = np.argsort(order)
    index = pd.Index(people.index[first[order]], name="partner_id", dtype=object)
    named = pd.Series(organisation[first[order]], index=index, dtype=object)
    columns = {"organisation": named, "rounds": rounds[order], "cost_yen": 0.0}
    return pd.DataFrame(columns, index=index), place[number]


def _passes(people: gpd.GeoDataFrame, costs: WalkingCosts, homes: gpd.GeoDataFrame) -> sparse.csr_array:
    """Return passes a year (households, candidates)."""
    as_partners = pd.DataFrame({"is_active": False, "in_office": True}, index=people.index)
    notices = find_notices(pairs_within_reach(costs, homes, people), homes, people, as_partners)
    passes = as_visits(people["visits_per_month"])[notices["watcher"]]
    table = sparse.csr_array(
        (passes, (notices["household"], notices["watcher"])), shape=(len(homes), len(people))
    )
    table.eliminate_zeros()
    return table


def _describe_households(
    graph: WatchGraph, coverage: Coverage, inputs: WatchInputs, rules: PartnerRules
) -> pd.DataFrame:
    passes = as_visits(inputs.watchers["visits_per_month"])[graph.notices["watcher"]]
    today = np.bincount(graph.notices["household"], weights=passes, minlength=len(graph.households))
    today = today.astype(np.int64)
    asked = (coverage.households["status"] != "watched").to_numpy() | (rules.households == "all")
    return pd.DataFrame(
        {
            "weight": graph.households["weight"],
            "asked": asked,
            "counted": asked & (today < rules.enough_visits),
            "passes_today": today,
        },
        index=graph.households.index,
    )


def _counts(
    households: pd.DataFrame, passes: sparse.csr_array, offered: sparse.csc_array, rules: PartnerRules
) -> dict[str, int]:
    counted, asked = households["counted"].to_numpy(), households["asked"].to_numpy()
    reached = np.diff(sparse.csr_array(offered).indptr) > 0
    return {
        "candidates": passes.shape[1],
        "candidates_noticing_nobody": int((np.diff(sparse.csc_array(passes).indptr) == 0).sum()),
        "households": len(households),
        "households_counted": int(counted.sum()),
        "households_enough_today": int((asked & ~counted).sum()),
        "households_no_candidate": int((counted & ~reached).sum()),
    }
