"""The one door, function by function and role by role; and no way for a coordinator around it."""

import inspect

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata import access, access_edits, access_steps, sharing_records
from geodata.errors import GeodataError
from geodata.models import AnalysisRun, HouseholdResult, Proposal, WatcherResult
from geodata.session import Store
from geodata.sharing_records import Consent, withdraw_consent
from geodata.viewer import Viewer
from tests.small_sharing import COORDINATOR, EVERYBODY, OPERATOR, TODAY, fill, no_rows

HOMES = ("H0", "H1", "H2", "H3", "H4", "G2")
SHOWN = {"H2", "H3", "H4"}  # to the coordinator of K1 by the rules a store begins with

DOOR = {
    "read_district_households": lambda s, v, a: access.read_district_households(s, v, a.district).households,
    "read_own_households": lambda s, v, a: access.read_own_households(s, v),
    "read_household_results": lambda s, v, a: access.read_household_results(s, v, 1, a.district),
    "read_household_result": lambda s, v, a: access.read_household_result(s, v, 1, a.household),
    "find_visible": lambda s, v, a: access.find_visible(s, v, list(HOMES)),
    "read_district_watchers": lambda s, v, a: access.read_district_watchers(s, v, a.district, 1),
    "read_visiting_watchers": lambda s, v, a: access.read_visiting_watchers(s, v, a.district, ["W1"]),
    "read_watcher_facts": lambda s, v, a: access.read_watcher_facts(s, v, ["W1"]),
    "read_reporting_lines": lambda s, v, a: access.read_reporting_lines(s, v, a.district, ["W1"], 1),
    "read_proposals": lambda s, v, a: access_steps.read_proposals(s, v, a.district),
    "read_proposed_watchers": lambda s, v, a: access_steps.read_proposed_watchers(s, v, a.district),
    "read_own_watchers": lambda s, v, a: access_steps.read_own_watchers(s, v, a.district),
    "decide_item": lambda s, v, a: access_steps.decide_item(s, v, {a.number: 1}, status="rejected"),
    "read_standing": lambda s, v, a: access_edits.read_standing(s, v, a.district, TODAY),
    "read_edits": lambda s, v, a: access_edits.read_edits(s, v, a.district),
    "read_assignments_of": lambda s, v, a: access_edits.read_assignments_of(s, v, list(HOMES)),
    "explain_sharing": lambda s, v, a: _named(sharing_records.explain_sharing(s, v, a.household), a),
    "read_consents": lambda s, v, a: _named(sharing_records.read_consents(s, v, a.household), a),
}
"""What shows households or watchers to somebody."""
COMPUTING = {
    "read_for_analysis": lambda s, v, a: access.read_for_analysis(s, v),
    "read_points_to_place": lambda s, v, a: access.read_points_to_place(s, v),
    "read_statuses_for_cells": lambda s, v, a: access.read_statuses_for_cells(s, v, 1),
    "read_tasks_for_planning": lambda s, v, a: access_steps.read_tasks_for_planning(s, v, a.district),
    "read_rejected": lambda s, v, a: access_steps.read_rejected(s, v, a.district),
    "count_proposals": lambda s, v, a: access_steps.count_proposals(s, v),
    "count_items": lambda s, v, a: access_steps.count_items(s, v, a.district, sources=(("assign",),)),
    "read_scenarios": lambda s, v, a: access_steps.read_scenarios(s, v),
}
"""What is read to compute with, or counts: shown to nobody as it is."""
CHANGING = {
    "save_assignments": lambda s, v, a: access.save_assignments(
        s, v, no_rows(), revision=1, districts={a.district}
    ),
    "save_proposals": lambda s, v, a: access_steps.save_proposals(
        s, v, _no_proposals(), revision=1, district=a.district, replaces=()
    ),
    "save_scenario": lambda s, v, a: access_steps.save_scenario(s, v, "n", [], note=None, version=None),
    "end_scenario": lambda s, v, a: access_steps.end_scenario(s, v, "none", 1),
    "save_costs": lambda s, v, a: access_steps.save_costs(s, v, pd.DataFrame({"remedy": []}), {}),
    "lock_assignments": lambda s, v, a: access_edits.lock_assignments(
        s, v, [f"W1:{a.household}"], locked=True, revision=1
    ),
    "save_hand_over": lambda s, v, a: access_edits.save_hand_over(
        s, v, no_rows(), pd.DataFrame({"watcher_id": []}), revision=1, districts={a.district}
    ),
    "apply_city_step": lambda s, v, a: access_edits.apply_city_step(
        s, v, "watcher", pd.DataFrame({"watcher_id": []}), act="post", revision=1
    ),
    "undo_edit": lambda s, v, a: access_edits.undo_edit(s, v, 1),
    "add_consent": lambda s, v, a: sharing_records.add_consent(s, v, a.household, Consent(3, "yes", TODAY)),
    "withdraw_consent": lambda s, v, a: sharing_records.withdraw_consent(s, v, a.household),
}
INSIDE = {
    *("read_rows", "read_decided", "touched_since"),  # of decide_item and accepting, which check the viewer
    *("read_costs", "check_may_edit", "check_right", "refuse", "share_in"),  # nothing personal
}
MAY_CHANGE = {
    **{
        name: {"coordinator", "operator"} for name in ("save_assignments", "save_proposals", "save_hand_over")
    },
    **{name: {"coordinator", "operator"} for name in ("lock_assignments",)},
    **{name: {"planner", "coordinator", "operator"} for name in ("save_scenario",)},
    "save_costs": {"planner", "operator"},
    "apply_city_step": {"operator"},
    "add_consent": {"administrator", "operator"},
    "withdraw_consent": {"coordinator", "administrator", "operator"},  # a coordinator: of who it sees
}
MAY_COMPUTE = {
    **{name: {"planner", "coordinator", "administrator", "operator"} for name in COMPUTING},
    "read_points_to_place": {"administrator", "operator"},
    "read_scenarios": {"planner", "coordinator", "operator"},
}
NO_HOUSEHOLD = {"council", "auditor", "planner", "administrator"}


