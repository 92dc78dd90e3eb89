"""Losses and expected coverage on public cases whose answers independent solvers agreed on."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from analysis.coverage import assess_coverage
from analysis.dropout import expected_coverage
from analysis.losses import lost_visits
from analysis.tight_sets import VisitNetwork, add_most_visits
from analysis.watch_graph import build_watch_graph
from tests.small_worlds import NORMAL, assignments, households, watchers, world

pytestmark = pytest.mark.realfiles


def best_of(network):
    return add_most_visits(network, np.zeros(len(network.household), dtype=np.int64), network.need)


def read_city(shared_file, name):
    """Return a made city of households, and the most that can be served."""
    places, people, pairs = (
        pd.read_csv(shared_file(f"bench/watcher_assignment/{name}_{part}.csv.gz"))
        for part in ("places", "watchers", "pairs")
    )
    expected = json.loads(shared_file("bench/watcher_assignment/expected.json").read_text())[name]
    network = VisitNetwork(
        household=pairs["place"].to_numpy(),
        watcher=pairs["watcher"].to_numpy(),
        need=places.sort_values("place")["households"].to_numpy(),
        capacity=people.sort_values("watcher")["capacity"].to_numpy(),
    )
    return network, expected["max_served"]


@pytest.mark.parametrize(("name", "every"), [("city7_500", 1), ("city7_2000", 3), ("city7_20000", 40)])
def test_losses_of_the_made_cities_equal_solving_them_again(shared_file, name, every):
    network, most = read_city(shared_file, name)
    visits = best_of(network)
    assert visits.sum() == most
    people = np.arange(len(network.capacity))
    lost = lost_visits(network, visits, pd.Series(people))
    for gone in people[::every]:
        rest = VisitNetwork(
            network.household, network.watcher, network.need, np.where(people == gone, 0, network.capacity)
        )
        assert lost[gone] == most - best_of(rest).sum()


def read_san_francisco(shared_file, case):
    """Return the pairs of site and tract within the case's radius, for its sites, and the tracts' people."""
    folder = "bench/spopt_sf"
    walks = pd.read_csv(
        shared_file(f"{folder}/SF_network_distance_candidateStore_16_censusTract_205_new.csv"),
        dtype={"DestinationName": str},
    )
    tracts = pd.read_csv(
        shared_file(f"{folder}/SF_demand_205_centroid_uniform_weight.csv"), dtype={"NAME": str}
    )
    near = walks[(walks["distance"] <= case["radius_m"]) & walks["name"].isin(case["sites"])]
    return near, tracts["NAME"], tracts["POP2000"].to_numpy()


def expected_of(shared_file, part):
    return json.loads(shared_file("bench/spopt_sf/expected.json").read_text())[part]


def test_loss_of_each_site_of_san_francisco_equals_the_published_one(shared_file):
    for case in expected_of(shared_file, "n_minus_1"):
        near, names, people = read_san_francisco(shared_file, case)
        sites = pd.Index(case["sites"])
        network = VisitNetwork(
            household=as_tracts(names, near),
            watcher=sites.get_indexer(near["name"]),
            need=people,
            capacity=np.full(len(sites), people.sum()),
        )
        visits = best_of(network)
        assert visits.sum() == case["covered"]
        lost = lost_visits(network, visits, pd.Series(sites))
        assert lost.to_dict() == case["loss_if_removed"]


def as_tracts(names, near):
    """Return the row of each pair's tract."""
    rows = pd.Index(names).get_indexer(near["DestinationName"])
    assert (rows >= 0).all()
    return rows


def test_expected_coverage_of_san_francisco_equals_the_published_one(shared_file):
    # Each tract is assigned to one site within reach, the others are its backups; each fails with 10 %.
    for case in expected_of(shared_file, "expected_coverage"):
        near, names, people = read_san_francisco(shared_file, case)
        pairs = [
            (row["name"], f"T{tract}")
            for tract, (_, row) in zip(as_tracts(names, near), near.iterrows(), strict=True)
        ]
        first = {home: person for person, home in reversed(pairs)}
        rows = [(person, home, "primary" if first[home] == person else "backup") for person, home in pairs]
        homes = {f"T{n}": dict(visits_per_month=1.0, weight=float(weight)) for n, weight in enumerate(people)}
        inputs = world(
            households(**homes),
            watchers(**dict.fromkeys(case["sites"], 1000.0)),
            assignments(*rows),
            costs=dict.fromkeys(pairs, 1.0),
        )
        graph = build_watch_graph(inputs, NORMAL)
        stays = pd.Series(1 - case["fail_prob"], index=graph.watchers.index)
        found = expected_coverage(graph, assess_coverage(graph), stays)
        assert found.weighted_visits == pytest.approx(case["expected_covered"])
