"""Daily help of the demo city: one plan for all, each viewer gets what the rules allow, counts add up."""

import datetime as dt

import pandas as pd
import pytest
from sqlalchemy import select

from app.services import support
from app.services.demo import DEMO_DATE
from app.services.errors import RequestError
from app.services.support import SupportRequest, count_support, load_week, plan_support, read_tasks_file
from app.ui import support_tables
from app.ui.text import Words
from geodata.errors import AccessRefusedError, ImportRefusedError
from geodata.models import AuditEvent, Household, Watcher
from tests.demo_store import OPERATOR, PLANNER, coordinator

REQUEST = SupportRequest("normal", DEMO_DATE, 7)
HEAD = "依頼番号,世帯番号,内容,所要時間,開始日\n"


def consents(store):
    with store.begin() as session:
        return dict(session.execute(select(Household.household_id, Household.consent)).all())


@pytest.fixture
def planned(demo):
    return demo, plan_support(demo, OPERATOR, REQUEST)


def busiest(city):
    codes = city.district.reindex(city.plan.outings["household_id"])
    return codes.value_counts().index[0]


def test_every_time_asked_for_is_served_or_has_a_reason(planned):
    _, city = planned
    totals = count_support(city).totals
    assert totals["times"] == len(city.occurrences) > 0
    assert totals["times"] == totals["times_served"] + totals["times_unserved"]
    assert totals["times_unserved"] == len(city.plan.unserved)


def test_counts_by_district_and_skill_add_up_to_the_city(planned):
    counts = count_support(planned[1])
    for table in (counts.districts, counts.skills):
        for name in ("households", "times", "times_served", "times_unserved"):
            if name != "households" or table is counts.districts:
                assert table[name].sum() == counts.totals[name]
    assert counts.reasons["times"].sum() == counts.totals["times_unserved"]


def test_coordinator_sees_only_own_households_that_consented(planned):
    store, city = planned
    code = busiest(city)
    week = load_week(store, coordinator(code), city, code)
    known = consents(store)
    seen = [*week.outings["household_id"], *week.unserved["household_id"]]
    assert len(week.outings) > 0
    assert all(known[home] >= 2 and city.district[home] == code for home in seen)
    here = city.district.reindex(city.plan.unserved["household_id"]) == code
    assert len(week.unserved) + week.hidden_unserved == here.sum()


def test_volunteers_get_only_households_whose_consent_reaches_their_kind(planned):
    store, city = planned
    known = consents(store)
    with store.begin() as session:
        kind = dict(session.execute(select(Watcher.watcher_id, Watcher.kind)).all())
    lowest = {"welfare_commissioner": 2, "community_promoter": 3, "neighbour": 3}
    pairs = zip(city.plan.outings["watcher_id"], city.plan.outings["household_id"], strict=True)
    assert all(known[home] >= lowest.get(kind[watcher], 4) for watcher, home in pairs)


def test_week_of_a_district_says_how_often_its_volunteers_help_elsewhere(planned):
    store, city = planned
    code = busiest(city)
    week = load_week(store, coordinator(code), city, code)
    away = city.plan.outings["watcher_id"].value_counts()
    here = week.outings["watcher_id"].value_counts()
    assert (week.elsewhere == (away.reindex(here.index) - here).reindex(week.elsewhere.index)).all()


def test_planner_and_foreign_coordinator_are_refused_and_it_is_recorded(planned):
    store, city = planned
    code = busiest(city)
    for viewer, district in ((PLANNER, code), (coordinator("K99"), code), (coordinator(code), None)):
        with pytest.raises(AccessRefusedError):
            load_week(store, viewer, city, district)
    with store.begin() as session:
        acts = session.scalars(select(AuditEvent.act).where(AuditEvent.object_kind == "task")).all()
    assert acts.count("refuse") == 3


