"""The opening problem as a mixed-integer programme, with the ties decided too: proven, for small cities.

Visits are whole without being asked to be: for given actions the links and limits form a transport network.
Four programmes one after the other, each keeping what those before it reached: most weighted visits, least
cost, fewest actions, least walk.

References
----------
Balas, E. (1965), and the strong form of facility location: Krarup, J. and Pruzan, P. (1983), The simple plant
location problem, European Journal of Operational Research 12.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.milp import Limits, Milp, solve_milp
from analysis.openings_model import NO_ACTION, Openings

SLACK = 1e-7  # relative: how far a later programme may fall below what an earlier one reached


def solve_exactly(
    openings: Openings,
    *,
    count: int,
    budget: float,
    required: np.ndarray,
    limits: Limits,
) -> tuple[np.ndarray | None, float]:
    """Return the actions taken (A,) and the bound on the weighted visits; no actions where none were found.

    Parameters
    ----------
    count, budget : the most actions, and the most they may cost a year (infinite: no limit)
    required : bool (A,), actions that must be taken
    limits : Limits of each programme
    """
    programme = _programme(openings, count, budget, required)
    answer = solve_milp(programme, limits=limits)
    if answer.status != "optimal":
        taken = answer.x[: len(openings.cost)] > 0.5 if len(answer.x) else None
        return taken, answer.bound
    return _break_ties(openings, programme, answer.x, limits), answer.bound


def _break_ties(openings: Openings, programme: Milp, x: np.ndarray, limits: Limits) -> np.ndarray:
    """Return the actions of least cost, then fewest, then least walk, that serve as much as ``x``."""
    actions, links = len(openings.cost), len(openings.household)
    none = np.zeros(links)
    for objective in (
        np.concatenate([openings.cost, none]),
        np.concatenate([np.ones(actions), none]),
        np.concatenate([np.zeros(actions), openings.cost_m]),
    ):
        programme = _keep_reached(programme, x, objective)
        answer = solve_milp(programme, limits=limits)
        x = answer.x if len(answer.x) else x
    return x[:actions] > 0.5


def _keep_reached(programme: Milp, x: np.ndarray, objective: np.ndarray) -> Milp:
    """Return the programme that minimises ``objective`` and keeps what the present one reached."""
    reached = float(programme.objective @ x)
    slack = SLACK * max(abs(reached), 1.0)
    low, high = (reached - slack, np.inf) if programme.maximise else (-np.inf, reached + slack)
    rows = sparse.vstack([programme.rows, sparse.csr_array(programme.objective[None, :])], format="csr")
    return replace(
        programme,
        objective=objective,
        rows=rows,
        low=np.append(programme.low, low),
        high=np.append(programme.high, high),
        maximise=False,
    )


def _programme(openings: Openings, count: int, budget: float, required: np.ndarray) -> Milp:
    """Return the programme; columns are the actions, then the links."""
    actions, links = len(openings.cost), len(openings.household)
    parts = [
        _limit_rows(openings.household, openings.need, actions),
        _limit_rows(openings.watcher, openings.capacity, actions),
        _opening_rows(openings, openings.household, openings.need),
        _opening_rows(openings, openings.watcher, openings.capacity),
        (sparse.csr_array(np.append(np.ones(actions), np.zeros(links))[None, :]), np.array([float(count)])),
        (sparse.csr_array(np.append(openings.cost, np.zeros(links))[None, :]), np.array([float(budget)])),
    ]
    most = np.minimum(openings.need[openings.household], openings.capacity[openings.watcher])
    high = np.concatenate([high for _, high in parts])
    return Milp(
        objective=np.concatenate([np.zeros(actions), openings.weight[openings.household]]),
        rows=sparse.vstack([rows for rows, _ in parts], format="csr"),
        low=np.full(len(high), -np.inf),
        high=high,
        x_low=np.concatenate([required.astype(float), np.zeros(links)]),
        x_high=np.concatenate([np.ones(actions), most.astype(float)]),
        whole=np.arange(actions + links) < actions,
        maximise=True,
    )


def _limit_rows(place: np.ndarray, most: np.ndarray, actions: int) -> tuple[sparse.csr_array, np.ndarray]:
    """Return the rows: the visits at a place are at most what it needs or can make."""
    columns = actions + np.arange(len(place))
    shape = (len(most), actions + len(place))
    return sparse.csr_array((np.ones(len(place)), (place, columns)), shape=shape), most.astype(float)


def _opening_rows(
    openings: Openings, place: np.ndarray, most: np.ndarray
) -> tuple[sparse.csr_array, np.ndarray]:
    """Return the rows: what an action opens at a place carries nothing until it is taken."""
    actions, links = len(openings.cost), len(openings.household)
    link, side = np.nonzero(openings.actions != NO_ACTION)
    opens = pd.DataFrame(
        {"link": link, "place": place[link], "action": openings.actions[link, side]}
    ).drop_duplicates(ignore_index=True)
    row = opens.groupby(["place", "action"]).ngroup().to_numpy()
    number, first = np.unique(row, return_index=True)
    data = np.concatenate([np.ones(len(row)), -most[opens["place"][first]].astype(float)])
    columns = np.concatenate([actions + opens["link"].to_numpy(), opens["action"].to_numpy()[first]])
    shape = (len(number), actions + links)
    rows = sparse.csr_array((data, (np.concatenate([row, number]), columns)), shape=shape)
    return rows, np.zeros(len(number))
