"""Generalised assignment: every job to one agent, at least cost, within what each agent can do.

Single-source siting with every site open: the same plans, bound and exact search (see ``capacitated``).

References
----------
Martello, S. and Toth, P. (1990). Knapsack Problems. Wiley, ch. 7.
Yagiura, M., Ibaraki, T. and Glover, F. (2006). A path relinking approach with ejection chains for the
generalized assignment problem. European Journal of Operational Research 169.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.milp import Limits
from analysis.siting.capacitated import SitingPlan, SitingProblem, solve_siting


@dataclass(frozen=True, eq=False)
class GeneralisedAssignment:
    """Jobs to be given to agents, each to one: A agents, J jobs.

    Parameters
    ----------
    cost : float (A, J), in any one unit; inf: not allowed
    demand : int (J,) or (A, J), at least 0, what the job takes of the agent's capacity
    capacity : int (A,), at least 0
    """

    cost: np.ndarray
    demand: np.ndarray
    capacity: np.ndarray


def solve_generalised_assignment(
    problem: GeneralisedAssignment,
    *,
    limits: Limits = Limits(),
    rounds: int = 3,
    seed: int = 0,
    stop: Callable[[], bool] | None = None,
) -> SitingPlan:
    """Return the cheapest assignment found, ``site`` holding each job's agent, and the bound none can pass.

    Parameters
    ----------
    rounds : int, at least 0; long searches for a plan before the exact search
    limits, seed, stop : see :func:`analysis.siting.capacitated.solve_siting`

    Raises
    ------
    ParameterError
        Arrays of a wrong shape or out of range; rounds below 0.

    Examples
    --------
    >>> one = GeneralisedAssignment(np.array([[1.0, 2.0], [5.0, 4.0]]), np.array([3, 3]), np.array([3, 3]))
    >>> solve_generalised_assignment(one).value
    5.0
    """
    sites = SitingProblem(
        cost=problem.cost,
        demand=problem.demand,
        capacity=problem.capacity,
        fixed=np.ones(len(problem.capacity), dtype=bool),
    )
    return solve_siting(sites, limits=limits, rounds=rounds, seed=seed, stop=stop)
