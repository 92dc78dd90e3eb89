"""Compiled kernels: plans of single-source siting by construction, tabu search and moving of sites.

A plan is the site of each customer (C,). Over-full sites are allowed while searching, at a fine for each unit
too many that rises while no plan fits and falls while all do; only plans that fit are kept.

References
----------
Diaz, J. A. and Fernandez, E. (2001). A tabu search heuristic for the generalized assignment problem. European
Journal of Operational Research 132.
Mulvey, J. M. and Beck, M. P. (1984). Solving capacitated clustering problems. European Journal of Operational
Research 18.
"""

from __future__ import annotations

import numpy as np
from numba import njit

NEAR = 24  # open sites a customer may swap to
ADAPT_EVERY = 4  # iterations between two changes of the fine
ADAPT = 1.1  # what the fine rises or falls by


@njit(cache=True, nogil=True)
def assign_by_relaxation(sites, opened, taken):
    """Return the site of each customer (C,): the cheapest open one that takes it in the relaxation, if any.

    ``taken`` (S, C) shares of a relaxation, all sites within capacity. The others are assigned by regret.
    """
    plan = np.full(taken.shape[1], -1, dtype=np.int64)
    for site in np.flatnonzero(opened):
        for at in range(len(plan)):
            cheaper = plan[at] < 0 or sites.cost[site, at] < sites.cost[plan[at], at]
            if taken[site, at] > 0.5 and cheaper:
                plan[at] = site
    return assign_by_regret(sites, opened, plan)


@njit(cache=True, nogil=True)
def assign_by_regret(sites, opened, plan):
    """Return the plan (C,) with each customer at -1 assigned: who loses most by waiting first, to its best.

    Where no open site has room the cheapest is overfilled; without an allowed open site a customer stays at
    -1.
    """
    plan, room = plan.copy(), sites.capacity.copy()
    for at in range(len(plan)):
        if plan[at] >= 0:
            room[plan[at]] -= sites.size[plan[at], at]
    for at in np.argsort(-_regret(sites, opened), kind="mergesort"):
        if plan[at] >= 0:
            continue
        best, cheapest = -1, -1
        for site in np.flatnonzero(opened):
            if not np.isfinite(sites.cost[site, at]):
                continue
            if cheapest < 0 or sites.cost[site, at] < sites.cost[cheapest, at]:
                cheapest = site
            fits = sites.size[site, at] <= room[site]
            if fits and (best < 0 or sites.cost[site, at] < sites.cost[best, at]):
                best = site
        plan[at] = best if best >= 0 else cheapest
        if plan[at] >= 0:
            room[plan[at]] -= sites.size[plan[at], at]
    return plan


@njit(cache=True, nogil=True)
def _regret(sites, opened):
    """Return how much dearer each customer's second cheapest open site is than its cheapest (C,)."""
    regret = np.full(sites.cost.shape[1], np.inf)
    for at in range(len(regret)):
        first, second = np.inf, np.inf
        for site in np.flatnonzero(opened):
            value = sites.cost[site, at]
            if value < first:
                first, second = value, first
            elif value < second:
                second = value
        if np.isfinite(second):
            regret[at] = second - first
    return regret


@njit(cache=True, nogil=True)
def plan_value(sites, plan):
    """Return what the plan costs with the opening of the sites it uses; inf where a customer has no site."""
    used = np.zeros(len(sites.capacity), dtype=np.bool_)
    total = 0.0
    for at in range(len(plan)):
        if plan[at] < 0:
            return np.inf
        total += sites.cost[plan[at], at]
        used[plan[at]] = True
    return total + sites.opening[used].sum()


@njit(cache=True, nogil=True)
def plan_loads(sites, plan):
    """Return the units each site has to serve (S,)."""
    load = np.zeros(len(sites.capacity), dtype=np.int64)
    for at in range(len(plan)):
        load[plan[at]] += sites.size[plan[at], at]
    return load


@njit(cache=True, nogil=True)
def plan_fits(sites, plan):
    """Say whether every customer has a site and no site is over-full."""
    if np.any(plan < 0):
        return False
    return np.all(plan_loads(sites, plan) <= sites.capacity)


@njit(cache=True, nogil=True)
def _nearest_open(sites, opened):
    """Return (C, NEAR) the cheapest allowed open sites of each customer, -1 where there are fewer."""
    ids = np.flatnonzero(opened)
    near = np.full((sites.cost.shape[1], min(NEAR, len(ids))), -1, dtype=np.int64)
    costs = np.empty(len(ids))
    for at in range(len(near)):
        for row in range(len(ids)):
            costs[row] = sites.cost[ids[row], at]
        order = np.argsort(costs, kind="mergesort")
        for place in range(near.shape[1]):
            if np.isfinite(costs[order[place]]):
                near[at, place] = ids[order[place]]
    return near


@njit(cache=True, nogil=True)
def _overload_change(sites, load, site, change):
    before, after = load[site] - sites.capacity[site], load[site] + change - sites.capacity[site]
    return max(0, after) - max(0, before)


@njit(cache=True, nogil=True)
def _best_shift(sites, plan, load, near, fine, free_at, now, allowed):
    """Return the change of cost, and the customer and site of the best shift that is not tabu."""
    best, who, where = np.inf, -1, -1
    for at in range(len(plan)):
        home = plan[at]
        relief = sites.cost[home, at] - fine * _overload_change(sites, load, home, -sites.size[home, at])
        for site in near[at]:
            if site < 0 or site == home:
                continue
            change = sites.cost[site, at] - relief
            if change >= best or (free_at[site, at] > now and change >= allowed):
                continue
            change += fine * _overload_change(sites, load, site, sites.size[site, at])
            if change < best and (free_at[site, at] <= now or change < allowed):
                best, who, where = change, at, site
    return best, who, where


