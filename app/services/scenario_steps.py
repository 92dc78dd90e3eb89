"""A scenario turned into proposals of one district: hand-overs to decide, and steps to take first.

Hand-overs rest on today's consents, agreements and rules alone: only that is in force when one is accepted.
What else the scenario changes (somebody joins, consent is asked, an agreement is made) becomes a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.assignment import AssignmentWishes, Proposal
from analysis.assignment_moves import MOVE_COLUMNS
from analysis.handover import HandOver, hand_over
from analysis.scenario import Scenario, ScenarioWorld, apply_scenario
from analysis.scenario_changes import AgreementMade, Change, ConsentChange, WatcherJoins, WatchersLeave
from app.services.assignments import AssignmentPlan
from app.services.city import Report, find_district
from app.services.errors import RequestError
from app.services.proposal_making import proposal_rows
from app.services.scenario_runs import AssessedScenario, Question, assess_world, step_teller
from app.services.scenarios import KeptScenario
from geodata import access, access_steps
from geodata.session import Store
from geodata.viewer import Viewer

ROW_COLUMNS = (
    *("item", "kind", "district", "household_id", "watcher_id", "action", "role", "visits_per_month"),
    "detail",
)


@dataclass(frozen=True)
class ScenarioSteps:
    """What came of turning a scenario into proposals of one district.

    ``status`` of the hand-over (of the whole city): optimal, feasible or nothing_to_do. ``handovers``:
    households of the district with something to decide; ``without_successor``: those some of whose visits
    nobody can take over. ``steps``: counts by kind (recruit, consent, agreement). ``value``,
    ``bound``: weighted visits a year handed over, and the most that can be, of the whole city.
    """

    status: str
    district: str
    handovers: int
    without_successor: int
    steps: dict[str, int]
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """Return how far the plan can be from the best, as a share of the bound."""
        return 0.0 if self.bound <= 0 else (self.bound - self.value) / self.bound


def propose_scenario(
    store: Store,
    viewer: Viewer,
    kept: KeptScenario,
    question: Question,
    *,
    district: str,
    progress: Report | None = None,
) -> ScenarioSteps:
    """Keep the proposals of one district that follow from a scenario; open ones of the same kinds make way.

    Raises
    ------
    RequestError
        The baseline, or a scenario nothing in this district follows from.
    geodata.errors.AccessRefusedError
        Another district than the coordinator's, or a planner.
    """
    if kept.is_baseline:
        raise RequestError("Expected a scenario with changes, got the baseline. Choose another.")
    district = find_district(store, district)
    with store.begin() as session:
        access.check_may_edit(session, viewer, {district})
    tell = step_teller(progress)
    scenario = kept.scenario()
    tell("read")
    today = assess_world(store, viewer, Scenario(kept.name), question)
    tell("best")
    leaving = find_leaving(today, scenario)
    plan = hand_over(today.graph, today.coverage, leaving) if leaving else None
    rows = [] if plan is None else [_handover_rows(today, plan, district)]
    rows.append(step_rows(scenario.changes, district))
    whole = _joined(rows)
    whole["detail"] = [{"scenario": kept.name, **detail} for detail in whole["detail"]]
    if whole.empty:
        raise RequestError(
            f"Expected changes that concern {district}, got none. Choose another scenario or district."
        )
    with store.begin(write=True) as session:
        access_steps.save_proposals(
            session,
            viewer,
            whole,
            revision=today.data.info.revision,
            district=district,
            replaces=tuple(whole["kind"].unique()),
        )
    return _summary(today, plan, whole, district)


def find_leaving(today: AssessedScenario, scenario: Scenario) -> list[str]:
    """Return the watchers in office today who leave in a scenario."""
    changes = tuple(scenario.of_type(WatchersLeave))
    if not changes:
        return []
    before = today.data.watchers
    graph = today.graph
    world = ScenarioWorld(
        households=today.data.households,
        watchers=before,
        assignments=today.data.assignments,
        agreements=today.data.agreements,
        streets=today.data.streets,
        facilities=today.data.households.iloc[:0],
        rules=graph.rules,
        season=graph.situation.season,
        date=graph.situation.date,
    )
    after = apply_scenario(world, Scenario(scenario.name, changes)).watchers
    gone = before.index[(before["status"] != after["status"]).to_numpy()]
    return [name for name in gone if name in graph.watchers.index]


def step_rows(changes: tuple[Change, ...], district: str) -> pd.DataFrame:
    """Return the steps of a district that a scenario supposes, one row each, about no household."""
    rows = []
    for change in changes:
        match change:
            case WatcherJoins() if change.district in (district, None):
                rows.append(("recruit", {"change": change.to_dict()}))
            case ConsentChange() if change.district == district:
                rows.append(("consent", {"change": change.to_dict()}))
            case AgreementMade() if district in (change.district, change.helped):
                rows.append(("agreement", {"change": change.to_dict()}))
    table = pd.DataFrame(rows, columns=["kind", "detail"]).assign(district=district)
    return table.reindex(columns=[name for name in ROW_COLUMNS if name != "item"])


def _handover_rows(today: AssessedScenario, plan: HandOver, district: str) -> pd.DataFrame:
    """Return the moves at the district's households that have a successor; whoever leaves is none.

    A promise of a watcher who leaves to a household nobody takes over stays in the register.
    """
    all_moves = plan.moves
    place = today.graph.households["district"].reindex(all_moves["household_id"]).to_numpy()
    is_begun = (all_moves["visits_per_month"] > 0) & (all_moves["reason"] != "as_delivered")
    has_successor = is_begun.groupby(all_moves["household_id"]).transform("any").to_numpy()
    chosen = (place == district) & has_successor
    moves = all_moves.loc[chosen, [*MOVE_COLUMNS]].reset_index(drop=True)
    if moves.empty:
        return pd.DataFrame(columns=[name for name in ROW_COLUMNS if name != "item"])
    proposal = Proposal(
        status=plan.status,
        wishes=AssignmentWishes(),
        moves=moves,
        before=plan.before,
        after=plan.after,
        bound_weighted_visits=plan.bound,
    )
    situation = today.graph.situation
    rows = proposal_rows(AssignmentPlan(today.data, today.graph, proposal, situation.date))
    leaving = set(plan.leaving)
    made_for = {"season": situation.season, "date": situation.date.isoformat()}
    details = [
        {
            **detail,
            **made_for,
            "alternatives": [one for one in detail["alternatives"] if one["watcher_id"] not in leaving],
        }
        for detail in rows["detail"]
    ]
    return rows.assign(kind="handover", detail=details)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all parts with items numbered through: a household, or a step, each its own."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=list(ROW_COLUMNS))
    rows = pd.concat([part.astype(object) for part in filled], ignore_index=True)
    own = pd.Series([f"step {number}" for number in range(len(rows))], index=rows.index)
    rows["item"] = pd.factorize(rows["household_id"].where(rows["household_id"].notna(), own))[0] + 1
    rows = rows[list(ROW_COLUMNS)].astype(object)
    return rows.where(rows.notna(), None)


def _summary(
    today: AssessedScenario, plan: HandOver | None, rows: pd.DataFrame, district: str
) -> ScenarioSteps:
    moved = rows[rows["kind"] == "handover"]
    steps = rows.loc[rows["kind"] != "handover", "kind"].value_counts()
    left = 0
    if plan is not None:
        homes = today.graph.households["district"].reindex(plan.unplaced["household_id"].unique())
        left = int((homes == district).sum())
    return ScenarioSteps(
        status="nothing_to_do" if plan is None else plan.status,
        district=district,
        handovers=moved["household_id"].nunique(),
        without_successor=left,
        steps={str(kind): int(number) for kind, number in steps.items()},
        value=0.0 if plan is None else plan.value,
        bound=0.0 if plan is None else plan.bound,
    )
