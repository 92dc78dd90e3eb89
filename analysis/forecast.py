"""Coverage in the years ahead, from the watchers' term ends and ages: expected, likely, best and worst.

A post is kept while its holder stays, or while a successor takes over all its visits from the same day
(assumed: as near, as old and as able as the holder). It is lost

- at a term end, when the holder is not reappointed and nobody follows; the next term ends ``term_years`` on;
- at any time, at a yearly rate that rises with the calendar year in which the holder reaches the situation's
  ``high_age``; nobody follows within the forecast (cautious). Without a term there is this only.

A lost post stays empty, and so does one empty today. Assignments stay as they stand (``analysis.dropout``);
households, needs and consents are today's. What happens to one post is independent of all others.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from analysis.coverage import Coverage
from analysis.dropout import Reliance, draw_kept, find_reliance, kept_probability, summarise_draws
from analysis.errors import ParameterError
from analysis.watch_graph import WatchGraph

CASES = ("expected", "best", "age_limit", "worst")
RE_ELECTED_KIND = "welfare_commissioner"  # all of them are appointed anew on one day
DAYS_PER_YEAR = 365.25
MOST_YEARS = 30  # beyond it, the ages and terms of today say nothing any more


@dataclass(frozen=True)
class LeavingRules:
    """How likely posts are lost; the same for every kind of active watcher (assumed).

    Parameters
    ----------
    not_reappointed : 0 to 1, of the holders at a term end; the same at every age (assumed)
        National: 31 % of welfare commissioners are new each term.
    stays_empty : 0 to 1, of these the posts nobody takes over
        Derived from national figures of 2025: of 240,971 posts 220,880 were filled, 31 % of them by new
        people. So 88,564 posts were open, and 20,091 of these, 23 %, stayed empty. Posts empty since long
        before are among both, so it leans high.
    yearly_leaving_younger, yearly_leaving_older : 0 to 1, of the holders in a year, below the high age and
        from the year in which they reach it. Assumed: no figure was found.
    term_years : int, 1 to 30; 3 by law for welfare commissioners, assumed for other kinds

    Raises
    ------
    ParameterError
        A value outside its range.
    """

    not_reappointed: float = 0.31
    stays_empty: float = 0.23
    yearly_leaving_younger: float = 0.02
    yearly_leaving_older: float = 0.05
    term_years: int = 3

    def __post_init__(self) -> None:
        """Raise ParameterError naming every value out of range."""
        shares = {rule.name: getattr(self, rule.name) for rule in fields(self) if rule.name != "term_years"}
        wrong = [f"{name}={value}" for name, value in shares.items() if not 0 <= value <= 1]
        faults = []
        if wrong:
            faults.append(f"Expected shares from 0 to 1, got {', '.join(wrong)}. Correct them.")
        if self.term_years not in range(1, MOST_YEARS + 1):
            faults.append(
                f"Expected term_years from 1 to {MOST_YEARS}, got {self.term_years}. Give whole years."
            )
        if faults:
            raise ParameterError(" ".join(faults))

    @property
    def lost_at_term_end(self) -> float:
        """Probability that a post is lost at one term end."""
        return self.not_reappointed * self.stays_empty


@dataclass(frozen=True, eq=False)
class Forecast:
    """Coverage today, after the next re-election and at the end of each fiscal year ahead.

    Parameters
    ----------
    dates : DataFrame, RangeIndex, sorted by date
        ``date`` (datetime), ``event`` (``today``, ``re_election``, ``year_end``), ``terms_ended`` (int,
        active watchers in office today with a term end before the date), ``watchers_expected`` (float, posts
        kept of these).
        Then, of the households watched, ``households_*`` in households and ``weighted_visits_*`` in weight
        times needed visits a month, floats:

        - ``expected``: exact mean;
        - ``low``, ``high``: 5 % and 95 % of the draws;
        - ``best``: mean when everybody is reappointed or followed at each term end;
        - ``age_limit``: mean when besides everyone is lost whose term has ended by then at the high age;
        - ``worst``: mean when besides everyone is lost whose term has ended by then, and everyone who has
          reached the high age by then, with or without a term.

        Never is ``worst`` above ``age_limit``, that above ``expected``, or that above ``best``. A draw may be
        below the worst or above the best mean, since people also leave between term ends.
    population : Series
        ``households`` and ``weighted_visits`` (a month) of all, watched or not; ``watchers`` (active, in
        office), and of these ``watchers_without_term``, ``watchers_age_unknown`` (treated as below the high
        age; organisations have none) and ``watchers_of_high_age`` (reached by this calendar year).
    rules, seed, draws : what it was made with
    """

    dates: pd.DataFrame
    population: pd.Series
    rules: LeavingRules
    seed: int
    draws: int


def forecast_coverage(
    graph: WatchGraph,
    coverage: Coverage,
    *,
    rules: LeavingRules = LeavingRules(),
    years: int = 5,
    seed: int,
    draws: int = 1000,
) -> Forecast:
    """Forecast how many households are watched, by the rules of this module.

    One draw is one future: a post lost in it stays lost at every later date.

    Parameters
    ----------
    years : int, 1 to 30, how many ends of a fiscal year (31 March) ahead
    draws : int, at least 1

    Raises
    ------
    FrameError
        The coverage is of other households than the graph.
    ParameterError
        Years or draws outside their range.
    """
    if years not in range(1, MOST_YEARS + 1):
        raise ParameterError(f"Expected years from 1 to {MOST_YEARS}, got {years}. Give whole years.")
    reliance = find_reliance(graph, coverage)
    rows = []
    for date, event in _dates_ahead(graph, years):
        chances = {case: stay_probability(graph, date, rules=rules, case=case) for case in CASES}
        drawn = draw_kept(reliance, chances["expected"].to_numpy(), draws=draws, seed=seed)
        rows.append(
            {
                "date": pd.Timestamp(date),
                "event": event,
                "terms_ended": int((_gives(graph) & (_terms_ended(graph, date, rules) > 0)).sum()),
                "watchers_expected": float(chances["expected"].sum()),
                **_means(reliance, chances),
                **_spread(drawn),
            }
        )
    return Forecast(pd.DataFrame(rows), _population(graph, reliance), rules, seed, draws)


def stay_probability(
    graph: WatchGraph, date: dt.date, *, rules: LeavingRules = LeavingRules(), case: str = "expected"
) -> pd.Series:
    """Return the probability of each watcher's post to be kept from the situation's date to ``date``.

    The yearly rate q over t years leaves (1 - q) to the power t, each term end 1 less ``lost_at_term_end``.
    The last day of a term is still kept. On the situation's date itself every post is.

    Parameters
    ----------
    date : date, not before the situation's
    case : one of CASES, as ``Forecast.dates`` describes them

    Returns
    -------
    Series
        Indexed by watcher_id, 0 to 1; 0 of those passive or out of office.

    Raises
    ------
    ParameterError
        A date before the situation's, or an unknown case.
    """
    if date < graph.situation.date:
        raise ParameterError(f"Expected a date from {graph.situation.date} on, got {date}. Give a later one.")
    if case not in CASES:
        raise ParameterError(f"Expected case in {', '.join(CASES)}, got {case!r}. Use one of them.")
    stays = _between_terms(graph, date, rules)
    if case != "best":
        stays *= (1 - rules.lost_at_term_end) ** _terms_ended(graph, date, rules)
    if case == "age_limit":
        stays[_ended_at_high_age(graph, date, rules)] = 0.0
    if case == "worst" and date > graph.situation.date:
        old = date.year >= _high_age_year(graph)
        stays[old | (_terms_ended(graph, date, rules) > 0)] = 0.0
    return pd.Series(np.where(_gives(graph), stays, 0.0), index=graph.watchers.index, name="stays")


def next_re_election(graph: WatchGraph) -> dt.date | None:
    """Return the day after the term end most welfare commissioners in office share (the earliest of equals).

    Where none of them has a term end, that of the other active watchers; None without any.
    """
    watchers = graph.watchers[_gives(graph) & graph.watchers["term_end"].notna()]
    commissioners = watchers[watchers["kind"] == RE_ELECTED_KIND]
    ends = (watchers if commissioners.empty else commissioners)["term_end"].mode()
    return None if ends.empty else (ends.iloc[0] + pd.Timedelta(days=1)).date()


def _dates_ahead(graph: WatchGraph, years: int) -> list[tuple[dt.date, str]]:
    today = graph.situation.date
    first = today.year + (today >= dt.date(today.year, 3, 31))
    year_ends = [(dt.date(first + ahead, 3, 31), "year_end") for ahead in range(years)]
    election = next_re_election(graph)
    elections = [] if election is None else [(election, "re_election")]
    return sorted([(today, "today"), *elections, *year_ends], key=lambda row: row[0])


def _gives(graph: WatchGraph) -> np.ndarray:
    return (graph.watchers["is_active"] & graph.watchers["in_office"]).to_numpy()


def _high_age_year(graph: WatchGraph) -> np.ndarray:
    """Return the calendar year in which each watcher reaches the high age; infinity where unknown."""
    return (graph.watchers["birth_year"] + graph.situation.high_age).fillna(np.inf).to_numpy()


def _between_terms(graph: WatchGraph, date: dt.date, rules: LeavingRules) -> np.ndarray:
    """Return the probability to stay at the yearly rates alone."""
    start, span = graph.situation.date, (date - graph.situation.date).days
    younger_days = np.clip(_days_until(start, _high_age_year(graph)), 0, span)
    younger, older = younger_days / DAYS_PER_YEAR, (span - younger_days) / DAYS_PER_YEAR
    return (1 - rules.yearly_leaving_younger) ** younger * (1 - rules.yearly_leaving_older) ** older


def _days_until(start: dt.date, years: np.ndarray) -> np.ndarray:
    """Return the days from ``start`` to 1 January of each year (float, infinity for infinity)."""
    days = np.full(len(years), np.inf)
    known = np.isfinite(years)
    january = (years[known].astype(np.int64) - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    days[known] = (january - np.datetime64(start)).astype(np.int64)
    return days


def _terms_ended(graph: WatchGraph, date: dt.date, rules: LeavingRules) -> np.ndarray:
    """Return how many terms of each watcher have ended before ``date`` (int); a last day is no end yet."""
    ends = graph.watchers["term_end"].dt
    not_yet = 100 * date.month + date.day <= 100 * ends.month + ends.day
    years = (date.year - ends.year - not_yet).fillna(-1).to_numpy(dtype=np.int64)
    return np.where(years < 0, 0, years // rules.term_years + 1)


def _ended_at_high_age(graph: WatchGraph, date: dt.date, rules: LeavingRules) -> np.ndarray:
    """Return whose last term end before ``date`` lies in or after the year of the high age (bool)."""
    ended = _terms_ended(graph, date, rules)
    last = graph.watchers["term_end"].dt.year.to_numpy(dtype=float) + rules.term_years * (ended - 1)
    return (ended > 0) & (last >= _high_age_year(graph))


def _means(reliance: Reliance, chances: dict[str, pd.Series]) -> dict[str, float]:
    """Return the exact means of each case."""
    need = reliance.households["weighted_visits"].to_numpy()
    means = {}
    for case, stays in chances.items():
        kept = kept_probability(reliance, stays.to_numpy())
        means |= {f"households_{case}": float(kept.sum()), f"weighted_visits_{case}": float(kept @ need)}
    return means


def _spread(drawn: pd.DataFrame) -> dict[str, float]:
    """Return 5 % and 95 % of the draws."""
    summary = summarise_draws(drawn)
    ends = (("low", "p05"), ("high", "p95"))
    return {f"{name}_{end}": float(summary.loc[row, name]) for name in drawn for end, row in ends}


def _population(graph: WatchGraph, reliance: Reliance) -> pd.Series:
    gives = _gives(graph)
    watchers, of_high_age = graph.watchers[gives], _high_age_year(graph)[gives] <= graph.situation.date.year
    return pd.Series(
        {
            "households": len(graph.households),
            "weighted_visits": reliance.households["weighted_visits"].sum(),
            "watchers": len(watchers),
            "watchers_without_term": watchers["term_end"].isna().sum(),
            "watchers_age_unknown": watchers["birth_year"].isna().sum(),
            "watchers_of_high_age": of_high_age.sum(),
        },
        name="population",
        dtype=float,
    )
