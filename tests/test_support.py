"""Daily tasks to volunteers: by hand, and against trying every choice of people and times."""

from __future__ import annotations

import datetime as dt
import re
from itertools import combinations, pairwise, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import FrameError, ParameterError
from analysis.rounds import WALKING_M_PER_MIN
from analysis.support import UNSERVED, SupportRules, arrange_support, expand_tasks
from analysis.support_tasks import minutes_of_day
from analysis.watch_graph import build_watch_graph
from tests.small_worlds import NORMAL, agreements, households, watchers, world

WED = dt.date(2026, 4, 1)  # a Wednesday
TEN_MINUTES_M = 10 * WALKING_M_PER_MIN
_TASK = {
    "household_id": "H1", "skill": "snow", "minutes": 30, "earliest": None, "latest": None, "repeat": "once",
    "weekdays": None, "every": 1, "people": 1, "weight": 1.0, "valid_from": WED, "valid_to": None,
}  # fmt: skip


def tasks(**rows):
    """Return tasks by id: a mapping of what differs from half an hour of snow at H1 on 1 April."""
    index = pd.Index(list(rows), name="task_id", dtype=object)
    return pd.DataFrame([_TASK | row for row in rows.values()], index=index, columns=list(_TASK))


def volunteer(**extra):
    return {"kind": "casual_volunteer", "reach_m": 5_000.0, **extra}


def graph_of(people, pairs, homes=None, **options):
    homes = households(H1=1) if homes is None else homes
    costs = pairs if isinstance(pairs, dict) else dict.fromkeys((tuple(p.split()) for p in pairs), 0.0)
    return build_watch_graph(world(homes, people, costs=costs, **options), NORMAL)


def register(people, **skills):
    """Return the register with skills (``snow``), or a mapping with hours and minutes too."""
    rows = {
        key: {"skills": row} if isinstance(row, str) else {"skills": "snow", **row}
        for key, row in skills.items()
    }
    extra = pd.DataFrame.from_dict(rows, orient="index").reindex(people.index)
    return people.drop(columns="geometry").join(
        extra.reindex(columns=["skills", "available", "minutes_per_week"])
    )


def arrange(graph, people, wanted, *, days=1, rules=SupportRules(), locked=None, **skills):
    occurrences = expand_tasks(wanted, WED, WED + dt.timedelta(days=days - 1))
    return arrange_support(graph, occurrences, register(people, **skills), rules=rules, locked=locked)


def locks(*rows):
    return pd.DataFrame(rows, columns=["task_id", "date", "watcher_id"])


def fall_on(row, first, last):
    return [str(day.date()) for day in expand_tasks(tasks(T=row), first, last)["date"]]


# --- when tasks fall --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "days"),
    [
        ({}, ["2026-04-01"]),
        ({"repeat": "weekly"}, ["2026-04-01", "2026-04-08", "2026-04-15", "2026-04-22", "2026-04-29"]),
        ({"repeat": "weekly", "weekdays": "tue;fri", "every": 2},  # the first week's Tuesday is past
         ["2026-04-03", "2026-04-14", "2026-04-17", "2026-04-28"]),
        ({"repeat": "weekly", "valid_to": dt.date(2026, 4, 8)}, ["2026-04-01", "2026-04-08"]),
        ({"repeat": "weekly", "valid_from": dt.date(2026, 3, 25), "every": 2}, ["2026-04-08", "2026-04-22"]),
        ({"valid_from": dt.date(2026, 5, 1)}, []),
    ],
)  # fmt: skip
def test_task_falls_on_its_days_within_the_period(row, days):
    assert fall_on(row, WED, dt.date(2026, 4, 30)) == days


