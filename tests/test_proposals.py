"""Proposals of a district: decided one by one, written at once, taken back whole, nothing overwritten."""

import dataclasses

import pandas as pd
import pytest
from sqlalchemy import select

from analysis.assignment import AssignmentWishes
from app.services import assignments, proposal_making, proposal_view, proposals, scenario_steps, scenarios
from app.services.city import assess_city
from app.services.demo import DEMO_DATE
from app.services.errors import RequestError
from app.services.scenario_runs import Question
from app.services.scenarios import KeptScenario
from app.ui.proposal_tables import batch_finding
from app.ui.text import Words
from geodata import access, access_steps
from geodata.errors import AccessRefusedError, ConflictError, GeodataError
from geodata.models import Assignment, Edit, Household, Proposal, Watcher
from geodata.read import read_dataset
from tests.demo_store import OPERATOR, PLANNER, coordinator

DAY = DEMO_DATE


def district_of_most(store):
    with store.begin() as session:
        codes = pd.Series(session.scalars(select(Household.community_district)).all())
    return codes.mode()[0]


def register(store):
    """Return what counts on the day: pairs with role and visits of rows that stand."""
    with store.begin() as session:
        rows = session.scalars(select(Assignment)).all()
    stands = [a for a in rows if a.valid_to is None or a.valid_to >= DAY]
    return {(a.watcher_id, a.household_id, a.role, a.visits_per_month, a.locked) for a in stands}


@pytest.fixture
def batch(demo):
    """A batch of proposals of the largest district, backups too, with its viewer."""
    district = district_of_most(demo)
    viewer = coordinator(district)
    wishes = AssignmentWishes(district=district, backup=True)
    made = proposal_making.propose_for_district(demo, viewer, "normal", DAY, wishes=wishes)
    return demo, viewer, district, made


def items(store, viewer, district):
    """Return the versions of the rows of each open item, by item."""
    rows = proposals.load_proposals(store, viewer, district)
    return {item: part["version"].to_dict() for item, part in rows.groupby("item")}


def accept_in_some_order(store, viewer, district):
    """Accept every item, those without room yet later again; return how many were accepted."""
    accepted, before = 0, -1
    while accepted != before:
        before = accepted
        for versions in items(store, viewer, district).values():
            try:
                proposals.accept(store, viewer, versions, DAY)
            except RequestError:
                continue
            accepted += 1
    return accepted


def test_a_batch_shows_only_households_that_consented_to_the_coordinator(batch):
    store, viewer, district, made = batch
    shown = proposals.load_proposals(store, viewer, district)
    with store.begin() as session:
        consent = dict(session.execute(select(Household.household_id, Household.consent)).all())
    assert 0 < shown["item"].nunique() <= made.items
    assert all(consent[home] >= 2 for home in shown["household_id"])


def test_accepting_writes_the_pairs_of_the_item_at_once(batch):
    store, viewer, district, _ = batch
    rows = proposals.load_proposals(store, viewer, district)
    first = rows[(rows["kind"] == "assign") & (rows["action"] == "add")].iloc[0]
    item = rows[rows["item"] == first["item"]]
    proposals.accept(store, viewer, item["version"].to_dict(), DAY)
    pairs = {(watcher, home, role) for watcher, home, role, *_ in register(store)}
    assert (first["watcher_id"], first["household_id"], "primary") in pairs
    assert first["item"] not in set(proposals.load_proposals(store, viewer, district)["item"])


def test_accepting_and_undoing_gives_the_former_register(batch):
    store, viewer, district, _ = batch
    before, rows = register(store), proposals.load_proposals(store, viewer, district)
    item = rows[rows["item"] == rows["item"].iloc[0]]
    proposals.accept(store, viewer, item["version"].to_dict(), DAY)
    edit = proposals.load_edits(store, viewer, district).index[0]
    proposals.undo(store, viewer, edit)
    assert register(store) == before
    again = proposals.load_proposals(store, viewer, district)
    assert set(again["item"]) == set(rows["item"])  # the proposal is open again
    proposals.accept(store, viewer, again.loc[item.index, "version"].to_dict(), DAY)