def test_a_locked_volunteer_does_the_task_in_the_plan_made_again(planned):
    store, city = planned
    done = city.plan.outings.iloc[-1]
    lock = (done["task_id"], done["date"].date(), done["watcher_id"])
    again = plan_support(store, OPERATOR, SupportRequest("normal", DEMO_DATE, 7, locked=(lock,)))
    rows = again.plan.outings
    chosen = rows[(rows["task_id"] == lock[0]) & (rows["date"] == done["date"])]
    assert lock[2] in set(chosen["watcher_id"])
    assert again.plan.value == city.plan.value


def test_an_impossible_lock_is_told_and_nothing_is_called_unserved(demo):
    lock = ("K99999", DEMO_DATE, "W0")
    city = plan_support(demo, OPERATOR, SupportRequest("normal", DEMO_DATE, 7, locked=(lock,)))
    counts = count_support(city)
    assert city.plan.status == "infeasible"
    assert counts.totals["times"] == counts.totals["times_unserved"] == 0
    assert "合わない" in support_tables.support_finding(counts, Words("ja"))


def test_tasks_of_a_file_are_planned_and_not_stored(demo, tmp_path):
    home = next(name for name, level in sorted(consents(demo).items()) if level == 4)
    file = tmp_path / "tasks.csv"
    file.write_text(HEAD + f"T1,{home},ごみ出し,10,{DEMO_DATE}\n", "utf-8")
    tasks, report = read_tasks_file(demo, file)
    assert (report.rows_read, tasks["skill"].tolist()) == (1, ["rubbish"])
    city = plan_support(demo, OPERATOR, SupportRequest("normal", DEMO_DATE, 1, tasks=tasks))
    assert city.occurrences["task_id"].tolist() == ["T1"]
    stored = plan_support(demo, OPERATOR, SupportRequest("normal", DEMO_DATE, 7))
    assert "T1" not in set(stored.occurrences["task_id"])


def test_a_file_with_an_unknown_household_is_refused_with_its_row(demo, tmp_path):
    file = tmp_path / "tasks.csv"
    file.write_text(HEAD + f"T1,H999999,除雪,10,{DEMO_DATE}\n", "utf-8")
    with pytest.raises(ImportRefusedError, match="row 2"):
        read_tasks_file(demo, file)


@pytest.mark.parametrize("days", [0, 32])
def test_a_period_too_short_or_long_is_refused(days):
    with pytest.raises(RequestError, match="1 to 31 days"):
        SupportRequest("normal", DEMO_DATE, days)


def test_days_without_a_task_have_nothing_to_do(demo):
    city = plan_support(demo, OPERATOR, SupportRequest("normal", dt.date(2020, 1, 1), 1))
    counts = count_support(city)
    assert city.plan.status == "nothing_to_do"
    assert counts.totals["times"] == 0 and counts.districts.empty
    assert "ありません" in support_tables.support_finding(counts, Words("ja"))


def test_times_of_few_households_are_held_back_for_planners():
    counts = pd.DataFrame(
        {
            "households": [9, 30, 30],
            "times": [40, 60, 60],
            "times_served": [40, 58, 30],
            "times_unserved": [0, 2, 30],
            "households_served": [9, 30, 15],
            "households_unserved": [0, 2, 20],
        }
    )
    shown = support_tables.hide_times(counts)
    assert shown["times"].isna().tolist() == [True, False, False]
    assert shown["times_served"].isna().tolist() == [True, True, False]
    assert shown["times_unserved"].isna().tolist() == [True, True, False]


def test_progress_is_told_up_to_the_last_step_and_can_stop_the_work(demo):
    told = []
    plan_support(demo, OPERATOR, REQUEST, progress=told.append)
    done = [step.done for step in told]
    assert done == sorted(done) and done[-1] == told[-1].total
    assert {step.step for step in told} == set(support._STEPS)

    def stop(step):
        if step.step == "support":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan_support(demo, OPERATOR, REQUEST, progress=stop)