class Asked:
    """Arguments of a look."""

    def __init__(self, district="K1", household="H2", number=3):
        self.district, self.household, self.number = district, household, number


def _named(answer, asked):
    return None if answer is None else asked.household


def _no_proposals():
    columns = ["item", "kind", "district", "household_id", "watcher_id"]
    return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})


@pytest.fixture
def city(store):
    return with_results(fill(store))


def with_results(store):
    """Add a run and one open proposal for each household; proposal n is about ``HOMES[n - 1]``."""
    with store.begin(write=True) as session:
        run = {"run_id": 1, "revision": 1, "season": "normal", "reference_date": TODAY, "figures": {}}
        session.add(AnalysisRun(**run, created_at=pd.Timestamp(TODAY).to_pydatetime()))
        session.flush()
        for number, name in enumerate(HOMES, start=1):
            detail = {"watched_by": [], "alternatives": [], "proposed_watcher": "W1"}
            flags = {"status": "unwatched", "backed_up": False, "connected": False, "detail": detail}
            session.add(HouseholdResult(run_id=1, household_id=name, **flags))
            about = {"household_id": name, "watcher_id": "W1", "district": "K2" if name == "G2" else "K1"}
            kept = {"batch": "b", "item": number, "kind": "assign", "detail": detail, "revision": 1}
            made = {"made_by": "x", "made_at": pd.Timestamp(TODAY).to_pydatetime()}
            session.add(Proposal(proposal_id=number, **about, **kept, **made))
        loads = {"in_office": True, "delivered": 0, "promised": 0, "households": 0, "detail": {}}
        session.add(WatcherResult(run_id=1, watcher_id="W1", **loads))
    return store


def look(store, name, viewer, asked):
    """Return what a function of the door answers, or None where it refuses; nothing is kept."""
    try:
        with store.begin(write=True) as session:
            answer = DOOR.get(name, COMPUTING.get(name, CHANGING.get(name)))(session, viewer, asked)
            answer = answer.household_id if isinstance(answer, HouseholdResult) else answer
            session.rollback()
            return answer
    except GeodataError:
        return None


def households_in(answer):
    """Return every household's id that stands anywhere in an answer."""
    if isinstance(answer, pd.DataFrame):
        texts = answer.drop(columns="geometry", errors="ignore").reset_index().to_numpy(object).ravel()
        return {name for name in HOMES for text in texts if name in str(text)}
    if isinstance(answer, tuple):
        return set().union(*map(households_in, answer))
    if isinstance(answer, str):
        return {answer}
    return set(answer) if isinstance(answer, set) else set()