def test_accepting_all_brings_what_the_batch_promised(batch):
    store, viewer, district, made = batch
    with store.begin(write=True) as session:  # so that no item is hidden from the coordinator
        for home in session.scalars(select(Household).where(Household.community_district == district)):
            home.consent = max(home.consent, 4)
    wishes = AssignmentWishes(district=district)
    made = proposal_making.propose_for_district(store, viewer, "normal", DAY, wishes=wishes)
    accepted = accept_in_some_order(store, viewer, district)
    city = assess_city(store, viewer, "normal", DAY)
    inside = (city.graph.households["district"] == district).to_numpy()
    watched = (city.coverage.households["status"] == "watched").to_numpy()
    assert accepted == made.items > 5
    assert int((watched & inside).sum()) == made.after["watched"] > made.before["watched"]


def test_item_whose_watcher_has_no_room_yet_is_refused_and_stays_open(batch):
    store, viewer, district, _ = batch
    rows = proposals.load_proposals(store, viewer, district)
    row = rows[(rows["kind"] == "assign") & (rows["action"] == "add")].iloc[0]
    versions = rows.loc[rows["item"] == row["item"], "version"].to_dict()
    before = register(store)
    with pytest.raises(RequestError, match="Expected room"):
        proposals.change(
            store,
            viewer,
            versions,
            DAY,
            proposal_id=row.name,
            watcher_id=row["watcher_id"],
            visits_per_month=row["detail"]["room"] + 1000,
        )
    assert register(store) == before
    assert row.name in proposals.load_proposals(store, viewer, district).index


def test_another_watcher_chosen_by_hand_is_written_instead(batch):
    store, viewer, district, _ = batch
    rows = proposals.load_proposals(store, viewer, district)
    adds = rows[(rows["kind"] == "assign") & (rows["action"] == "add")]
    row = next(
        row
        for _, row in adds.iterrows()
        if any(
            one["watcher_id"] != row["watcher_id"] and one["room"] >= row["visits_per_month"]
            for one in row["detail"]["alternatives"]
        )
    )
    other = next(
        one["watcher_id"]
        for one in row["detail"]["alternatives"]
        if one["watcher_id"] != row["watcher_id"] and one["room"] >= row["visits_per_month"]
    )
    versions = rows.loc[rows["item"] == row["item"], "version"].to_dict()
    visits = row["visits_per_month"]
    how = {"proposal_id": row.name, "watcher_id": other, "visits_per_month": visits}
    proposals.change(store, viewer, versions, DAY, **how, note="近所だから")
    pairs = {(watcher, home) for watcher, home, *_ in register(store)}
    assert (other, row["household_id"]) in pairs
    assert (row["watcher_id"], row["household_id"]) not in pairs
    kept = proposals.load_proposals(store, viewer, district, status="changed").loc[row.name]
    assert (kept["watcher_id"], kept["note"]) == (other, "近所だから")


def test_watcher_who_could_not_visit_is_refused(batch):
    store, viewer, district, _ = batch
    rows = proposals.load_proposals(store, viewer, district)
    row = rows[rows["kind"] == "assign"].iloc[0]
    versions = rows.loc[rows["item"] == row["item"], "version"].to_dict()
    with pytest.raises(GeodataError, match="could visit"):
        proposals.change(
            store, viewer, versions, DAY, proposal_id=row.name, watcher_id="nobody", visits_per_month=1.0
        )


def test_rejecting_leaves_the_register_alone(batch):
    store, viewer, district, _ = batch
    before = register(store)
    item, versions = next(iter(items(store, viewer, district).items()))
    proposals.reject(store, viewer, versions, note="本人が望まない")
    assert register(store) == before
    assert item not in items(store, viewer, district)