@pytest.mark.parametrize(
    ("row", "days"),
    [
        ({"valid_from": dt.date(2026, 1, 31)}, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ({"valid_from": dt.date(2026, 1, 10), "every": 3}, ["2026-01-10", "2026-04-10"]),
        ({"valid_from": dt.date(2026, 1, 14), "weekdays": "wed"},  # second Wednesdays
         ["2026-01-14", "2026-02-11", "2026-03-11", "2026-04-08"]),
        ({"valid_from": dt.date(2026, 1, 30), "weekdays": "fri"},  # fifth Fridays, else the last
         ["2026-01-30", "2026-02-27", "2026-03-27", "2026-04-24"]),
    ],
)  # fmt: skip
def test_monthly_task_keeps_its_day_or_its_turn(row, days):
    assert fall_on({"repeat": "monthly", **row}, dt.date(2026, 1, 1), dt.date(2026, 4, 30)) == days


def test_times_are_read_as_minutes_and_empty_ones_bound_nothing():
    found = expand_tasks(tasks(T={"earliest": "08:30"}), WED, WED)
    assert found.loc[0, ["earliest_min", "latest_min", "minutes"]].tolist() == [510, 1440, 30]
    assert len(expand_tasks(tasks(), WED, WED)) == 0
    assert np.isnan(minutes_of_day(pd.Series(["24:30"]))[0])


def test_faults_of_tasks_are_all_named_at_once():
    wrong = tasks(
        A={"minutes": 0}, B={"people": 1.5}, C={"every": 0}, D={"weight": -1}, E={"repeat": "daily"},
        F={"weekdays": "someday"}, G={"earliest": "noon"}, I={"valid_from": None},
        J={"earliest": "09:00", "latest": "09:29"},
    )  # fmt: skip
    with pytest.raises(FrameError) as raised:
        expand_tasks(wrong, WED, WED)
    for part, task in zip(
        ("minutes", "people", "interval", "weight", "once, weekly", "mon;thu", "08:30", "first day", "room"),
        "ABCDEFGIJ",
        strict=True,
    ):
        assert re.search(rf"{part}[^.]*, got others in {task}\.", str(raised.value))


def test_period_must_begin_before_it_ends_and_be_short():
    with pytest.raises(ParameterError, match="Swap them"):
        expand_tasks(tasks(), WED, WED - dt.timedelta(days=1))
    with pytest.raises(ParameterError, match="got 367"):
        expand_tasks(tasks(), WED, WED + dt.timedelta(days=366))


# --- by hand ----------------------------------------------------------------------------------------------


def test_outing_counts_the_walk_there_and_back():
    people = watchers(V=volunteer())
    graph = graph_of(people, {("V", "H1"): TEN_MINUTES_M})
    plan = arrange(graph, people, tasks(T={}), V="snow")
    assert plan.outings.iloc[0].to_dict() == {
        "task_id": "T", "household_id": "H1", "date": pd.Timestamp(WED), "watcher_id": "V", "leave_min": 480,
        "start_min": 490, "end_min": 520, "return_min": 530, "walk_m": TEN_MINUTES_M, "is_familiar": False,
    }  # fmt: skip
    assert (plan.status, plan.value, plan.bound, plan.gap) == ("optimal", 1.0, 1.0, 0.0)
    assert plan.loads.loc["V"].tolist() == [1, 1, 50, pytest.approx(2 * TEN_MINUTES_M)]


def test_two_outings_of_one_volunteer_may_touch_but_not_overlap():
    # Home at 9:00, two tasks of 30 min next door: both fit in 9:00-10:00, not in 9:00-9:59.
    people = watchers(V=volunteer())
    graph = graph_of(people, ["V H1"])
    for end, served in (("10:00", 2), ("09:59", 1)):
        plan = arrange(graph, people, tasks(A={}, B={}), V={"available": f"wed 09:00-{end}"})
        assert plan.counts["served"] == served
        assert plan.unserved["reason"].tolist() == ["load"] * (2 - served)


def test_outing_of_exactly_the_longest_day_is_allowed():
    people = watchers(V=volunteer())
    graph = graph_of(people, {("V", "H1"): TEN_MINUTES_M})
    for limit, served in ((50, 1), (49, 0)):
        plan = arrange(graph, people, tasks(T={}), rules=SupportRules(minutes_per_day=limit), V="snow")
        assert plan.counts["served"] == served
        assert plan.status == "optimal"


def test_minutes_a_week_hold_from_monday_to_sunday():
    # 1 April 2026 is a Wednesday: five days until Sunday the 5th, then a new week.
    people = watchers(V=volunteer())
    every_day = tasks(T={"repeat": "weekly", "weekdays": "mon;tue;wed;thu;fri;sat;sun"})
    plan = arrange(graph_of(people, ["V H1"]), people, every_day, days=7, V={"minutes_per_week": 60})
    assert plan.outings["date"].dt.isocalendar()["week"].tolist() == [14, 14, 15, 15]
    assert plan.unserved["reason"].tolist() == ["load"] * 3
    assert (plan.status, plan.counts["parts"]) == ("optimal", 2)


def test_task_of_two_people_needs_both_at_the_same_time():
    people = watchers(V=volunteer(), W=volunteer())
    graph = graph_of(people, ["V H1", "W H1"])
    hours = {"V": {"available": "wed 09:00-10:00"}, "W": {"available": "wed 09:30-11:00"}}
    plan = arrange(graph, people, tasks(T={"people": 2}), **hours)
    assert plan.outings["watcher_id"].tolist() == ["V", "W"]
    assert plan.outings["start_min"].tolist() == [570, 570]
    hours["W"] = {"available": "wed 09:31-11:00"}
    plan = arrange(graph, people, tasks(T={"people": 2}), **hours)
    assert plan.unserved["reason"].tolist() == ["hours"]


def test_outing_must_lie_in_one_piece_of_the_hours_unless_they_touch():
    people = watchers(V=volunteer())
    graph = graph_of(people, ["V H1"])
    for hours, reasons in (
        ("wed 09:00-09:20;wed 09:20-09:40", []),
        ("wed 09:00-09:20;wed 09:25-09:45", ["hours"]),
        ("tue 09:00-12:00", ["hours"]),
    ):
        plan = arrange(graph, people, tasks(T={}), V={"available": hours})
        assert plan.unserved["reason"].tolist() == reasons


def test_heavier_task_is_served_where_only_one_can_be():
    people = watchers(V=volunteer())
    wanted = tasks(A={"weight": 2.0}, B={"weight": 2.5}, C={"weight": 0.0})
    plan = arrange(graph_of(people, ["V H1"]), people, wanted, V={"available": "wed 09:00-09:59"})
    assert (plan.outings["task_id"].tolist(), plan.value, plan.bound) == (["B"], 2.5, 2.5)


def test_among_equal_weight_more_tasks_are_served():
    people = watchers(V=volunteer())
    wanted = tasks(Long={"minutes": 60, "weight": 2.0}, A={}, B={}, Nothing={"weight": 0.0, "minutes": 1})
    plan = arrange(graph_of(people, ["V H1"]), people, wanted, V={"available": "wed 09:00-10:00"})
    assert plan.outings["task_id"].tolist() == ["A", "B"]


def test_repeated_task_stays_with_one_volunteer():
    # V is nearer on paper to nobody: both live next door, so only familiarity decides.
    people = watchers(V=volunteer(), W=volunteer())
    wanted = tasks(A={"repeat": "weekly"}, B={"repeat": "weekly"})
    plan = arrange(graph_of(people, ["V H1", "W H1"]), people, wanted, days=22, V="snow", W="snow")
    assert plan.outings.groupby("task_id")["watcher_id"].nunique().tolist() == [1, 1]
    assert plan.outings["is_familiar"].tolist() == [False] * 2 + [True] * 6
    assert plan.loads["outings"].tolist() == [4, 4]  # and the loads are even
    assert plan.preferences_met


def test_short_walk_decides_when_loads_cannot_be_evener():
    people = watchers(V=volunteer(), W=volunteer())
    graph = graph_of(people, {("V", "H1"): TEN_MINUTES_M, ("W", "H1"): 2 * TEN_MINUTES_M})
    plan = arrange(graph, people, tasks(T={}), V="snow", W="snow")
    assert plan.outings["watcher_id"].tolist() == ["V"]


# --- who may, and why not ---------------------------------------------------------------------------------


def reason_for(people, pairs, wanted=None, homes=None, agreed=None, **skills):
    graph = graph_of(people, pairs, homes, agreed=agreed)
    plan = arrange(graph, people, tasks(T={}) if wanted is None else wanted, **skills)
    return plan.unserved["reason"].tolist()


def test_first_reason_that_fits_is_named():
    one = watchers(V=volunteer(district="B"))
    shut = households(H1={"consent": 3})
    assert reason_for(one, ["V H1"], tasks(T={"household_id": "H9"}), V="snow") == ["unknown_household"]
    assert reason_for(one, ["V H1"], homes=shut, V="bulb") == ["no_skill"]
    assert reason_for(one, [], homes=shut, V="snow") == ["no_consent"]
    assert reason_for(one, [], V="snow") == ["out_of_reach"]
    assert reason_for(one, ["V H1"], V="snow") == ["district"]
    night = tasks(T={"earliest": "20:00"})
    assert reason_for(one, ["V H1"], night, agreed=agreements(("B", "A")), V="snow") == ["hours"]
    assert reason_for(one, ["V H1"], agreed=agreements(("B", "A")), V={"minutes_per_week": 29}) == ["load"]
    assert set(UNSERVED) == {
        "unknown_household", "no_skill", "no_consent", "out_of_reach", "district", "hours", "load",
    }  # fmt: skip


def test_task_of_two_people_lacks_what_the_second_lacks():
    people = watchers(V=volunteer(), W=volunteer())
    wanted = tasks(T={"people": 2})
    assert reason_for(people, ["V H1", "W H1"], wanted, V="snow", W="bulb") == ["no_skill"]
    assert reason_for(people, ["V H1"], wanted, V="snow", W="snow") == ["out_of_reach"]


def test_passive_and_retired_watchers_take_no_tasks():
    people = watchers(S=volunteer(kind="shop"), R=volunteer(status="ended"), N=volunteer())
    assert reason_for(people, ["S H1", "R H1", "N H1"], S="snow", R="snow", N="") == ["no_skill"]


# --- locks ------------------------------------------------------------------------------------------------


def test_locked_volunteer_comes_though_another_is_nearer():
    people = watchers(V=volunteer(), W=volunteer())
    graph = graph_of(people, {("V", "H1"): 0.0, ("W", "H1"): TEN_MINUTES_M})
    plan = arrange(graph, people, tasks(T={}), V="snow", W="snow", locked=locks(("T", WED, "W")))
    assert (plan.status, plan.outings["watcher_id"].tolist()) == ("optimal", ["W"])


def test_locks_that_cannot_be_kept_are_infeasible_with_a_reason():
    people = watchers(V=volunteer(), W=volunteer())
    graph = graph_of(people, ["V H1"])
    hours = {"V": {"available": "wed 09:00-09:59"}, "W": "snow"}
    for wish, reasons in (
        (locks(("T", WED, "Nobody"), ("X", WED, "V"), ("T", dt.date(2026, 4, 2), "V")), ["unknown"] * 3),
        (locks(("T", WED, "W")), ["cannot"]),
        (locks(("T", WED, "V"), ("U", WED, "V")), ["together"] * 2),
    ):
        plan = arrange(graph, people, tasks(T={}, U={}), locked=wish, **hours)
        assert plan.status == "infeasible"
        assert plan.contradictions["reason"].tolist() == reasons
        assert len(plan.outings) == 0 and np.isnan(plan.value) and np.isnan(plan.bound)
        assert plan.counts["occurrences"] == 2 and plan.counts["unserved"] == 0  # nothing was decided
        assert plan.loads["outings"].tolist() == [0, 0]


def test_locks_without_a_column_are_refused():
    people = watchers(V=volunteer())
    with pytest.raises(FrameError, match="got none named watcher_id"):
        arrange(
            graph_of(people, []), people, tasks(), V="snow", locked=pd.DataFrame(columns=["task_id", "date"])
        )


# --- edges ------------------------------------------------------------------------------------------------


def test_no_task_in_the_period_is_nothing_to_do():
    people = watchers(V=volunteer())
    plan = arrange(graph_of(people, ["V H1"]), people, tasks(), V="snow")
    assert (plan.status, plan.value, plan.bound, plan.gap) == ("nothing_to_do", 0.0, 0.0, 0.0)


def test_tasks_without_any_volunteer_stay_listed():
    people = watchers(V=volunteer())
    plan = arrange(graph_of(people, ["V H1"]), people, tasks(A={}, B={"skill": "bulb"}))
    assert (plan.status, plan.value) == ("optimal", 0.0)
    assert plan.unserved[["task_id", "reason"]].to_numpy().tolist() == [["A", "no_skill"], ["B", "no_skill"]]
    assert plan.counts["unserved"] == 2 and plan.counts["volunteers"] == 0


def test_bad_hours_minutes_and_rules_are_refused():
    people = watchers(V=volunteer())
    graph = graph_of(people, ["V H1"])
    for extra, match in (
        ({"available": "wed 9-12"}, "hours such as mon 09:00-12:00, got others of V"),
        ({"available": "wed 12:00-09:00"}, "got others of V"),
        ({"minutes_per_week": -1}, "minutes a week >= 0, got 1 negative"),
    ):
        with pytest.raises(FrameError, match=match):
            arrange(graph, people, tasks(T={}), V=extra)
    with pytest.raises(
        ParameterError, match=r"hours to begin before they end.*minutes a day > 0.*effort > 0"
    ):
        SupportRules(day_from="18:00", day_to="08:00", minutes_per_day=0, effort=0)


def test_frames_given_are_not_changed():
    people = watchers(V=volunteer())
    graph, wanted = graph_of(people, ["V H1"]), tasks(T={"weight": 1.23456})
    before = wanted.copy()
    occurrences = expand_tasks(wanted, WED, WED)
    kept = occurrences.copy()
    plan = arrange_support(graph, occurrences, register(people, V="snow"))
    pd.testing.assert_frame_equal(wanted, before)
    pd.testing.assert_frame_equal(occurrences, kept)
    assert plan.value == pytest.approx(1.235)  # weights count to a thousandth


# --- against trying everything ----------------------------------------------------------------------------


@st.composite
def small_day(draw):
    """Two or three tasks and up to three volunteers; all times in steps of ten minutes."""
    names = [f"V{number}" for number in range(draw(st.integers(1, 3)))]
    homes = [f"H{number}" for number in range(1, draw(st.integers(2, 3)) + 1)]
    people = watchers(**{name: volunteer() for name in names})
    walks = {(v, h): draw(st.sampled_from([None, 0, 1, 2])) for v in names for h in homes}
    pairs = {pair: ten * TEN_MINUTES_M for pair, ten in walks.items() if ten is not None}
    skills = {}
    for name in names:
        begin = draw(st.sampled_from([0, 10, 20]))
        hours = f"wed 09:{begin:02d}-10:{draw(st.sampled_from([0, 10, 30])):02d}"
        week = draw(st.sampled_from([np.nan, 50.0, 80.0]))
        skills[name] = {"available": hours, "minutes_per_week": week}
    rows = {}
    for number, home in enumerate(homes):
        rows[f"T{number}"] = {
            "household_id": home,
            "minutes": draw(st.sampled_from([20, 30])),
            "people": draw(st.sampled_from([1, 1, 2])),
            "weight": draw(st.sampled_from([1.0, 1.5, 2.0])),
            "latest": draw(st.sampled_from([None, "09:50"])),
        }
    graph = graph_of(people, pairs, households(**dict.fromkeys(homes, 1)))
    return graph, people, tasks(**rows), skills, pairs


def choices_of(task, names, pairs):
    """Return every way to do a task: nobody, or its people at a minute of the grid."""
    able = [name for name in names if (name, task["household_id"]) in pairs]
    latest = 590 if task["latest"] == "09:50" else 1440
    starts = range(540, min(630, latest) - task["minutes"] + 1, 10)
    return [None, *product(combinations(able, task["people"]), starts)]


def is_possible(rows, chosen, skills, pairs, limit):
    away = {}
    for task, choice in zip(rows, chosen, strict=True):
        for name in choice[0] if choice else ():
            walk = round(pairs[name, task["household_id"]] / WALKING_M_PER_MIN)
            away.setdefault(name, []).append((choice[1] - walk, choice[1] + task["minutes"] + walk))
    for name, times in away.items():
        begin, end = (int(t[:2]) * 60 + int(t[3:]) for t in skills[name]["available"][4:].split("-"))
        times = sorted(times)
        total = sum(back - leave for leave, back in times)
        if (
            times[0][0] < begin
            or times[-1][1] > end
            or total > limit
            or total > skills[name]["minutes_per_week"]
        ):
            return False
        if any(first[1] > second[0] for first, second in pairwise(times)):
            return False
    return True


@settings(max_examples=40, deadline=None)
@given(small_day(), st.sampled_from([60, 240]))
def test_value_is_the_best_of_all_choices(day, limit):
    graph, people, wanted, skills, pairs = day
    rows = wanted.to_dict("records")
    every = product(*(choices_of(task, people.index, pairs) for task in rows))
    worth = lambda chosen: sum(t["weight"] for t, c in zip(rows, chosen, strict=True) if c)  # noqa: E731
    best = max(worth(chosen) for chosen in every if is_possible(rows, chosen, skills, pairs, limit))
    plan = arrange(graph, people, wanted, rules=SupportRules(minutes_per_day=limit), **skills)
    assert plan.status == "optimal"
    assert plan.value == pytest.approx(best)
    assert plan.bound == pytest.approx(best)
    assert keeps_the_rules(plan, wanted, skills, limit)


def keeps_the_rules(plan, wanted, skills, limit):
    """Check a plan's outings by their own figures; also that every task is served in full or unserved."""
    people = plan.outings.groupby("task_id").agg(n=("watcher_id", "nunique"), starts=("start_min", "nunique"))
    whole = (people["n"] == wanted.loc[people.index, "people"]).all() and (people["starts"] == 1).all()
    split = set(people.index) | set(plan.unserved["task_id"]) == set(wanted.index)
    for name, mine in plan.outings.groupby("watcher_id"):
        mine = mine.sort_values("leave_min")
        apart = (mine["leave_min"].to_numpy()[1:] >= mine["return_min"].to_numpy()[:-1]).all()
        total = (mine["return_min"] - mine["leave_min"]).sum()
        assert apart and total <= limit and not total > skills[name]["minutes_per_week"]
    return whole and split and len(people) + len(plan.unserved) == len(wanted)


@st.composite
def two_days(draw):
    """Two tasks on two days, volunteers with a limited week and hours long enough for any order."""
    names = [f"V{number}" for number in range(draw(st.integers(1, 3)))]
    walks = {(v, h): draw(st.sampled_from([0, 1, 2])) for v in names for h in ("H1", "H2")}
    limits = {name: draw(st.sampled_from([80.0, 130.0, 300.0])) for name in names}
    weights = [draw(st.sampled_from([1.0, 2.0])) for _ in range(2)]
    return names, walks, limits, weights


def rank_of(choice, walks, limits, weights):
    """Return what a choice of volunteers comes to, best last; None where somebody is away too long."""
    loads, strangers, walk, worth, count = dict.fromkeys(limits, 0), set(), 0, 0.0, 0
    days = dict.fromkeys(product(limits, range(2)), 0)
    for place, name in enumerate(choice):
        task, day = divmod(place, 2)
        if name is None:
            continue
        way = walks[name, f"H{task + 1}"]
        loads[name] += 40 + 20 * way
        days[name, day] += 40 + 20 * way
        strangers.add((task, name))
        walk, worth, count = walk + way, worth + weights[task], count + 1
    if any(loads[name] > limits[name] for name in limits) or max(days.values()) > 120:
        return None
    return worth, count, -len(strangers), -max(loads.values()), -walk


@settings(max_examples=40, deadline=None)
@given(two_days())
def test_preferences_are_met_in_their_order_as_by_trying_everything(case):
    names, walks, limits, weights = case
    people = watchers(**{name: volunteer() for name in names})
    pairs = {pair: ten * TEN_MINUTES_M for pair, ten in walks.items()}
    row = {"repeat": "weekly", "weekdays": "wed;thu", "minutes": 40}
    wanted = tasks(**{f"T{i}": {**row, "household_id": f"H{i + 1}", "weight": weights[i]} for i in range(2)})
    plan = arrange(
        graph_of(people, pairs, households(H1=1, H2=1)),
        people,
        wanted,
        days=2,
        rules=SupportRules(minutes_per_day=120),
        **{name: {"minutes_per_week": limit} for name, limit in limits.items()},
    )
    every = (rank_of(choice, walks, limits, weights) for choice in product([None, *names], repeat=4))
    best = max(rank for rank in every if rank is not None)
    sent = plan.outings.set_index(["task_id", "date"])["watcher_id"].to_dict()
    slots = [
        (f"T{task}", pd.Timestamp(WED) + pd.Timedelta(days=day)) for task in range(2) for day in range(2)
    ]
    assert plan.preferences_met and plan.status == "optimal"
    assert rank_of([sent.get(slot) for slot in slots], walks, limits, weights) == best


@settings(max_examples=20, deadline=None)
@given(small_day())
def test_more_minutes_a_day_never_lower_the_value(day):
    graph, people, wanted, skills, _ = day
    values = [
        arrange(graph, people, wanted, rules=SupportRules(minutes_per_day=limit), **skills).value
        for limit in (30, 60, 90, 240)
    ]
    assert (np.diff(values) >= 0).all()


@settings(max_examples=15, deadline=None)
@given(small_day())
def test_little_effort_still_gives_a_plan_within_its_bound(day):
    graph, people, wanted, skills, _ = day
    full = arrange(graph, people, wanted, **skills)
    hasty = arrange(graph, people, wanted, rules=SupportRules(effort=1e-9), **skills)
    assert hasty.value <= full.value <= hasty.bound
    assert hasty.status in ("optimal", "feasible")
    assert keeps_the_rules(hasty, wanted, skills, 240)


def test_same_input_gives_the_same_plan():
    people = watchers(V=volunteer(), W=volunteer(), X=volunteer())
    graph = graph_of(people, ["V H1", "W H1", "X H1"])
    wanted = tasks(**{f"T{number}": {"minutes": 45 + number} for number in range(8)})
    first, second = (arrange(graph, people, wanted, V="snow", W="snow", X="snow") for _ in range(2))
    pd.testing.assert_frame_equal(first.outings, second.outings)
