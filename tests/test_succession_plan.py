"""The succession plan: backups and successors against enumeration, and case by case."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analysis.coverage import assess_coverage
from analysis.errors import FrameError, ParameterError
from analysis.succession_plan import plan_succession
from analysis.watch_graph import build_watch_graph
from analysis.whole_visits import WholeProblem, solve_whole
from tests.small_worlds import NORMAL, assignments, households, watchers, world

NO_SHRINKING = [
    phase for phase in Phase if phase is not Phase.shrink
]  # worlds this small are read as they are
UNTIL = dt.date(2028, 12, 1)
ENDS = "2028-11-30"


def planned(inputs, **options):
    graph = build_watch_graph(inputs, NORMAL)
    return plan_succession(graph, assess_coverage(graph), **{"until": UNTIL} | options)


def near(people, homes):
    return {(person, home): 10 for person in people for home in homes}


def ends_of(graph):
    """Return the term ends, 2100 without one."""
    ends = graph.watchers["term_end"].to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(ends), np.datetime64("2100-01-01"), ends)


def test_backup_is_in_office_after_the_term_and_of_another_organisation():
    # OLD leaves H on 2028-12-01. MATE is of its organisation, LATE leaves the same day, B stays.
    people = watchers(
        OLD=dict(term_end=ENDS, organisation="O"),
        MATE=dict(organisation="O"),
        LATE=dict(term_end=ENDS),
        B=1,
    )
    walks = {("OLD", "H"): 1, ("MATE", "H"): 2, ("LATE", "H"): 3, ("B", "H"): 700}
    plan = planned(world(households(H=1), people, assignments(("OLD", "H")), costs=walks))
    assert plan.backups.drop(columns="backup_leaves").to_dict("records") == [
        {
            "date": pd.Timestamp("2028-12-01"),
            "household_id": "H",
            "watcher_id": "OLD",
            "backup_id": "B",
            "action": "name",
            "visits_per_month": 1.0,
            "cost_m": 700.0,
        }
    ]
    assert (plan.status, plan.value, plan.bound, plan.asked) == ("optimal", 12, 12, 12)
    row = plan.by_date.loc["2028-12-01"]
    assert row.to_dict() == {
        "watchers": 2,
        "households": 1,
        "with_backup": 1,
        "uncovered": 0,
        "weighted_visits": 12.0,
        "weighted_visits_with_backup": 12.0,
    }


def test_room_is_used_once_for_all_days():
    # A leaves H1 in 2026, B leaves H2 in 2028; C has room for one household only: the heavier one.
    people = watchers(A=dict(term_end="2026-11-30"), B=dict(term_end=ENDS), C=1)
    homes = households(H1=1, H2=dict(weight=2.0))
    plan = planned(
        world(homes, people, assignments(("A", "H1"), ("B", "H2")), costs=near("ABC", homes.index))
    )
    assert plan.backups[["household_id", "backup_id"]].to_numpy().tolist() == [["H2", "C"]]
    # B could bridge until 2028, but its own household takes its room.
    assert plan.uncovered[["household_id", "why"]].to_numpy().tolist() == [["H1", "room_taken"]]
    assert (plan.value, plan.bound, plan.asked) == (24, 24, 36)


def test_backup_that_leaves_later_is_used_only_where_nobody_stays():
    # A leaves in 2026, B in 2028. B has room: it bridges two years, and the plan says until when.
    people = dict(A=dict(term_end="2026-11-30"), B=dict(term_end=ENDS), C=1)
    inputs = world(
        households(H=1),
        watchers(**people),
        assignments(("A", "H")),
        costs=near("AB", "H") | {("C", "H"): 799},
    )
    assert planned(inputs).backups[["backup_id", "backup_leaves"]].to_numpy().tolist() == [["C", pd.NaT]]
    without = world(
        households(H=1),
        watchers(**{name: people[name] for name in "AB"}),
        assignments(("A", "H")),
        costs=near("AB", "H"),
    )
    found = planned(without).backups
    assert found[["backup_id", "backup_leaves"]].to_numpy().tolist() == [["B", pd.Timestamp("2028-12-01")]]


def test_backup_that_stands_is_kept_before_a_nearer_one():
    people = watchers(OLD=dict(term_end=ENDS), STANDS=1, NEAR=1)
    walks = {("OLD", "H"): 1, ("STANDS", "H"): 790, ("NEAR", "H"): 10}
    inputs = world(households(H=1), people, assignments(("OLD", "H"), ("STANDS", "H", "backup")), costs=walks)
    assert planned(inputs).backups[["backup_id", "action"]].to_numpy().tolist() == [["STANDS", "keep"]]


def test_two_households_do_not_lean_on_the_same_room_as_coverage_lets_them():
    # Both are "backed up" by B alone, who has room for one of them.
    people = watchers(OLD=dict(visits_per_month=2, term_end=ENDS), B=1)
    homes = households(H1=1, H2=1)
    rows = [("OLD", "H1"), ("OLD", "H2"), ("B", "H1", "backup"), ("B", "H2", "backup")]
    inputs = world(homes, people, assignments(*rows), costs=near(["OLD", "B"], homes.index))
    graph = build_watch_graph(inputs, NORMAL)
    assert assess_coverage(graph).households["backed_up"].tolist() == [True, True]
    plan = planned(inputs)
    assert (len(plan.backups), plan.uncovered["why"].tolist()) == (1, ["room_taken"])


def test_visits_made_there_already_need_no_further_room():
    # H needs 3: OLD makes 2, HELP 1 and has room for 2 more: together the whole need.
    people = watchers(OLD=dict(visits_per_month=2, term_end=ENDS), HELP=3)
    rows = [
        ("OLD", "H", dict(visits_per_month=2)),
        ("HELP", "H", dict(visits_per_month=1)),
    ]
    inputs = world(households(H=3), people, assignments(*rows), costs=near(["OLD", "HELP"], ["H"]))
    assert planned(inputs).backups[["backup_id", "action"]].to_numpy().tolist() == [["HELP", "keep"]]


def test_every_uncovered_household_has_its_reason():
    people = watchers(
        OLD=dict(visits_per_month=9, term_end=ENDS, organisation="O"),
        MATE=dict(visits_per_month=9, organisation="O"),
        LATE=dict(visits_per_month=9, term_end=ENDS),
        SMALL=dict(visits_per_month=1),
    )
    homes = households(ALONE=1, SAME=1, TOO=1, BIG=3)
    walks = near(["OLD"], homes.index) | {
        ("MATE", "SAME"): 5,
        ("LATE", "TOO"): 5,
        ("MATE", "TOO"): 5,
        ("SMALL", "BIG"): 5,
    }
    plan = planned(world(homes, people, assignments(*(("OLD", home) for home in homes.index)), costs=walks))
    assert dict(plan.uncovered[["household_id", "why"]].to_numpy().tolist()) == {
        "ALONE": "nobody_near",
        "SAME": "same_organisation",
        "TOO": "leaves_too",
        "BIG": "no_room",
    }
    assert (plan.status, plan.value, plan.bound) == ("optimal", 0, 0)


def test_high_age_counts_from_its_year_on():
    people = watchers(AGED=dict(birth_year=1952), B=dict(birth_year=1953))  # 75 in 2027 and in 2028
    inputs = world(households(H=1), people, assignments(("AGED", "H")), costs=near(["AGED", "B"], ["H"]))
    found = planned(inputs).backups
    assert found[["date", "backup_id", "backup_leaves"]].to_numpy().tolist() == [
        [pd.Timestamp("2027-01-01"), "B", pd.Timestamp("2028-01-01")]
    ]


def test_successor_is_who_takes_over_the_most_households_together():
    # A visits H1 and H2, B visits H3; C has room for 2, D for 1: C after A and D after B take all 3, the
    # other way round only 1 + 1.
    people = watchers(A=dict(visits_per_month=2, term_end=ENDS), B=dict(term_end=ENDS), C=2, D=1)
    homes = households(H1=1, H2=1, H3=1)
    inputs = world(
        homes,
        people,
        assignments(("A", "H1"), ("A", "H2"), ("B", "H3")),
        costs=near("ABCD", homes.index),
    )
    found = planned(inputs)
    assert found.successors[
        ["watcher_id", "households", "successor_id", "households_taken"]
    ].to_numpy().tolist() == [
        ["A", 2, "C", 2],
        ["B", 1, "D", 1],
    ]
    assert (found.successors_value, found.successors_bound) == (3, 3)


def test_successor_takes_the_rule_of_the_post_but_its_own_district():
    # H lets commissioners know only; a volunteer that follows the commissioner becomes one.
    people = dict(
        OLD=dict(term_end=ENDS),
        V=dict(kind="casual_volunteer"),
        ELSEWHERE=dict(kind="casual_volunteer", district="B"),
    )
    inputs = world(
        households(H=dict(consent=2)),
        watchers(**people),
        assignments(("OLD", "H")),
        costs=near(people, ["H"]),
    )
    found = planned(inputs)
    assert found.successors["successor_id"].tolist() == ["V"]
    assert found.uncovered["why"].tolist() == ["nobody_near"]  # as a backup V may not know of it
    only = planned(inputs, candidates=["ELSEWHERE"])
    assert only.successors[["successor_id", "households_taken"]].to_numpy().tolist() == [[None, 0]]


def test_without_a_day_the_next_re_election_is_looked_at():
    people = watchers(A=dict(term_end=ENDS), B=1)
    inputs = world(households(H=1), people, assignments(("A", "H")), costs=near("AB", ["H"]))
    assert planned(inputs, until=None).until == UNTIL
    nobody = world(households(H=1), watchers(A=1), assignments(("A", "H")), costs=near("A", ["H"]))
    found = planned(nobody, until=None)
    assert (found.until, found.status) == (dt.date(2027, 4, 1), "nothing_to_do")
    assert (len(found.backups), len(found.successors), found.gap) == (0, 0, 0)


def test_empty_city_has_nothing_to_do():
    assert planned(world(households(), watchers(), costs={})).status == "nothing_to_do"


def test_wrong_questions_are_named():
    people = watchers(A=dict(term_end=ENDS), OUT=dict(status="vacant"), SHOP=dict(kind="shop"))
    inputs = world(households(H=1), people, costs=near(["A"], ["H"]))
    with pytest.raises(ParameterError, match="got others: A, OUT, SHOP, X"):
        planned(inputs, candidates=["A", "OUT", "SHOP", "X"])
    graph = build_watch_graph(inputs, NORMAL)
    other = build_watch_graph(world(households(H2=1), watchers(W=1), costs={("W", "H2"): 1}), NORMAL)
    with pytest.raises(FrameError, match="same households"):
        plan_succession(graph, assess_coverage(other))


# --- enumeration ------------------------------------------------------------------------------------------

visits = st.sampled_from([1 / 12, 2 / 12, 3 / 12])
PAIRS = [(f"W{w}", f"H{h}") for w in range(4) for h in range(3)]


@st.composite
def worlds(draw):
    """Worlds of three households, two watchers who leave and two who may stay, some helping today."""
    homes = {
        f"H{number}": {"visits_per_month": draw(visits), "weight": draw(st.sampled_from([0.5, 1.0, 2.0]))}
        for number in range(3)
    }
    people = {
        f"W{number}": {
            "visits_per_month": draw(st.sampled_from([1 / 12, 3 / 12, 6 / 12])),
            "organisation": draw(st.sampled_from([None, None, "O"])),
            "term_end": draw(st.sampled_from(["2026-11-30", ENDS]))
            if number < 2
            else draw(st.sampled_from([None, ENDS])),
        }
        for number in range(4)
    }
    walks = draw(st.dictionaries(st.sampled_from(PAIRS), st.integers(1, 800), min_size=5))
    chosen = draw(st.lists(st.sampled_from(sorted(walks)), unique=True, max_size=6))
    rows = [(*pair, {"role": draw(st.sampled_from(["primary", "primary", "backup"]))}) for pair in chosen]
    return world(households(**homes), watchers(**people), assignments(*rows), costs=walks)


def most_backed(graph):
    """Return the most weighted visits of all ways to name one backup or nobody a household."""
    homes = assess_coverage(graph).households
    people, links = graph.watchers, graph.links.set_index(["household", "watcher"])
    ends, codes = ends_of(graph), people["organisation_code"].to_numpy()
    asking = [
        home
        for home, main in enumerate(homes["main_watcher"])
        if main >= 0 and ends[main] <= np.datetime64(ENDS) and homes["need_visits"].iloc[home] > 0
    ]
    best = 0.0
    for names in itertools.product([None, 0, 1, 2, 3], repeat=len(asking)):
        used, worth = np.zeros(4), 0.0
        for home, name in zip(asking, names, strict=True):
            if name is None:
                continue
            main, need = homes["main_watcher"].iloc[home], homes["need_visits"].iloc[home]
            codes = people["organisation_code"]
            fits = (
                (home, name) in links.index
                and codes.iloc[name] != codes.iloc[main]
                and ends[name] > ends[main]
            )
            if not fits:
                break
            used[name] += need - links.loc[(home, name), "delivered_visits"]
            worth += need * homes["weight"].iloc[home]
        else:
            if (used <= people["room_visits"].to_numpy()).all():
                best = max(best, worth)
    return best


def most_taken(graph):
    """Return the most households any naming of successors takes over."""
    ends = ends_of(graph) <= np.datetime64(ENDS)
    links = graph.links.set_index(["household", "watcher"])
    posts = np.flatnonzero(ends)
    free = np.flatnonzero(~ends)
    given_ = graph.links[graph.links["delivered_visits"] > 0]

    def taken(post, person):
        mine = given_[given_["watcher"] == post].set_index("household")["delivered_visits"]
        near_ = sorted(count for home, count in mine.items() if (home, person) in links.index)
        return int((np.cumsum(near_) <= graph.watchers["room_visits"].iloc[person]).sum())

    best = 0
    for names in itertools.product([None, *free], repeat=len(posts)):
        used = [name for name in names if name is not None]
        if len(set(used)) == len(used):
            pairs = zip(posts, names, strict=True)
            best = max(best, sum(taken(post, name) for post, name in pairs if name is not None))
    return best


@settings(max_examples=60, deadline=None, phases=NO_SHRINKING)
@given(worlds())
def test_no_naming_of_backups_or_successors_is_better(inputs):
    graph = build_watch_graph(inputs, NORMAL)
    plan = planned(inputs)
    assert plan.value == pytest.approx(most_backed(graph))
    assert plan.bound == pytest.approx(plan.value)
    assert plan.successors_value == most_taken(graph)
    assert len(plan.backups) + len(plan.uncovered) == plan.by_date["households"].sum()


@settings(max_examples=30, deadline=None, phases=NO_SHRINKING)
@given(worlds())
def test_backups_named_really_back_up_once_the_register_holds_them(inputs):
    plan = planned(inputs)
    named = plan.backups[plan.backups["action"] == "name"]
    rows = pd.DataFrame(
        {
            "watcher_id": named["backup_id"].to_numpy(),
            "household_id": named["household_id"].to_numpy(),
            "role": "backup",
        },
        index=pd.Index([f"N{number}" for number in range(len(named))], name="assignment_id", dtype=object),
    ).reindex(columns=inputs.assignments.columns)
    both = pd.concat([inputs.assignments.astype(object), rows.astype(object)]).rename_axis("assignment_id")
    graph = build_watch_graph(dataclasses.replace(inputs, assignments=both), NORMAL)
    backed_up = assess_coverage(graph).households["backed_up"]
    assert backed_up[plan.backups["household_id"]].all()


@settings(max_examples=30, deadline=None, phases=NO_SHRINKING)
@given(worlds())
def test_more_room_never_backs_up_less(inputs):
    more = inputs.watchers["visits_per_month"] + 1 / 12
    # Only who delivers nothing: more capacity of the others changes who is the main watcher.
    idle = ~inputs.watchers.index.isin(inputs.assignments["watcher_id"])
    people = inputs.watchers.assign(visits_per_month=more.where(idle, inputs.watchers["visits_per_month"]))
    assert planned(dataclasses.replace(inputs, watchers=people)).value >= planned(inputs).value


@st.composite
def whole_problems(draw):
    homes, people = draw(st.integers(1, 7)), draw(st.integers(1, 4))
    pairs = st.sampled_from([(home, person) for home in range(homes) for person in range(people)])
    links = np.array(sorted(draw(st.sets(pairs, min_size=1)))).reshape(-1, 2)
    need = np.array(draw(st.lists(st.integers(1, 5), min_size=homes, max_size=homes)))
    size = [draw(st.integers(0, need[home])) for home, _ in links]
    return WholeProblem(
        need=need,
        weight=np.array(draw(st.lists(st.integers(1, 3), min_size=homes, max_size=homes))),
        room=np.array(draw(st.lists(st.integers(0, 9), min_size=people, max_size=people))),
        household=links[:, 0],
        watcher=links[:, 1],
        size=np.array(size, dtype=np.int64),
        cost_dm=np.array(draw(st.lists(st.integers(0, 9), min_size=len(links), max_size=len(links)))),
    )


def best_whole(problem):
    """Return worth and price of the best of all plans, by enumeration."""
    homes = len(problem.need)
    offers = [[None, *np.flatnonzero(problem.household == home)] for home in range(homes)]
    best = (0, 0)
    for rows in itertools.product(*offers):
        used = [row for row in rows if row is not None]
        load = np.bincount(problem.watcher[used], problem.size[used], len(problem.room)) if used else 0
        if (load <= problem.room).all():
            worth = int(problem.worth[problem.household[used]].sum()) if used else 0
            price = int((problem.cost_dm * problem.need[problem.household])[used].sum()) if used else 0
            best = max(best, (worth, -price))
    return best


@settings(max_examples=60, deadline=None, phases=NO_SHRINKING)
@given(whole_problems())
def test_whole_households_are_given_in_the_best_and_cheapest_way(problem):
    plan = solve_whole(problem)
    worth, price = best_whole(problem)
    assert (plan.value, plan.bound) == (worth, worth)
    assert -(problem.cost_dm * problem.need[problem.household])[plan.chosen].sum() == price
    load = np.bincount(problem.watcher, problem.size * plan.chosen, len(problem.room))
    assert (load <= problem.room).all()
    assert (np.bincount(problem.household[plan.chosen], minlength=1) <= 1).all()


@settings(max_examples=60, deadline=None, phases=NO_SHRINKING)
@given(whole_problems())
def test_parts_too_large_for_proof_give_a_plan_below_a_valid_bound(problem):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.whole_visits.EXACT_LINKS", 0)
        plan = solve_whole(problem)
    worth, _ = best_whole(problem)
    assert plan.value <= worth <= plan.bound
    load = np.bincount(problem.watcher, problem.size * plan.chosen, len(problem.room))
    assert (load <= problem.room).all()