def test_stale_form_is_told_and_writes_nothing(batch):
    store, viewer, district, _ = batch
    versions = next(iter(items(store, viewer, district).values()))
    proposals.reject(store, viewer, versions)
    before = register(store)
    with pytest.raises(ConflictError):
        proposals.accept(store, viewer, versions, DAY)
    assert register(store) == before


def test_change_by_somebody_else_at_the_same_watcher_is_a_conflict(batch):
    store, viewer, district, _ = batch
    rows = proposals.load_proposals(store, viewer, district)
    row = rows[(rows["kind"] == "assign") & (rows["action"] == "add")].iloc[0]
    with store.begin(write=True) as session:
        query = select(Assignment.assignment_id).where(Assignment.watcher_id == row["watcher_id"])
        name = session.scalars(query).first()
        rows_now = pd.DataFrame([{"assignment_id": name, "locked": True}])
        revision = read_dataset(session).revision
        access.save_assignments(session, viewer, rows_now, revision=revision, districts={district})
    versions = rows.loc[rows["item"] == row["item"], "version"].to_dict()
    with pytest.raises(ConflictError, match="changes since"):
        proposals.accept(store, viewer, versions, DAY)


def test_only_the_districts_coordinator_decides(batch):
    store, _, district, _ = batch
    versions = next(iter(items(store, coordinator(district), district).values()))
    for viewer in (PLANNER, coordinator("elsewhere")):
        with pytest.raises(AccessRefusedError):
            proposals.accept(store, viewer, versions, DAY)
    with pytest.raises(RequestError, match="district"):
        proposal_making.propose_for_district(store, PLANNER, "normal", DAY, wishes=AssignmentWishes())


def test_second_batch_withdraws_the_first(batch):
    store, viewer, district, _ = batch
    old = next(iter(items(store, viewer, district).values()))
    proposal_making.propose_for_district(
        store, viewer, "normal", DAY, wishes=AssignmentWishes(district=district)
    )
    with pytest.raises(ConflictError):
        proposals.accept(store, viewer, old, DAY)
    with store.begin() as session:
        counted = access_steps.count_proposals(session, PLANNER)
    assert set(counted["status"]) == {"open", "withdrawn"}


def test_plan_with_the_same_wishes_is_the_batch(batch):
    store, viewer, district, made = batch
    wishes = AssignmentWishes(district=district, backup=True)
    plan = assignments.propose(store, viewer, "normal", DAY, wishes=wishes)
    assert dataclasses.asdict(made)["after"] == plan.proposal.after
    assert made.gap <= 1


def test_locked_link_stays_whatever_is_proposed(batch):
    store, viewer, district, _ = batch
    links, revision = proposals.load_standing(store, viewer, district, DAY)
    proposals.lock(store, viewer, list(links.index), locked=True, revision=revision)
    wishes = AssignmentWishes(keep="none", district=district)
    proposal_making.propose_for_district(store, viewer, "normal", DAY, wishes=wishes)
    rows = proposals.load_proposals(store, viewer, district)
    locked = set(zip(links["household_id"], links["watcher_id"], strict=True))
    main = rows[rows["role"] == "primary"]
    fewer = [
        (row.household_id, row.watcher_id)
        for row in main.itertuples()
        if row.visits_per_month < row.detail["before"] - 1e-9
    ]
    assert not locked & set(fewer)
    with pytest.raises(ConflictError):
        proposals.lock(store, viewer, list(links.index), locked=False, revision=revision)


def test_standing_links_of_another_district_are_refused(batch):
    store, _, district, _ = batch
    with pytest.raises(AccessRefusedError):
        proposals.load_standing(store, coordinator("elsewhere"), district, DAY)
    assert proposals.load_standing(store, PLANNER, district, DAY)[0].empty