@njit(cache=True, nogil=True)
def _best_swap(sites, plan, load, near_set, fine, free_at, now, allowed, bar):
    """Return the change of cost and the two customers of the best swap below ``bar``."""
    best, one, two = bar, -1, -1
    for at in range(len(plan)):
        home = plan[at]
        gained = sites.cost[:, at] - sites.cost[home, at]
        for other in range(at + 1, len(plan)):
            away = plan[other]
            if away == home or not near_set[away, at] or not near_set[home, other]:
                continue
            change = gained[away] + sites.cost[home, other] - sites.cost[away, other]
            if change >= best and fine == 0.0:
                continue
            change += fine * _overload_change(
                sites, load, home, sites.size[home, other] - sites.size[home, at]
            )
            change += fine * _overload_change(
                sites, load, away, sites.size[away, at] - sites.size[away, other]
            )
            tabu = free_at[away, at] > now or free_at[home, other] > now
            if change < best and (not tabu or change < allowed):
                best, one, two = change, at, other
    return best, one, two


@njit(cache=True, nogil=True)
def search_assignment(sites, opened, plan, iterations, seed):
    """Return the best plan that fits of a tabu search over open sites, or the last one where none fits.

    Shifts of one customer and swaps of two; a customer may not come back to a site it left for some
    iterations unless that gives the best plan so far.
    """
    np.random.seed(seed)  # noqa: NPY002  # numba's own generator, one a call
    near = _nearest_open(sites, opened)
    near_set = np.zeros(sites.cost.shape, dtype=np.bool_)
    for at in range(len(plan)):
        for site in near[at]:
            if site >= 0:
                near_set[site, at] = True
    plan, best = plan.copy(), plan.copy()
    load = plan_loads(sites, plan)
    over = np.maximum(load - sites.capacity, 0).sum()
    value = plan_value(sites, plan)
    least = value if over == 0 else np.inf
    fine = _first_fine(sites, plan, near)
    free_at = np.zeros(sites.cost.shape, dtype=np.int64)
    tight = 0
    for now in range(1, iterations + 1):
        allowed = least - (value + fine * over) - 1e-9
        change, who, where = _best_shift(sites, plan, load, near, fine, free_at, now, allowed)
        _, one, two = _best_swap(sites, plan, load, near_set, fine, free_at, now, allowed, change)
        if who < 0 and one < 0:
            break
        tenure = now + 5 + np.random.randint(0, 10)  # noqa: NPY002
        if one >= 0:
            home, away = plan[one], plan[two]
            value += sites.cost[away, one] - sites.cost[home, one]
            value += sites.cost[home, two] - sites.cost[away, two]
            _move(sites, plan, load, free_at, one, away, tenure)
            _move(sites, plan, load, free_at, two, home, tenure)
        else:
            value += sites.cost[where, who] - sites.cost[plan[who], who]
            _move(sites, plan, load, free_at, who, where, tenure)
        over = np.maximum(load - sites.capacity, 0).sum()
        if over == 0 and value < least - 1e-9:
            least, best = value, plan.copy()
        tight += 1 if over > 0 else -1
        if now % ADAPT_EVERY == 0:
            fine *= ADAPT if tight > 0 else 1 / ADAPT
            tight = 0
    return best if np.isfinite(least) else plan


@njit(cache=True, nogil=True)
def _first_fine(sites, plan, near):
    """Return a first fine of a unit of overload: what parts a customer's near sites, a unit of its size."""
    loss, units = 1e-9, 1.0
    for at in range(len(plan)):
        last = near.shape[1] - 1
        while last > 0 and near[at, last] < 0:
            last -= 1
        if last > 0:
            loss += sites.cost[near[at, last], at] - sites.cost[near[at, 0], at]
            units += sites.size[near[at, 0], at]
    return loss / units


@njit(cache=True, nogil=True)
def _move(sites, plan, load, free_at, customer, site, tenure):
    home = plan[customer]
    free_at[home, customer] = tenure
    load[home] -= sites.size[home, customer]
    load[site] += sites.size[site, customer]
    plan[customer] = site


@njit(cache=True, nogil=True)
def move_sites(sites, plan):
    """Give each site's customers to the closed site that serves all of them cheapest where that costs less.

    Fixed sites stay; the plan is changed in place. Returns whether anything moved.
    """
    moved = False
    used = np.zeros(len(sites.capacity), dtype=np.bool_)
    used[plan] = True
    for home in np.flatnonzero(used):
        if sites.fixed[home]:
            continue
        members = np.flatnonzero(plan == home)
        best, where = _serving_cost(sites, members, home) - 1e-9, home
        for site in range(len(used)):
            if used[site] or sites.fixed[site]:
                continue
            cost = _serving_cost(sites, members, site)
            if cost < best:
                best, where = cost, site
        if where != home:
            moved = True
            used[home], used[where] = False, True
            plan[members] = where
    return moved


@njit(cache=True, nogil=True)
def _serving_cost(sites, members, site):
    """Return what it costs to open the site for these customers, inf where they do not fit."""
    total, load = sites.opening[site], 0
    for at in members:
        total += sites.cost[site, at]
        load += sites.size[site, at]
    return total if load <= sites.capacity[site] else np.inf
