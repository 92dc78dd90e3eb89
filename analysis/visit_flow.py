"""The cheapest flow of visits from watchers to households, in whole visits a year.

One minimum-cost flow: household -> watcher over the allowed links, watcher -> end within its capacity,
household -> end for visits nobody makes. Such a network's matrix is totally unimodular, so the whole-number
answer is the optimum itself and the bound is reached. Households whose links and prices are the same (they
stand at one place) are one node: what it gets is dealt out to them afterwards, which changes no sum.

References
----------
Ahuja, Magnanti, Orlin (1993), Network Flows, ch. 9-11; solver: ``analysis.transport``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.errors import ParameterError
from analysis.same_links import merge_by_links
from analysis.transport import UNLIMITED, FlowNetwork, solve_flow


@dataclass(frozen=True, eq=False)
class AssignmentFlow:
    """The answer of :func:`solve_assignment`.

    ``status``: "optimal" or "infeasible" (the guaranteed visits do not fit; the arrays are then zero).
    ``visits``: (L,) whole visits over each link. ``unserved``: (H,) whole visits nobody makes.
    ``walk_dm``: sum of visits times cost.
    """

    status: str
    visits: np.ndarray
    unserved: np.ndarray
    walk_dm: int


def solve_assignment(
    need: np.ndarray,
    capacity: np.ndarray,
    household: np.ndarray,
    watcher: np.ndarray,
    cost_dm: np.ndarray,
    *,
    unserved_dm: np.ndarray | int | None = None,
    guaranteed: np.ndarray | int = 0,
) -> AssignmentFlow:
    """Solve the minimum-cost flow of visits; all numbers whole.

    Parameters
    ----------
    need : (H,) visits each household needs, >= 0
    capacity : (W,) visits each watcher can make, >= 0
    household, watcher, cost_dm : (L,) positions of each link, and decimetres of walk a visit costs, >= 0
    unserved_dm : (H,) or one price of a visit nobody makes; None: a price so high that walk never counts
        against a visit
    guaranteed : (H,) or one number of visits each household must get

    Returns
    -------
    AssignmentFlow
        Proven optimal, or ``infeasible`` when the guaranteed visits do not fit.

    Raises
    ------
    ParameterError
        Negative numbers, positions outside the arrays, or prices too large for 64-bit arithmetic.
    """
    need, capacity, household, watcher, cost_dm = (
        np.asarray(values, dtype=np.int64) for values in (need, capacity, household, watcher, cost_dm)
    )
    _check_arrays(need, capacity, household, watcher, cost_dm)
    if unserved_dm is None:
        unserved_dm = price_unserved(np.ones(len(need)), watcher, cost_dm)
    price = np.broadcast_to(np.asarray(unserved_dm, dtype=np.int64), need.shape)
    missed = np.maximum(need - np.broadcast_to(np.asarray(guaranteed, dtype=np.int64), need.shape), 0)
    merged = merge_by_links(household, watcher, cost_dm, price)
    needs, most = (np.bincount(merged.group, part).astype(np.int64) for part in (need, missed))
    solution = solve_flow(_build_network(needs, capacity, merged.links, merged.price, most))
    if solution.status != "optimal":  # "unbounded" it never is: nothing has a price below 0
        return AssignmentFlow("infeasible", np.zeros_like(household), np.zeros_like(need), 0)
    count = len(merged.links[0])
    visits, left = solution.flow[:count], solution.flow[count : count + len(needs)]
    unserved = merged.share_out(left, missed)
    visits = merged.deal(visits, need - unserved, household)
    return AssignmentFlow("optimal", visits, unserved, int(visits @ cost_dm))


def price_unserved(weight: np.ndarray, watcher: np.ndarray, cost_dm: np.ndarray) -> np.ndarray:
    """Return the price (dm) of a visit nobody makes: by weight, above any walk a rearrangement can save.

    Serving one visit more rearranges at most one visit of each watcher (a simple path of the residual
    network), which costs at most watchers x longest walk; one hundredth of weight is priced above that.
    """
    longest = int(cost_dm.max(initial=0))
    step = len(np.unique(watcher)) * longest + 1
    return np.maximum(np.rint(100 * np.asarray(weight)), 1).astype(np.int64) * step


def _check_arrays(
    need: np.ndarray, capacity: np.ndarray, household: np.ndarray, watcher: np.ndarray, cost_dm: np.ndarray
) -> None:
    if not len(household) == len(watcher) == len(cost_dm):
        raise ParameterError(
            "Expected household, watcher and cost_dm of one length, got others. Give one per link."
        )
    if min(array.min(initial=0) for array in (need, capacity, household, watcher, cost_dm)) < 0:
        raise ParameterError(
            "Expected whole numbers >= 0, got a negative one. Correct need, capacity or cost."
        )
    if household.max(initial=-1) >= len(need) or watcher.max(initial=-1) >= len(capacity):
        raise ParameterError(
            "Expected links between known positions, got one outside. Correct household or watcher."
        )


def _build_network(
    need: np.ndarray,
    capacity: np.ndarray,
    links: tuple[np.ndarray, np.ndarray, np.ndarray],
    price: np.ndarray,
    missed: np.ndarray,
) -> FlowNetwork:
    """Return the network: arcs of the links, of the unserved visits (at most ``missed``), of the watchers.

    Nodes: households, then watchers, then the end. Visits that are guaranteed have no arc past the watchers.
    """
    household, watcher, cost_dm = links
    end = len(need) + len(capacity)
    homes, people = np.arange(len(need)), np.arange(len(need), end)
    nothing = np.zeros_like(capacity)
    return FlowNetwork(
        tail=np.concatenate([household, homes, people]),
        head=np.concatenate([len(need) + watcher, np.full(end, end)]),
        capacity=np.concatenate([np.full(len(household), UNLIMITED), missed, capacity]),
        cost=np.concatenate([cost_dm, price, nothing]),
        supply=np.concatenate([need, nothing, [-need.sum()]]),
    )