def test_every_function_of_the_door_is_in_a_table_here():
    modules = (access, access_steps, access_edits, sharing_records)
    functions = {
        name
        for module in modules
        for name, one in inspect.getmembers(module, inspect.isfunction)
        if one.__module__ == module.__name__ and not name.startswith("_")
    }
    assert functions == {*DOOR, *COMPUTING, *CHANGING, *INSIDE}


def test_every_function_of_the_door_asks_who_looks():
    for module in (access, access_steps, access_edits, sharing_records):
        for name in {*DOOR, *COMPUTING, *CHANGING} & set(vars(module)):
            assert list(inspect.signature(getattr(module, name)).parameters)[:2] == ["session", "viewer"], (
                name
            )


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda one: f"{one.role}-{one.who}")
def test_each_role_sees_its_households_only(city, viewer):
    shown = {
        "c": SHOWN,
        "o": {"G2"},
        "w1": {*SHOWN, "G2"},
        "w2": {"H4"},
    }.get(viewer.who, set())
    for name in DOOR:
        for number, household in enumerate(HOMES, start=1):
            for district in ("K1", "K2"):
                found = households_in(look(city, name, viewer, Asked(district, household, number)))
                keeps = name in ("explain_sharing", "read_consents") and viewer.role in (
                    "administrator",
                    "operator",
                )
                writes = viewer.role == "operator" and name in ("decide_item", "read_assignments_of")
                allowed = set(HOMES) if keeps or writes else shown
                assert found <= allowed, f"{name} shows {viewer.role} {sorted(found - allowed)}"


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda one: f"{one.role}-{one.who}")
def test_watchers_are_shown_to_coordinators_and_commands_only(city, viewer):
    names = (
        *("read_district_watchers", "read_visiting_watchers", "read_watcher_facts"),
        *("read_reporting_lines", "read_proposed_watchers", "read_own_watchers"),
    )
    for name in names:
        answer = look(city, name, viewer, Asked("K1"))
        frame = answer[0] if isinstance(answer, tuple) else answer
        told = frame is not None and len(frame) > 0
        may_see = viewer == COORDINATOR or (name == "read_watcher_facts" and viewer.who in ("o", "command"))
        assert told == may_see, f"{name} for {viewer.role}"


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda one: f"{one.role}-{one.who}")
def test_each_role_computes_and_changes_what_it_may(city, viewer):
    for name, roles in {**MAY_COMPUTE, **MAY_CHANGE}.items():
        own = Asked("K2" if viewer.who == "o" else "K1", "G2" if viewer.who == "o" else "H2")
        try:
            with city.begin(write=True) as session:
                {**COMPUTING, **CHANGING}[name](session, viewer, own)
                session.rollback()
            done = True
        except GeodataError:
            done = False
        assert done == (viewer.role in roles), f"{name} for {viewer.role}"


def test_a_role_nobody_knows_may_do_nothing(city):
    stranger = Viewer("x", "council")
    object.__setattr__(stranger, "role", "somebody")
    for name in {*DOOR, *COMPUTING, *CHANGING}:
        answer = look(city, name, stranger, Asked())
        assert answer is None or len(answer) == 0, name


def test_proposal_of_a_household_taken_back_is_not_decided(city):
    with city.begin(write=True) as session:
        withdraw_consent(session, OPERATOR, "H3")
    assert look(city, "decide_item", COORDINATOR, Asked(number=4)) is None
    assert look(city, "decide_item", COORDINATOR, Asked(number=3)) is not None


@pytest.fixture(scope="module")
def one_city(tmp_path_factory):
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('door') / 'store.db'}", secret=bytes(range(32)))
    store.migrate()
    yield with_results(fill(store))
    store.close()


LOOKS = st.tuples(
    st.sampled_from(sorted({*DOOR, "read_rejected", "lock_assignments"})),
    st.builds(
        Asked,
        st.sampled_from(["K1", "K2", "K9", ""]),
        st.sampled_from([*HOMES, "", "%", "H%", "' OR 1=1 --"]),
        st.integers(0, 9),
    ),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    looks=st.lists(LOOKS, min_size=1, max_size=8),
    district=st.sampled_from(["K1", "K2"]),
    purpose=st.sampled_from(["watching over", "any", "disaster"]),
)
def test_no_sequence_of_looks_reveals_a_household_outside_the_rules(one_city, looks, district, purpose):
    viewer = Viewer("c", "coordinator", (district,), purpose=purpose)
    allowed = SHOWN if district == "K1" else {"G2"}
    known = set().union(*(households_in(look(one_city, name, viewer, asked)) for name, asked in looks))
    assert known <= allowed
