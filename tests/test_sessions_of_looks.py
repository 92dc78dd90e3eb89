"""Whatever a coordinator asks of the services, in whatever order, stays in the own district and the consent.

And what is taken back is gone with the next look: from the open page, the lists, the rounds and the sheets.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from analysis.assignment_wishes import AssignmentWishes
from app import cache, state
from app.errors import refusals
from app.services import (
    coverage,
    handovers,
    network,
    proposal_making,
    proposal_view,
    proposals,
    rounds,
    scenarios,
    sharing,
    steps_apply,
)
from app.services.demo import DEMO_DATE
from geodata.models import Assignment
from geodata.session import Store
from geodata.sharing_records import withdraw_consent
from geodata.viewer import Viewer
from tests import demo_store, sign_in
from tests.conftest import ROOT
from tests.given_away import Truth, text_of, what_the_browser_gets

OWN, OTHER = "K01", "K02"
WHEN = ("normal", DEMO_DATE)


@pytest.fixture(scope="module")
def open_city(demo_file, tmp_path_factory):
    """Give a store with proposals open in two districts, one of them accepted as an edit, and its truth."""
    store = Store(demo_store.copy(demo_file, tmp_path_factory.mktemp("looks")))
    truth = Truth.of(store)
    for district in (OWN, OTHER):
        viewer, wishes = demo_store.coordinator(district), AssignmentWishes(district=district)
        proposal_making.propose_for_district(store, viewer, *WHEN, wishes=wishes)
        view = proposal_view.load_view(store, viewer, district)
        item = view.links[view.links["item"] == view.links["item"].iloc[0]]
        proposals.accept(store, viewer, item["version"].to_dict(), DEMO_DATE)
    coverage.load_city_figures(store, demo_store.PLANNER, *WHEN)
    yield store, truth
    store.close()


LOOKS = {
    "district": lambda store, who, ask: coverage.load_district(store, who, ask.district, *WHEN),
    "network": lambda store, who, ask: network.load_network(store, who, ask.district, *WHEN),
    "household": lambda store, who, ask: coverage.explain_household(store, who, ask.home, *WHEN),
    "proposals": lambda store, who, ask: proposals.load_proposals(store, who, ask.district),
    "view": lambda store, who, ask: proposal_view.load_view(store, who, ask.district),
    "standing": lambda store, who, ask: proposals.load_standing(store, who, ask.district, DEMO_DATE),
    "edits": lambda store, who, ask: proposals.load_edits(store, who, ask.district),
    "list_edits": lambda store, who, ask: steps_apply.list_edits(store, who, ask.district),
    "undo": lambda store, who, ask: proposals.undo(store, who, ask.number),
    "take_back": lambda store, who, ask: steps_apply.take_back(store, who, ask.number),
    "reject": lambda store, who, ask: proposals.reject(store, who, {ask.number: 1}),
    "lock": lambda store, who, ask: proposals.lock(
        store, who, [f"{ask.watcher}:{ask.home}"], locked=True, revision=ask.number
    ),
    "own_watchers": lambda store, who, ask: handovers.own_watchers(store, who, ask.district, DEMO_DATE),
    "who_sees": lambda store, who, ask: sharing.explain(store, who, ask.home),
    "own_homes": lambda store, who, ask: sharing.load_own_households(store, who),
    "scenarios": lambda store, who, ask: scenarios.list_scenarios(store, who),
    "scenario": lambda store, who, ask: scenarios.find_scenario(store, who, ask.text),
    "rounds": lambda store, who, ask: rounds.plan_district(
        store, who, ask.district, *WHEN, watcher_id=ask.watcher
    ),
}


class Ask:
    """What somebody types in by hand."""

    def __init__(self, district: str, home: str, watcher: str, number: int, text: str) -> None:
        self.district, self.home, self.watcher, self.number, self.text = district, home, watcher, number, text

    def __repr__(self) -> str:
        return f"Ask{tuple(vars(self).values())}"


HOMES = [f"H{number:06d}" for number in range(1, 601)]
ASKS = st.builds(
    Ask,
    st.sampled_from([OWN, OTHER, "K03", "K9", "", "' OR 1=1 --", "%"]),
    st.one_of(st.sampled_from(HOMES), st.sampled_from(["", "%", "' OR 1=1 --"])),
    st.sampled_from(["C0001", "C0004", "P0001", "V0001", "", "%"]),
    st.integers(-1, 200),
    st.sampled_from(["baseline", "x", "' OR 1=1 --", ""]),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(looks=st.lists(st.tuples(st.sampled_from(sorted(LOOKS)), ASKS), min_size=1, max_size=6))
def test_no_sequence_of_questions_brings_a_home_of_elsewhere(open_city, looks):
    store, truth = open_city
    who, allowed = demo_store.coordinator(OWN), truth.open_to("coordinator", district=OWN)
    for name, ask in looks:
        try:
            answer = text_of(LOOKS[name](store, who, ask))
        except refusals() as refusal:
            answer = str(refusal)
        assert set(truth.given_away(answer, allowed)) - {ask.home} == set(), (name, ask)


@pytest.fixture
def screen(demo, monkeypatch):
    """Give a store and a function that opens a page of a person in one session and looks again on call."""
    monkeypatch.setenv("MIMAMORI_DATABASE", demo.url)
    cache.open_store.clear()
    person = sign_in.use(monkeypatch)
    sent = what_the_browser_gets(monkeypatch)

    def open_page(viewer: Viewer, name: str, **chosen: object):
        person.viewer = viewer
        page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120)
        for key, value in chosen.items():
            page.session_state[key] = value
        page.run()
        page.switch_page(f"views/{name}.py")

        def look() -> str:
            person.viewer = viewer
            sent.clear()
            page.run()
            assert not page.exception
            return "\n".join(sent)

        return look

    return demo, open_page


def take_back(store: Store, *households: str) -> None:
    """Enter that households took their consent back."""
    with store.begin(write=True) as session:
        for household in households:
            withdraw_consent(session, demo_store.OPERATOR, household)


def test_a_home_taken_back_leaves_the_open_pages_with_the_next_look(screen):
    store, open_page = screen
    coordinator = demo_store.coordinator(OWN)
    watcher = Viewer("test", "watcher", (), "test", "C0001")
    wishes = AssignmentWishes(district=OWN)
    proposal_making.propose_for_district(store, coordinator, *WHEN, wishes=wishes)
    proposed = proposals.load_proposals(store, coordinator, OWN)["household_id"].iloc[0]
    assigned = sharing.load_own_households(store, watcher).reset_index()["household_id"].iloc[0]
    looks = {
        "district": (open_page(coordinator, "district", **{state.HOUSEHOLD: proposed}), proposed),
        "proposals": (open_page(coordinator, "proposals"), proposed),
        "own": (open_page(watcher, "own_households"), assigned),
    }
    assert all(home in look() for look, home in looks.values())
    take_back(store, proposed, assigned)
    assert [name for name, (look, home) in looks.items() if home in look()] == []


def test_a_home_taken_back_leaves_rounds_and_network_with_the_next_read(demo):
    coordinator = demo_store.coordinator(OWN)
    with demo.begin() as session:
        rows = session.query(Assignment.watcher_id, Assignment.household_id).all()
    allowed = Truth.of(demo).open_to("coordinator", district=OWN)
    watcher, home = next(row for row in rows if row[0] == "C0001" and row[1] in allowed)
    reads = {
        "rounds": lambda: rounds.plan_district(demo, coordinator, OWN, *WHEN, watcher_id=watcher),
        "network": lambda: network.load_network(demo, coordinator, OWN, *WHEN),
        "standing": lambda: proposals.load_standing(demo, coordinator, OWN, DEMO_DATE),
    }
    assert all(home in text_of(read()) for read in reads.values())
    take_back(demo, home)
    assert [name for name, read in reads.items() if home in text_of(read())] == []