def test_proposals_of_one_day_are_not_accepted_on_another(batch):
    store, viewer, district, _ = batch
    before, versions = register(store), next(iter(items(store, viewer, district).values()))
    with pytest.raises(RequestError, match="made for"):
        proposals.accept(store, viewer, versions, DAY.replace(year=2028))
    assert register(store) == before


def test_undoing_of_an_acceptance_is_not_undone(batch):
    store, viewer, district, _ = batch
    proposals.accept(store, viewer, next(iter(items(store, viewer, district).values())), DAY)
    proposals.undo(store, viewer, proposals.load_edits(store, viewer, district).index[0])
    with pytest.raises(ConflictError, match="undoing"):
        proposals.undo(store, viewer, proposals.load_edits(store, viewer, district).index[0])


def test_undone_item_of_an_older_batch_stays_withdrawn(batch):
    store, viewer, district, _ = batch
    proposals.accept(store, viewer, next(iter(items(store, viewer, district).values())), DAY)
    edit = proposals.load_edits(store, viewer, district).index[0]
    proposal_making.propose_for_district(
        store, viewer, "normal", DAY, wishes=AssignmentWishes(district=district)
    )
    open_now = set(proposals.load_proposals(store, viewer, district).index)
    proposals.undo(store, viewer, edit)
    assert set(proposals.load_proposals(store, viewer, district).index) == open_now


def test_what_was_done_and_taken_back_since_is_no_conflict(batch):
    store, viewer, district, _ = batch
    links, revision = proposals.load_standing(store, viewer, district, DAY)
    proposals.lock(store, viewer, list(links.index), locked=True, revision=revision)
    versions = next(iter(items(store, viewer, district).values()))
    with pytest.raises(ConflictError):
        proposals.accept(store, viewer, versions, DAY)
    proposals.undo(store, viewer, proposals.load_edits(store, viewer, district).index[0])
    proposals.accept(store, viewer, versions, DAY)


def test_accepting_all_leaves_what_meets_somebody_elses_change(batch):
    store, viewer, district, _ = batch
    rows = proposals.load_proposals(store, viewer, district)
    links, revision = proposals.load_standing(store, viewer, district, DAY)
    met = links[links["watcher_id"].isin(rows["watcher_id"])].iloc[:1]
    proposals.lock(store, viewer, list(met.index), locked=True, revision=revision)
    done, left = proposals.accept_all(store, viewer, rows["version"].to_dict(), DAY)
    assert done + left == rows["item"].nunique()
    assert done > 0 and left > 0
    still = proposals.load_proposals(store, viewer, district)
    touched = {*met["watcher_id"], *met["household_id"]}
    open_people = still.groupby("item").apply(lambda part: {*part["watcher_id"], *part["household_id"]})
    assert all(people & touched for people in open_people)
    assert len(proposals.load_edits(store, viewer, district)) == 2


def test_rejected_pair_is_marked_when_it_comes_again(batch):
    store, viewer, district, _ = batch
    rows = proposals.load_proposals(store, viewer, district)
    first = rows[rows["item"] == rows["item"].iloc[0]]
    proposals.reject(store, viewer, first["version"].to_dict(), note="本人が望まない")
    proposal_making.propose_for_district(
        store, viewer, "normal", DAY, wishes=AssignmentWishes(district=district, backup=True)
    )
    again = proposals.load_proposals(store, viewer, district)
    marked = again[[detail["rejected_before"] for detail in again["detail"]]]
    assert set(marked["household_id"]) == {first["household_id"].iloc[0]}


# --- several batches: a scenario's hand-overs and steps beside the assignments ----------------------------


