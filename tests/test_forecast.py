"""Coverage in the years ahead: term ends, ages and cases by hand, and the order they must keep."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.coverage import assess_coverage
from analysis.dropout import expected_coverage, simulate_coverage
from analysis.errors import ParameterError
from analysis.forecast import LeavingRules, forecast_coverage, next_re_election, stay_probability
from analysis.watch_graph import Situation, build_watch_graph
from tests.small_worlds import NORMAL, TODAY, assignments, households, watchers, world

HALF = LeavingRules(
    not_reappointed=0.5, stays_empty=0.4, yearly_leaving_younger=0.1, yearly_leaving_older=0.5
)
TERMS_ONLY = LeavingRules(
    not_reappointed=0.5, stays_empty=0.4, yearly_leaving_younger=0, yearly_leaving_older=0
)
END = "2028-11-30"
ELECTION = dt.date(2028, 12, 1)


def graph_of(situation=NORMAL, **people):
    """Return a graph in which each watcher alone watches a household of its own, one visit a month."""
    homes = households(**{f"H_{name}": 1 for name in people})
    rows = [(name, f"H_{name}") for name in people]
    near = {row: 1 for row in rows}
    return build_watch_graph(world(homes, watchers(**people), assignments(*rows), costs=near), situation)


def forecast_of(graph, **options):
    """Return the forecast with its dates as index."""
    options = {"rules": TERMS_ONLY, "seed": 1, "draws": 50} | options
    made = forecast_coverage(graph, assess_coverage(graph), **options)
    return made, made.dates.set_index("date")


# --- one post ---------------------------------------------------------------------------------------------


def test_term_end_counts_from_the_day_after_it_and_every_three_years():
    # A post is lost at a term end with 0.5 * 0.4 = 0.2.
    graph = graph_of(W=dict(term_end=END))
    days = ["2028-11-30", "2028-12-01", "2031-11-30", "2031-12-01", "2034-12-01"]
    found = [stay_probability(graph, dt.date.fromisoformat(day), rules=TERMS_ONLY)["W"] for day in days]
    assert found == pytest.approx([1, 0.8, 0.8, 0.8**2, 0.8**3])


def test_length_of_a_term_is_a_rule():
    graph = graph_of(W=dict(term_end="2027-03-31"))
    rules = LeavingRules(1.0, 0.5, 0, 0, term_years=2)
    days = [dt.date(2029, 3, 31), dt.date(2029, 4, 1)]
    assert [stay_probability(graph, day, rules=rules)["W"] for day in days] == [0.5, 0.25]


def test_term_that_ends_on_the_day_looked_at_has_not_ended():
    graph = graph_of(W=dict(term_end=TODAY.isoformat()))
    assert stay_probability(graph, TODAY, rules=TERMS_ONLY)["W"] == 1
    assert stay_probability(graph, TODAY + dt.timedelta(days=1), rules=TERMS_ONLY)["W"] == pytest.approx(0.8)


def test_yearly_rate_rises_in_the_year_of_the_high_age():
    # Born 1952, 75 in 2027: 275 days from 1 April 2026 at 0.1 a year, then 365 days at 0.5.
    graph = graph_of(W=dict(birth_year=1952), OLD=dict(birth_year=1940), YOUNG=dict(birth_year=1990), ORG=1)
    found = stay_probability(graph, dt.date(2028, 1, 1), rules=HALF)
    days = 640 / 365.25
    assert found["W"] == pytest.approx(0.9 ** (275 / 365.25) * 0.5 ** (365 / 365.25))
    assert found["OLD"] == pytest.approx(0.5**days)
    assert found["YOUNG"] == found["ORG"] == pytest.approx(0.9**days)  # unknown age: as if younger


def test_high_age_is_that_of_the_situation():
    graph = graph_of(Situation(TODAY, high_age=60), W=dict(birth_year=1966))
    assert stay_probability(graph, dt.date(2027, 4, 1), rules=HALF)["W"] == pytest.approx(
        0.5 ** (365 / 365.25)
    )


def test_terms_and_years_multiply():
    graph = graph_of(W=dict(term_end=END, birth_year=1990))
    days = (ELECTION - TODAY).days / 365.25
    assert stay_probability(graph, ELECTION, rules=HALF)["W"] == pytest.approx(0.8 * 0.9**days)


def test_empty_posts_and_passive_watchers_are_never_kept():
    graph = graph_of(V=dict(status="vacant"), S=dict(kind="shop"), OVER=dict(term_end="2026-03-31"), W=1)
    assert stay_probability(graph, TODAY).to_dict() == {"V": 0, "S": 0, "OVER": 0, "W": 1}


def test_defaults_are_the_national_shares():
    rules = LeavingRules()
    open_posts = 240_971 - (1 - rules.not_reappointed) * 220_880
    assert rules.stays_empty == pytest.approx(20_091 / open_posts, abs=0.005)
    assert rules.lost_at_term_end == pytest.approx(0.0713)


# --- the city ---------------------------------------------------------------------------------------------


def test_dates_are_today_the_re_election_and_the_ends_of_fiscal_years():
    _, dates = forecast_of(graph_of(W=dict(term_end=END)), years=3)
    assert [f"{day:%Y-%m-%d} {event}" for day, event in dates["event"].items()] == [
        "2026-04-01 today",
        "2027-03-31 year_end",
        "2028-03-31 year_end",
        "2028-12-01 re_election",
        "2029-03-31 year_end",
    ]
    assert dates["terms_ended"].tolist() == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("today", "first"),
    [(dt.date(2027, 3, 30), "2027-03-31"), (dt.date(2027, 3, 31), "2028-03-31")],
)
def test_year_end_of_today_itself_is_not_ahead(today, first):
    _, dates = forecast_of(graph_of(Situation(today), W=1), years=1)
    assert dates.index[1] == pd.Timestamp(first)


def test_city_without_terms_has_no_re_election():
    graph = graph_of(W=1)
    assert next_re_election(graph) is None
    assert forecast_of(graph, years=1)[1]["event"].tolist() == ["today", "year_end"]


def test_re_election_is_that_of_most_commissioners_in_office():
    promoter = dict(kind="community_promoter", term_end="2027-03-31")
    graph = graph_of(
        A=dict(term_end=END),
        B=dict(term_end=END),
        C=dict(term_end="2026-11-30"),
        GONE=dict(term_end="2026-03-31"),
        P=promoter,
        Q=promoter,
        R=promoter,
    )
    assert next_re_election(graph) == ELECTION
    assert next_re_election(graph_of(P=promoter, V=dict(term_end=END, status="vacant"))) == dt.date(
        2027, 4, 1
    )


def test_earliest_of_equally_common_term_ends_is_next():
    graph = graph_of(A=dict(term_end=END), B=dict(term_end="2026-11-30"))
    assert next_re_election(graph) == dt.date(2026, 12, 1)


def test_cases_of_four_posts_by_hand():
    # OLD is 78 and YOUNG 48 when their terms end; AGED is 76 today without a term; ORG has neither.
    graph = graph_of(
        OLD=dict(term_end=END, birth_year=1950),
        YOUNG=dict(term_end=END, birth_year=1980),
        AGED=dict(kind="casual_volunteer", birth_year=1950),
        ORG=dict(kind="npo"),
    )
    made, dates = forecast_of(graph, years=3)
    columns = [f"households_{case}" for case in ("expected", "best", "age_limit", "worst")]
    found = dates[columns].apply(lambda row: [round(value, 9) for value in row], axis=1)
    assert found["2026-04-01"] == [4, 4, 4, 4]  # nothing has happened yet
    assert found["2027-03-31"] == [4, 4, 4, 2]  # worst: OLD and AGED have the high age
    assert found["2028-12-01"] == [3.6, 4, 2.8, 1]  # 0.8 + 0.8 + 1 + 1; without OLD; ORG alone
    assert dates.loc["2028-12-01", "watchers_expected"] == pytest.approx(3.6)
    assert made.population.to_dict() == {
        "households": 4,
        "weighted_visits": 4,
        "watchers": 4,
        "watchers_without_term": 2,
        "watchers_age_unknown": 1,
        "watchers_of_high_age": 2,
    }


def test_age_limit_takes_a_holder_at_the_first_term_end_at_the_high_age():
    # Born 1955, 75 in 2030: the term of 2028 goes on, that of 2031 does not.
    graph = graph_of(W=dict(term_end=END, birth_year=1955))
    days = [dt.date(2031, 11, 30), dt.date(2031, 12, 1)]
    found = [stay_probability(graph, day, rules=TERMS_ONLY, case="age_limit")["W"] for day in days]
    assert found == pytest.approx([0.8, 0])
    exactly = graph_of(W=dict(term_end=END, birth_year=1953))  # 75 in the year of the term end
    assert stay_probability(exactly, ELECTION, case="age_limit")["W"] == 0


def test_worst_case_takes_a_holder_from_the_year_of_the_high_age():
    graph = graph_of(W=dict(birth_year=1952))  # 75 in 2027
    days = [dt.date(2026, 12, 31), dt.date(2027, 1, 1)]
    found = [stay_probability(graph, day, rules=TERMS_ONLY, case="worst")["W"] for day in days]
    assert found == [1, 0]


def test_weighted_visits_are_a_month_and_of_watched_households():
    homes = households(H=dict(visits_per_month=2, weight=3), MISSED=1)
    inputs = world(homes, watchers(W=dict(visits_per_month=2, term_end=END)), assignments(("W", "H")),
                   costs={("W", "H"): 1})  # fmt: skip
    made, dates = forecast_of(build_watch_graph(inputs, NORMAL), years=1)
    assert dates["weighted_visits_expected"].tolist() == pytest.approx([6, 6, 4.8])
    assert dates["weighted_visits_best"].tolist() == [6, 6, 6]
    assert made.population["weighted_visits"] == 7


# --- exact and drawn --------------------------------------------------------------------------------------


def mixed(count=40):
    """Return a graph of posts of many ages and terms."""
    ends = (END, None, "2027-03-31")
    return graph_of(**{f"W{i}": dict(term_end=ends[i % 3], birth_year=1940 + i) for i in range(count)})


def test_forecast_is_the_exact_coverage_at_each_date():
    graph = mixed()
    coverage = assess_coverage(graph)
    for row in forecast_coverage(graph, coverage, rules=HALF, seed=1, draws=10).dates.itertuples():
        stays = stay_probability(graph, row.date.date(), rules=HALF)
        exact = expected_coverage(graph, coverage, stays)
        assert row.households_expected == pytest.approx(exact.households)
        assert row.weighted_visits_expected == pytest.approx(exact.weighted_visits)


def test_drawn_futures_agree_with_the_exact_mean():
    graph = mixed()
    coverage = assess_coverage(graph)
    stays = stay_probability(graph, ELECTION, rules=HALF)
    drawn = simulate_coverage(graph, coverage, stays, draws=10_000, seed=3)
    exact = expected_coverage(graph, coverage, stays).households
    assert 0 < drawn["households"].sem() < 0.1
    assert abs(drawn["households"].mean() - exact) < 5 * drawn["households"].sem()
    _, dates = forecast_of(graph, rules=HALF, draws=10_000, seed=3)
    assert dates.loc["2028-12-01", "households_low"] == drawn["households"].quantile(0.05)
    assert dates.loc["2028-12-01", "households_high"] == drawn["households"].quantile(0.95)
    later = dates.iloc[1:]
    assert (later["households_low"] < later["households_expected"]).all()
    assert (later["households_expected"] < later["households_high"]).all()


def test_post_lost_in_a_draw_never_comes_back():
    _, dates = forecast_of(mixed(), rules=HALF, years=10, draws=100)
    assert (dates.drop(columns=["event", "terms_ended"]).diff().iloc[1:] <= 1e-9).all().all()
    assert dates["terms_ended"].is_monotonic_increasing


def test_equal_seeds_give_equal_forecasts():
    first, second = (forecast_of(mixed(), rules=HALF)[0].dates for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(forecast_of(mixed(), rules=HALF, seed=2)[0].dates)


share = st.sampled_from([0.0, 0.1, 0.5, 1.0])
post = st.fixed_dictionaries(
    {
        "term_end": st.sampled_from([None, "2026-04-01", "2027-03-31", END]),
        "birth_year": st.sampled_from([None, 1940, 1952, 1953, 1990]),
    }
)


@settings(deadline=None, max_examples=30)
@given(posts=st.lists(post, min_size=1, max_size=4), rates=st.tuples(share, share, share, share))
def test_worst_age_limit_expected_and_best_keep_their_order(posts, rates):
    graph = graph_of(**{f"W{i}": row for i, row in enumerate(posts)})
    _, dates = forecast_of(graph, rules=LeavingRules(*rates), draws=5)
    ordered = dates[[f"households_{case}" for case in ("worst", "age_limit", "expected", "best")]]
    assert (ordered.diff(axis=1).iloc[:, 1:] >= -1e-12).all().all()
    assert (dates.iloc[0][list(ordered)] == len(posts)).all()
    assert ((ordered >= 0) & (ordered <= len(posts))).all().all()


# --- refusals ---------------------------------------------------------------------------------------------


def test_every_rule_out_of_range_is_named():
    with pytest.raises(ParameterError) as refused:
        LeavingRules(not_reappointed=1.2, yearly_leaving_older=-0.1, term_years=0)
    assert str(refused.value) == (
        "Expected shares from 0 to 1, got not_reappointed=1.2, yearly_leaving_older=-0.1. Correct them. "
        "Expected term_years from 1 to 30, got 0. Give whole years."
    )
    with pytest.raises(ParameterError, match="stays_empty=nan"):
        LeavingRules(stays_empty=float("nan"))
    with pytest.raises(ParameterError, match=r"got 2\.5\. Give whole years"):
        LeavingRules(term_years=2.5)


@pytest.mark.parametrize("years", [0, 31, 2.5])
def test_years_outside_their_range_are_refused(years):
    with pytest.raises(ParameterError, match="Expected years from 1 to 30"):
        forecast_of(graph_of(W=1), years=years)


def test_day_in_the_past_and_unknown_case_are_refused():
    graph = graph_of(W=1)
    with pytest.raises(ParameterError, match=r"Expected a date from 2026-04-01 on, got 2026-03-31\."):
        stay_probability(graph, dt.date(2026, 3, 31))
    with pytest.raises(ParameterError, match="got 'usual'"):
        stay_probability(graph, TODAY, case="usual")
