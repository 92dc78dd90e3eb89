"""Who could do which daily task when, and why nobody could do it.

Every outing goes from the volunteer's place to one household and back. Times are whole minutes since
midnight; a walk is rounded up to whole minutes each way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import FrameError, ParameterError
from analysis.frames import FrameRule, check_frame
from analysis.rounds import WALKING_M_PER_MIN
from analysis.support_tasks import WEEKDAYS, minutes_of_day
from analysis.watch_graph import WatchGraph

ROUNDING = 1e-9  # of a minute; keeps a walk of exactly so many minutes in spite of binary fractions
UNSERVED = ("unknown_household", "no_skill", "no_consent", "out_of_reach", "district", "hours", "load")

_VOLUNTEERS = FrameRule("watchers", "watcher_id", ("skills",), has_geometry=False)
_HOURS = r"^(?P<weekday>mon|tue|wed|thu|fri|sat|sun) (?P<begin>\d\d:\d\d)-(?P<end>\d\d:\d\d)$"


@dataclass(frozen=True)
class SupportRules:
    """When and how long volunteers go out, and how long a plan may be sought.

    Parameters
    ----------
    day_from, day_to : str, times of day; the hours of a volunteer that states none, any day (assumed)
    minutes_per_day : int, above 0; of all outings of one volunteer on a day, walks included (assumed)
    speed_m_per_min : float, above 0
    effort : float, above 0; work of the solver on each independent part, in its own deterministic seconds
    """

    day_from: str = "08:00"
    day_to: str = "18:00"
    minutes_per_day: int = 240
    speed_m_per_min: float = WALKING_M_PER_MIN
    effort: float = 4.0

    def __post_init__(self) -> None:
        """Raise ParameterError naming every value out of range."""
        faults = []
        begin, end = self.usual_hours
        if not begin < end:
            stated = f"{self.day_from}-{self.day_to}"
            faults.append(f"Expected usual hours to begin before they end, got {stated}. Correct them.")
        if not self.minutes_per_day > 0:
            faults.append(f"Expected minutes a day > 0, got {self.minutes_per_day}. Correct it.")
        if not self.speed_m_per_min > 0:
            faults.append(f"Expected metres a minute > 0, got {self.speed_m_per_min}. Correct it.")
        if not self.effort > 0:
            faults.append(f"Expected effort > 0, got {self.effort}. Correct it.")
        if faults:
            raise ParameterError(" ".join(faults))

    @property
    def usual_hours(self) -> tuple[float, float]:
        """Return the usual hours in minutes since midnight, NaN of a text that is no time."""
        begin, end = minutes_of_day(pd.Series([self.day_from, self.day_to]))
        return begin, end


@dataclass(frozen=True, eq=False)
class Volunteers:
    """Active watchers in office with a skill.

    Parameters
    ----------
    people : DataFrame indexed by watcher_id
        ``position`` (in the graph's watchers), ``consent_level``, ``minutes_per_week`` (float, NaN no limit).
    skills : DataFrame ``watcher`` (position in ``people``), ``skill``; each pair once
    hours : DataFrame ``watcher`` (position in ``people``), ``weekday`` (0 Monday), ``begin``, ``end`` (int
        minutes); hours of a day neither overlap nor touch
    """

    people: pd.DataFrame
    skills: pd.DataFrame
    hours: pd.DataFrame


def read_volunteers(graph: WatchGraph, watchers: pd.DataFrame, rules: SupportRules) -> Volunteers:
    """Read skills (``snow;bulb``), hours (``mon 09:00-12:00;sat 08:00-18:00``) and minutes a week.

    Columns ``available`` and ``minutes_per_week`` are honoured where present; a volunteer without hours is
    free at the usual ones. Passive watchers and those out of office on the graph's date are left out.

    Raises
    ------
    FrameError
        The watchers break their rule, hours cannot be read, or minutes are negative.
    """
    check_frame(watchers, _VOLUNTEERS)
    gives = graph.watchers["is_active"] & graph.watchers["in_office"]
    has_skill = watchers["skills"].notna() & (watchers["skills"] != "")
    ids = watchers.index[has_skill.to_numpy()].intersection(gives.index[gives.to_numpy()], sort=False)
    chosen = watchers.loc[ids]
    minutes = chosen.get("minutes_per_week", pd.Series(np.nan, index=ids)).astype(float)
    if (minutes < 0).any():
        raise FrameError(
            f"Expected minutes a week >= 0, got {int((minutes < 0).sum())} negative. Correct them."
        )
    people = pd.DataFrame(
        {
            "position": graph.watchers.index.get_indexer(ids),
            "consent_level": graph.watchers.loc[ids, "consent_level"].to_numpy(),
            "minutes_per_week": minutes,
        },
        index=ids,
    )
    return Volunteers(people, _split_words(chosen["skills"]), _read_hours(chosen, rules))


def _split_words(texts: pd.Series) -> pd.DataFrame:
    words = texts.astype(object).str.split(";").reset_index(drop=True).explode().str.strip()
    words = words[(words != "") & words.notna()]
    pairs = pd.DataFrame({"watcher": words.index.astype(np.int64), "skill": words.to_numpy(dtype=object)})
    return pairs.drop_duplicates(ignore_index=True)


def _read_hours(chosen: pd.DataFrame, rules: SupportRules) -> pd.DataFrame:
    stated = chosen.get("available", pd.Series(None, index=chosen.index, dtype=object)).astype(object)
    usual = ";".join(f"{day} {rules.day_from}-{rules.day_to}" for day in WEEKDAYS)
    stated = stated.where(stated.notna() & (stated != ""), usual)
    words = _split_words(stated)
    parts = words["skill"].astype("str").str.extract(_HOURS)
    hours = pd.DataFrame(
        {
            "watcher": words["watcher"],
            "weekday": parts["weekday"].map({day: number for number, day in enumerate(WEEKDAYS)}),
            "begin": minutes_of_day(parts["begin"]),
            "end": minutes_of_day(parts["end"]),
        }
    )
    wrong = ~(hours["begin"] < hours["end"])
    if wrong.any():
        first = ", ".join(map(str, chosen.index[hours.loc[wrong, "watcher"].unique()[:5]]))
        raise FrameError(
            f"Expected weekly hours such as mon 09:00-12:00, got others of {first}. Correct them."
        )
    return _join_hours(hours.astype(np.int64))


def _join_hours(hours: pd.DataFrame) -> pd.DataFrame:
    """Join the hours of one day that overlap or touch."""
    hours = hours.sort_values(["watcher", "weekday", "begin"], ignore_index=True)
    own = hours.groupby(["watcher", "weekday"], sort=False)
    latest = own["end"].cummax().groupby([hours["watcher"], hours["weekday"]]).shift()
    piece = (latest.isna() | (hours["begin"] > latest)).cumsum()
    joined = hours.groupby(piece).agg({"watcher": "first", "weekday": "first", "begin": "min", "end": "max"})
    return joined.reset_index(drop=True)


def find_options(
    graph: WatchGraph, occurrences: pd.DataFrame, volunteers: Volunteers, rules: SupportRules
) -> tuple[pd.DataFrame, pd.Series]:
    """Return each way to do each task, and the reason of those that no choice of volunteers could do.

    Returns
    -------
    options : DataFrame, sorted by occurrence, volunteer and time
        ``occurrence`` (position), ``watcher`` (position in ``volunteers.people``), ``first``, ``last`` (int,
        earliest and latest minute to begin the work), ``walk_min`` (one way), ``minutes`` (away from home),
        ``cost_m`` (one way). One row for each piece of a volunteer's hours that holds the outing.
    reason : Series by occurrence, object: one of UNSERVED but ``load``, or None where enough people could
    """
    home = graph.households.index.get_indexer(occurrences["household_id"])
    work = occurrences.assign(occurrence=np.arange(len(occurrences)), household=home)
    skilled = work[["occurrence", "skill", "household"]].merge(volunteers.skills, on="skill")
    level = volunteers.people["consent_level"].to_numpy()[skilled["watcher"]]
    consent = _consents(graph)[skilled["household"]]
    may_know = skilled[(level <= consent) & (skilled["household"] >= 0)]
    near = may_know.merge(_near_links(graph, volunteers), on=["household", "watcher"])
    serving = near[near["district_ok"]]
    options = _fit_hours(serving, work, volunteers, rules)
    enough = work["people"].to_numpy()
    stages = [_distinct(frame, len(work)) for frame in (skilled, may_know, near, serving)]
    tests = [home < 0, *(stage < enough for stage in stages), _at_once(options, enough) < enough]
    reason = np.select(tests, np.arange(len(tests)), default=len(tests))
    names = np.array([*UNSERVED[:-1], None], dtype=object)
    return options, pd.Series(names[reason], index=occurrences.index, dtype=object)


def _consents(graph: WatchGraph) -> np.ndarray:
    """Return consent levels by household position; the last entry, at -1, is for an unknown household."""
    return np.append(graph.households["consent"].to_numpy(), -1)


def _near_links(graph: WatchGraph, volunteers: Volunteers) -> pd.DataFrame:
    """Return household, watcher (position in ``volunteers.people``), district_ok and cost_m."""
    place = np.full(len(graph.watchers), -1, dtype=np.int64)
    place[volunteers.people["position"]] = np.arange(len(volunteers.people))
    links = graph.links[["household", "watcher", "district_ok", "cost_m"]]
    links = links.assign(watcher=place[links["watcher"]])
    return links[links["watcher"] >= 0]


def _fit_hours(
    serving: pd.DataFrame, work: pd.DataFrame, volunteers: Volunteers, rules: SupportRules
) -> pd.DataFrame:
    """Keep the pairs whose outing fits in the task's time and in one piece of the volunteer's hours."""
    times = work[["occurrence", "date", "minutes", "earliest_min", "latest_min"]]
    pairs = serving.merge(times, on="occurrence")
    pairs["weekday"] = pairs["date"].dt.day_of_week.astype(np.int64)
    pairs = pairs.merge(volunteers.hours, on=["watcher", "weekday"])
    walk = np.ceil(pairs["cost_m"] / rules.speed_m_per_min - ROUNDING).astype(np.int64)
    first = np.maximum(pairs["earliest_min"], pairs["begin"] + walk)
    last = np.minimum(pairs["latest_min"], pairs["end"] - walk) - pairs["minutes"]
    options = pairs.assign(walk_min=walk, first=first, last=last, minutes=pairs["minutes"] + 2 * walk)
    columns = ["occurrence", "watcher", "first", "last", "walk_min", "minutes", "cost_m"]
    return options.loc[first <= last, columns].sort_values(columns[:3], ignore_index=True)


def _distinct(pairs: pd.DataFrame, length: int) -> np.ndarray:
    return np.bincount(pairs["occurrence"], minlength=length)  # each pair stands once


def _at_once(options: pd.DataFrame, enough: np.ndarray) -> np.ndarray:
    """Return how many volunteers could begin each task at one and the same minute, each taken alone.

    The most are free at the first minute of one of them. For a task of one person any option will do.
    """
    several = options[enough[options["occurrence"]] > 1]
    met = several[["occurrence", "first"]].merge(several, on="occurrence", suffixes=("_at", ""))
    met = met[(met["first"] <= met["first_at"]) & (met["first_at"] <= met["last"])]
    together = met.groupby(["occurrence", "first_at"])["watcher"].nunique()
    most = together.groupby("occurrence").max().reindex(range(len(enough)), fill_value=0).to_numpy()
    alone = np.bincount(options["occurrence"], minlength=len(enough)) > 0
    return np.where(enough > 1, most, alone)