@pytest.fixture
def two_batches(batch):
    """A scenario's proposals beside the batch: hand-overs, a recruit, consent to ask; numbered from 1 too."""
    store, viewer, district, _ = batch
    changes = (
        {"type": "watchers_leave", "kind": "welfare_commissioner", "district": district, "share": 0.5},
        {
            "type": "watcher_joins",
            "kind": "npo",
            "district": district,
            "x": 0.0,
            "y": 0.0,
            "visits_per_month": 4.0,
            "reach_m": 500.0,
        },
        {"type": "consent_change", "district": district, "level": 3},
    )
    kept = scenarios.save_scenario(store, OPERATOR, KeptScenario("半分", changes))
    scenario_steps.propose_scenario(store, viewer, kept, Question("normal", DAY), district=district)
    return store, viewer, district


def test_items_of_two_batches_are_numbered_through(two_batches):
    store, viewer, district = two_batches
    rows = proposals.load_proposals(store, viewer, district)
    view = proposal_view.load_view(store, viewer, district)
    links = rows[rows["kind"].isin(proposals.AT_ONCE)]
    assert rows["item"].nunique() < len(links[["batch", "item"]].drop_duplicates())  # they share numbers
    assert not view.links[["item", "batch", "household_id"]].drop_duplicates()["item"].duplicated().any()
    assert view.links["item"].nunique() == len(links[["batch", "item"]].drop_duplicates())


def test_steps_stand_beside_the_links_and_count_as_no_household(two_batches):
    store, viewer, district = two_batches
    hidden = proposals.load_proposals(store, viewer, district)["household_id"].iloc[0]
    with store.begin(write=True) as session:
        session.get(Household, hidden).consent = 1
    view = proposal_view.load_view(store, viewer, district)
    assert sorted(view.steps["kind"]) == ["consent", "recruit"]
    assert set(view.links["kind"]) == set(proposals.AT_ONCE)
    with store.begin() as session:
        rows = session.scalars(select(Proposal).where(Proposal.status == "open")).all()
    homes = [home for _, _, home in {(row.batch, row.item, row.household_id) for row in rows} if home]
    assert view.counts == {"open": len(homes)}
    assert view.hidden == homes.count(hidden) > 0


def test_step_is_decided_without_touching_the_register(two_batches):
    store, viewer, district = two_batches
    before = register(store)
    first, second = proposal_view.load_view(store, viewer, district).steps["version"].items()
    proposals.accept(store, viewer, dict([first]), DAY)
    proposals.reject(store, viewer, dict([second]))
    assert register(store) == before
    assert proposal_view.load_view(store, viewer, district).steps.empty


def test_hand_over_is_accepted_after_a_step_of_its_batch(two_batches):
    store, viewer, district = two_batches
    view = proposal_view.load_view(store, viewer, district)
    for number, version in view.steps["version"].items():
        proposals.accept(store, viewer, {number: version}, DAY)
    moves = view.links[view.links["kind"] == "handover"]
    before = register(store)
    proposals.accept_all(store, viewer, moves["version"].to_dict(), DAY)
    assert register(store) != before
    assert len(proposal_view.load_view(store, viewer, district).loads)


def test_rows_of_two_items_are_not_decided_as_one(two_batches):
    store, viewer, district = two_batches
    view = proposal_view.load_view(store, viewer, district)
    before = register(store)
    mixed = view.links.groupby("batch")["version"].head(1).to_dict()
    assert len(mixed) == 2
    with pytest.raises(RequestError, match="of several"):
        proposals.accept(store, viewer, mixed, DAY)
    with pytest.raises(RequestError, match="of several"):
        proposals.reject(store, viewer, mixed)
    assert register(store) == before
    assert len(proposal_view.load_view(store, viewer, district).links) == len(view.links)


def test_accepting_all_of_two_batches_makes_an_edit_of_each(two_batches):
    store, viewer, district = two_batches
    links = proposal_view.load_view(store, viewer, district).links
    moves = links[links["kind"] == "handover"]
    people = {*moves["household_id"], *moves["watcher_id"]}
    meets = links["household_id"].isin(people) | links["watcher_id"].isin(people)
    apart = links[~links["item"].isin(links.loc[meets, "item"])]
    both = pd.concat([apart, moves])
    assert apart["item"].nunique() > 0
    done, left = proposals.accept_all(store, viewer, both["version"].to_dict(), DAY)
    assert (done, left) == (both["item"].nunique(), 0)
    with store.begin() as session:
        edits = session.scalars(select(Edit.batch).where(Edit.act == "accept")).all()
    assert set(edits) == set(both["batch"])
    assert len(edits) == 2


def test_what_a_batch_before_changed_stays_open_and_counted(two_batches):
    store, viewer, district = two_batches
    links = proposal_view.load_view(store, viewer, district).links
    done, left = proposals.accept_all(store, viewer, links["version"].to_dict(), DAY)
    later = proposal_view.load_view(store, viewer, district)
    assert done + left == links["item"].nunique()
    assert later.links["item"].nunique() == later.counts["open"] == left > 0
    assert later.counts["accepted"] == done


def test_room_is_shown_once_for_a_watcher_of_two_batches(two_batches):
    store, viewer, district = two_batches
    loads = proposal_view.load_view(store, viewer, district).loads
    assert loads.index.is_unique
    assert (loads["taken"] == 0).all()
    assert not loads.isna().any(axis=None)


# --- locks of links that no longer count ------------------------------------------------------------------


def lock_one_that_ends(store, viewer, district, end):
    """Lock a standing link, then let ``end`` change its watcher or household; return the link."""
    links, revision = proposals.load_standing(store, viewer, district, DAY)
    link = links.iloc[0]
    proposals.lock(store, viewer, [link.name], locked=True, revision=revision)
    with store.begin(write=True) as session:
        end(session.get(Watcher, link["watcher_id"]), session.get(Household, link["household_id"]))
    return link


def leaves(watcher, household):
    watcher.status = "ended"


def is_gone(watcher, household):
    household.valid_to = DAY.replace(year=DAY.year - 1)


@pytest.mark.parametrize("end", [leaves, is_gone])
def test_lock_of_a_link_that_ended_is_left_out_and_told(batch, end):
    store, viewer, district, _ = batch
    link = lock_one_that_ends(store, viewer, district, end)
    wishes = AssignmentWishes(district=district)
    made = proposal_making.propose_for_district(store, viewer, "normal", DAY, wishes=wishes)
    assert made.status != "infeasible"
    assert made.dead_locks == (link["watcher_id"],)
    assert link["watcher_id"] in batch_finding(made, Words("ja"))


def test_dead_lock_of_another_district_is_not_told(batch):
    store, viewer, district, _ = batch
    lock_one_that_ends(store, viewer, district, leaves)
    with store.begin() as session:
        codes = pd.Series(session.scalars(select(Household.community_district)).all())
    other = codes[codes != district].mode()[0]
    plan = assignments.propose(store, OPERATOR, "normal", DAY, wishes=AssignmentWishes(district=other))
    assert plan.dead_locks.empty
    whole = assignments.propose(store, OPERATOR, "normal", DAY)
    assert set(whole.dead_locks["why"]) == {"not_in_office"}


def test_lock_that_counts_is_still_held_beside_a_dead_one(batch):
    store, viewer, district, _ = batch
    links, revision = proposals.load_standing(store, viewer, district, DAY)
    dead = links["watcher_id"].iloc[0]
    proposals.lock(store, viewer, list(links.index), locked=True, revision=revision)
    with store.begin(write=True) as session:
        leaves(session.get(Watcher, dead), None)
    wishes = AssignmentWishes(keep="none", district=district)
    plan = assignments.propose(store, viewer, "normal", DAY, wishes=wishes)
    standing = plan.graph.assigned
    held = standing[standing["counts"] & (standing["role"] == "primary")]
    held = plan.data.assignments.loc[held.index.intersection(links.index)]
    assert plan.proposal.wishes.locked == set(zip(held["household_id"], held["watcher_id"], strict=True))
    assert set(plan.dead_locks["watcher_id"]) >= {dead}
