"""Walking costs: by hand, against networkx on streets cut at every door, and on real streets."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from analysis import walking
from analysis.errors import FrameError, ParameterError
from analysis.street import WalkingRules, build_street_graph, snap_to_streets
from analysis.walking import walk_matrix, walk_on_streets, walk_straight

CRS = 6675


def streets(edges, **columns):
    """Make a flat frame from {(u, v): coordinates}."""
    frame = gpd.GeoDataFrame(
        {
            "u": [u for u, _ in edges],
            "v": [v for _, v in edges],
            "elevation_u_m": 0.0,
            "elevation_v_m": 0.0,
            "is_steps": False,
            "snow_cleared": False,
        },
        geometry=[LineString(coordinates) for coordinates in edges.values()],
        index=pd.Index([f"E{number}" for number in range(len(edges))], name="edge_id"),
        crs=CRS,
    )
    return frame.assign(length_m=frame.length).assign(**columns)


def watchers(*places, reach_m=800.0):
    index = pd.Index([f"W{number}" for number in range(len(places))], name="watcher_id")
    return gpd.GeoDataFrame({"reach_m": reach_m}, geometry=_points(places), index=index, crs=CRS)


def households(*places):
    index = pd.Index([f"H{number}" for number in range(len(places))], name="household_id")
    return gpd.GeoDataFrame(geometry=_points(places), index=index, crs=CRS)


def _points(places):
    return [None if place is None else Point(place) for place in places]


def pairs(costs):
    """Return {(watcher_id, household_id): cost}."""
    names = zip(costs.watcher_ids[costs.watcher], costs.household_ids[costs.household], strict=True)
    return dict(zip(names, costs.cost_m.tolist(), strict=True))


ROAD = streets({("A", "B"): [(0, 0), (1000, 0)]})

# Two banks 100 m apart; the only bridge is 400 m to the east.
RIVER = streets(
    {
        ("A", "B"): [(0, 0), (400, 0)],
        ("B", "C"): [(400, 0), (400, 100)],
        ("C", "D"): [(400, 100), (0, 100)],
    }
)


def test_two_doors_on_one_street_walk_along_it():
    # 10 m to the street at 100, 250 m along to 350, 20 m to the door on the other side: 280 m.
    costs = walk_on_streets(build_street_graph(ROAD), watchers((100, 10)), households((350, -20)))
    assert pairs(costs) == pytest.approx({("W0", "H0"): 280})
    assert costs.basis == "streets"
    assert costs.detour_factor is None


def test_household_at_exactly_the_reach_is_within_it():
    # 800 m along the street, then 801 m.
    costs = walk_on_streets(build_street_graph(ROAD), watchers((0, 0)), households((800, 0), (801, 0)))
    assert pairs(costs) == {("W0", "H0"): 800}


def test_floating_error_does_not_put_a_household_beyond_the_reach():
    # Three streets of 0.1 m add up to 0.30000000000000004 m; the reach is 0.3 m.
    short = streets({(str(n), str(n + 1)): [(n, 0), (n + 1, 0)] for n in range(3)}, length_m=0.1)
    costs = walk_on_streets(build_street_graph(short), watchers((0, 0), reach_m=0.3), households((3, 0)))
    assert pairs(costs) == pytest.approx({("W0", "H0"): 0.3})


def test_way_round_is_taken_where_the_own_street_is_longer():
    # The loop A–B over (100, 500) is 1,019.8 m, the direct street 200 m. Doors on the loop, 100 m from A and
    # 100 m from B: 819.8 m along the loop, 100 + 200 + 100 = 400 m round by the direct street.
    loop = LineString([(0, 0), (100, 500), (200, 0)])
    graph = build_street_graph(streets({("A", "B"): loop.coords, ("B", "A"): [(200, 0), (0, 0)]}))
    start, end = loop.interpolate(100), loop.interpolate(loop.length - 100)
    costs = walk_on_streets(graph, watchers((start.x, start.y)), households((end.x, end.y)))
    assert pairs(costs) == pytest.approx({("W0", "H0"): 400})


def test_river_is_crossed_at_the_bridge_only():
    # Straight 100 m; on foot 400 + 100 + 400 = 900 m.
    graph = build_street_graph(RIVER)
    assert pairs(walk_on_streets(graph, watchers((0, 0), reach_m=899.0), households((0, 100)))) == {}
    assert pairs(walk_on_streets(graph, watchers((0, 0), reach_m=900.0), households((0, 100)))) == {
        ("W0", "H0"): 900
    }
    straight = walk_straight(watchers((0, 0)), households((0, 100)))
    assert pairs(straight) == pytest.approx({("W0", "H0"): 130})


def test_steps_closed_in_snow_cut_the_household_off():
    # 100 m of street, 100 m of steps, 100 m of street. Normal: 300 m. Snow: no way, whatever the reach.
    slope = streets(
        {("A", "B"): [(0, 0), (100, 0)], ("B", "C"): [(100, 0), (200, 0)], ("C", "D"): [(200, 0), (300, 0)]},
        is_steps=[False, True, False],
    )
    places = watchers((0, 0), reach_m=5000.0), households((300, 0), (50, 0))
    normal = walk_on_streets(build_street_graph(slope), *places)
    snow = walk_on_streets(build_street_graph(slope, season="snow"), *places)
    assert pairs(normal) == {("W0", "H0"): 300, ("W0", "H1"): 50}
    assert pairs(snow) == {("W0", "H1"): 100}  # half the speed
    assert (normal.counts["households_unreachable"], snow.counts["households_unreachable"]) == (0, 1)


def test_way_from_door_to_street_counts_double_in_snow():
    # (10 + 250 + 20) * 2
    graph = build_street_graph(ROAD, season="snow")
    costs = walk_on_streets(graph, watchers((100, 10)), households((350, -20)))
    assert pairs(costs) == pytest.approx({("W0", "H0"): 560})


def test_each_watcher_has_its_own_reach():
    costs = walk_on_streets(
        build_street_graph(ROAD),
        watchers((0, 0), (0, 0), reach_m=[100.0, 300.0]),
        households((100, 0), (300, 0)),
    )
    assert pairs(costs) == {("W0", "H0"): 100, ("W1", "H0"): 100, ("W1", "H1"): 300}


def test_who_has_no_point_no_reach_or_no_street_gives_no_pair_and_is_counted():
    costs = walk_on_streets(
        build_street_graph(ROAD),
        watchers((0, 0), None, (0, 0), (0, 101), reach_m=[800.0, 800.0, np.nan, 800.0]),
        households((10, 0), None, (20, 100.5), (30, 100)),
    )
    assert pairs(costs) == {("W0", "H0"): 10, ("W0", "H3"): 130}  # 100 m off the street is within the limit
    assert costs.counts == {
        "watchers_without_point": 1,
        "watchers_without_reach": 1,
        "watchers_far_off": 1,
        "households_without_point": 1,
        "households_far_off": 1,
        "households_unreachable": 0,
    }
    assert len(costs.watcher_ids) == 4
    assert len(costs.household_ids) == 4


def test_pairs_are_sorted_by_household_then_cost_then_watcher():
    costs = walk_on_streets(
        build_street_graph(ROAD), watchers((300, 0), (90, 0), (110, 0)), households((500, 0), (100, 0))
    )
    assert list(pairs(costs)) == [
        ("W0", "H0"),
        ("W2", "H0"),
        ("W1", "H0"),
        ("W1", "H1"),
        ("W2", "H1"),
        ("W0", "H1"),
    ]


def test_wrong_frames_are_refused():
    graph = build_street_graph(ROAD)
    with pytest.raises(FrameError, match="got 1 others: W1"):
        walk_on_streets(graph, watchers((0, 0), (0, 0), reach_m=[0.0, -1.0]), households((0, 0)))
    with pytest.raises(FrameError, match="EPSG:6674"):
        walk_on_streets(graph, watchers((0, 0)), households((0, 0)).set_crs(6674, allow_override=True))
    with pytest.raises(FrameError, match="reach_m"):
        walk_on_streets(graph, watchers((0, 0)).drop(columns="reach_m"), households((0, 0)))
    with pytest.raises(FrameError, match="EPSG:6674"):
        walk_straight(watchers((0, 0)), households((0, 0)).set_crs(6674, allow_override=True))
    with pytest.raises(ParameterError, match="'rain'"):
        walk_straight(watchers((0, 0)), households((0, 0)), season="rain")


def test_nobody_to_walk_to_gives_no_pairs():
    empty = walk_on_streets(build_street_graph(ROAD), watchers(), households())
    assert (len(empty.cost_m), len(empty.watcher_ids)) == (0, 0)
    lonely = walk_on_streets(build_street_graph(ROAD), watchers(), households((0, 0)))
    assert lonely.counts["households_unreachable"] == 1
    assert len(walk_straight(watchers((0, 0)), households()).cost_m) == 0


def test_progress_ends_at_the_number_of_watchers_and_may_end_the_walk():
    graph = build_street_graph(ROAD)
    people, homes = watchers((0, 0), (999, 0), (500, 0)), households((100, 0), (900, 0))
    told = []
    whole = walk_on_streets(graph, people, homes, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 3)
    assert [done for done, _ in told] == sorted({done for done, _ in told})

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        walk_on_streets(graph, people, homes, progress=stop)
    assert pairs(walk_on_streets(graph, people, homes)) == pairs(whole)


def cut_network(graph, doors, rules):
    """Return a networkx graph with every door (name -> Point) as a node, its street cut there."""
    network = nx.Graph()
    factor = rules.snow_factor if graph.season == "snow" else 1.0
    on_edge = {}
    for name, point in doors.items():
        metres = {edge: graph.lines[edge].distance(point) for edge in graph.open_edges}
        nearest = min(metres, key=metres.get, default=None)
        if nearest is not None and metres[nearest] <= rules.snap_limit_m:
            share = graph.lines[nearest].project(point, normalized=True)
            on_edge.setdefault(nearest, []).append((share, name))
            network.add_edge(name, ("cut", name), weight=metres[nearest] * factor)
    for edge in graph.open_edges:
        stops = [
            (0.0, ("node", graph.u[edge])),
            *((s, ("cut", name)) for s, name in sorted(on_edge.get(edge, []))),
        ]
        stops.append((1.0, ("node", graph.v[edge])))
        for (start, one), (end, other) in pairwise(stops):
            cost = (end - start) * graph.cost_m[edge]
            if one != other and cost < network.get_edge_data(one, other, {"weight": np.inf})["weight"]:
                network.add_edge(one, other, weight=cost)
    return network


def networkx_costs(graph, people, homes, rules=WalkingRules()):
    doors = {
        name: point for name, point in (people.geometry.to_dict() | homes.geometry.to_dict()).items() if point
    }
    network = cut_network(graph, doors, rules)
    found = {}
    for watcher, reach_m in people["reach_m"].items():
        if watcher in network:
            lengths = nx.single_source_dijkstra_path_length(network, watcher, cutoff=reach_m + 1e-6)
            found |= {(watcher, home): lengths[home] for home in homes.index if home in lengths}
    return found


@st.composite
def worlds(draw):
    """Up to 9 crossings within 1,500 m, streets from a third of the straight line up, and doors."""
    place = st.tuples(st.integers(0, 1500), st.integers(0, 1500))
    crossings = draw(st.lists(place, min_size=2, max_size=9, unique=True))
    number = st.integers(0, len(crossings) - 1)
    ends = draw(st.lists(st.tuples(number, number), min_size=1, max_size=14))
    ends = [(u, v) for u, v in ends if u != v] or [(0, 1)]
    lines = [LineString([crossings[u], crossings[v]]) for u, v in ends]
    stretch = draw(
        st.lists(st.sampled_from([1 / 3, 0.997, 1, 1, 1.2, 3]), min_size=len(ends), max_size=len(ends))
    )
    frame = gpd.GeoDataFrame(
        {
            "u": [str(u) for u, _ in ends],
            "v": [str(v) for _, v in ends],
            "length_m": [line.length * factor for line, factor in zip(lines, stretch, strict=True)],
            "elevation_u_m": [draw(st.sampled_from([0.0, 20.0, np.nan])) for _ in ends],
            "elevation_v_m": [draw(st.sampled_from([0.0, 50.0])) for _ in ends],
            "is_steps": [draw(st.booleans()) and draw(st.booleans()) for _ in ends],
            "snow_cleared": [draw(st.booleans()) for _ in ends],
        },
        geometry=lines,
        index=pd.Index([f"E{n}" for n in range(len(ends))], name="edge_id"),
        crs=CRS,
    )
    people = draw(
        st.lists(st.tuples(place, st.sampled_from([50.0, 400.0, 900.0, 2500.0])), min_size=1, max_size=5)
    )
    homes = draw(st.lists(place, min_size=1, max_size=8))
    return (
        frame,
        watchers(*(where for where, _ in people), reach_m=[reach for _, reach in people]),
        households(*homes),
        draw(st.sampled_from(["normal", "snow"])),
    )


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_costs_equal_networkx_on_streets_cut_at_every_door(world):
    frame, people, homes, season = world
    rules = WalkingRules(snap_limit_m=400)
    graph = build_street_graph(frame, season=season, rules=rules)
    costs = walk_on_streets(graph, people, homes, rules=rules)
    assert pairs(costs) == pytest.approx(networkx_costs(graph, people, homes, rules), abs=1e-6)


@settings(max_examples=80, deadline=None)
@given(worlds())
def test_matrix_equals_networkx_and_is_symmetric(world):
    frame, _, homes, season = world
    rules = WalkingRules(snap_limit_m=400)
    graph = build_street_graph(frame, season=season, rules=rules)
    matrix = walk_matrix(graph, homes.geometry, rules=rules)
    network = cut_network(graph, homes.geometry.to_dict(), rules)
    for row, start in enumerate(homes.index):
        lengths = nx.single_source_dijkstra_path_length(network, start) if start in network else {}
        expected = [0.0 if end == start else lengths.get(end, np.inf) for end in homes.index]
        assert matrix[row] == pytest.approx(expected, abs=1e-6)
    assert (matrix == matrix.T).all()


def grid_world(side, seed):
    """A grid of 100 m with gaps, 40 watchers of mixed reach and 200 households."""
    generator = np.random.default_rng(seed)
    xy = np.column_stack([part.ravel() for part in np.meshgrid(np.arange(side), np.arange(side))]) * 100.0
    edges = {}
    for n in range(side * side):
        neighbours = ([n + 1] if n % side < side - 1 else []) + ([n + side] if n < side * (side - 1) else [])
        edges |= {(str(n), str(m)): [xy[n], xy[m]] for m in neighbours if generator.random() < 0.75}
    span = side * 100.0
    people = watchers(
        *generator.uniform(0, span, (40, 2)), reach_m=generator.choice([200.0, 800.0, 3000.0], 40)
    )
    return streets(edges), people, households(*generator.uniform(0, span, (200, 2)))


def test_many_watchers_and_reaches_equal_networkx():
    frame, people, homes = grid_world(25, seed=3)
    graph = build_street_graph(frame)
    costs = walk_on_streets(graph, people, homes)
    expected = networkx_costs(graph, people, homes)
    assert len(expected) > 1000
    assert pairs(costs) == pytest.approx(expected, abs=1e-6)


def test_working_in_small_portions_changes_nothing(monkeypatch):
    frame, people, homes = grid_world(12, seed=4)
    graph = build_street_graph(frame)
    whole = pairs(walk_on_streets(graph, people, homes))
    monkeypatch.setattr(walking, "WATCHERS_AT_ONCE", 1)
    assert pairs(walk_on_streets(graph, people, homes)) == whole


def test_matrix_finds_the_way_far_outside_its_points():
    # Both doors at x = 0 across the river; the bridge is 3 km off: 3,000 + 100 + 3,000.
    far = streets(
        {
            ("A", "B"): [(0, 0), (3000, 0)],
            ("B", "C"): [(3000, 0), (3000, 100)],
            ("C", "D"): [(3000, 100), (0, 100)],
        }
    )
    matrix = walk_matrix(build_street_graph(far), households((0, 0), (0, 100)).geometry)
    assert matrix.tolist() == [[0, 6100], [6100, 0]]


def test_matrix_of_doors_off_the_streets_is_infinite():
    matrix = walk_matrix(build_street_graph(ROAD), households((0, 0), (0, 500), (40, 0)).geometry)
    assert matrix.tolist() == [[0, np.inf, 40], [np.inf, 0, np.inf], [40, np.inf, 0]]


def test_matrix_of_too_many_points_is_refused():
    with pytest.raises(ParameterError, match="at most 200 points, got 201"):
        walk_matrix(build_street_graph(ROAD), households(*[(n, 0) for n in range(201)]).geometry)


def test_straight_walk_at_exactly_the_reach_is_within_it():
    # 3-4-5: 300 and 400 m make 500 m, times 1.3 = 650 m; 500.1 m make 650.13 m.
    people = watchers((0, 0), None, (0, 0), reach_m=[650.0, 650.0, np.nan])
    costs = walk_straight(people, households((300, 400), (500.1, 0), None))
    assert pairs(costs) == pytest.approx({("W0", "H0"): 650})
    assert (costs.basis, costs.detour_factor) == ("straight_line", 1.3)
    assert costs.counts["watchers_without_point"] == costs.counts["watchers_without_reach"] == 1
    assert costs.counts["households_without_point"] == 1


def test_straight_walk_takes_twice_as_long_in_snow():
    costs = walk_straight(watchers((0, 0)), households((300, 0), (400, 0)), season="snow")
    assert pairs(costs) == pytest.approx({("W0", "H0"): 300 * 1.3 * 2})


def test_straight_walks_equal_all_distances():
    _, people, homes = grid_world(25, seed=5)
    costs = walk_straight(people, homes)
    expected = {
        (watcher, home): here.distance(there) * 1.3
        for watcher, here, reach in zip(people.index, people.geometry, people["reach_m"], strict=True)
        for home, there in homes.geometry.items()
        if here.distance(there) * 1.3 <= reach
    }
    assert pairs(costs) == pytest.approx(expected)


def ube_streets(path, with_heights):
    """Read Ube's one-way edges as our street frame; both directions stay, as parallel streets."""
    edges = gpd.read_file(f"/vsigzip/{path}").to_crs(6671)
    edges = edges[edges.geom_type == "LineString"]
    heights = (
        edges[["h_s_SAMPLE", "h_e_SAMPLE"]].to_numpy() if with_heights else np.full((len(edges), 2), np.nan)
    )
    return gpd.GeoDataFrame(
        {
            "u": edges["u"].astype("int64").astype(str),
            "v": edges["v"].astype("int64").astype(str),
            "length_m": edges["length"],
            "elevation_u_m": heights[:, 0],
            "elevation_v_m": heights[:, 1],
            "is_steps": edges["highway"].str.contains("steps", na=False),
            "snow_cleared": False,
        },
        geometry=edges.geometry,
    ).rename_axis("edge_id")


@pytest.mark.realfiles
@pytest.mark.parametrize("with_heights", [False, True])
def test_costs_from_the_shelters_of_ube_equal_networkx(shared_file, with_heights):
    frame = ube_streets(shared_file("data/osm-walk-ube/ube_walk_edges.derived.geojson.gz"), with_heights)
    shelters = gpd.read_file(f"/vsizip/{shared_file('data/osm-walk-ube/ube_shelters.zip')}").to_crs(6671)
    graph = build_street_graph(frame)
    sizes = np.sort(np.bincount(graph.component))
    assert (graph.counts["components"], sizes[-1]) == (6, 10_387)
    # Each shelter walks to a sample of crossings, as households standing on them.
    sample = np.random.default_rng(1).choice(len(graph.xy), 2_000, replace=False)
    homes = gpd.GeoDataFrame(
        geometry=shapely.points(graph.xy[sample]), index=pd.Index(sample, name="household_id"), crs=6671
    )
    people = shelters[["geometry"]].rename_axis("watcher_id").assign(reach_m=800.0)
    costs = walk_on_streets(graph, people, homes)
    expected = shelter_costs_by_networkx(graph, people, homes)
    assert len(expected) > 500
    assert pairs(costs) == pytest.approx(expected, abs=1e-6)


def shelter_costs_by_networkx(graph, people, homes):
    """Return the 800 m costs over the plain network, a shelter put in at both ends of its street."""
    rules = WalkingRules()
    network = nx.Graph()
    cheapest = pd.DataFrame({"u": graph.u, "v": graph.v, "cost": graph.cost_m})
    cheapest[["u", "v"]] = np.sort(cheapest[["u", "v"]].to_numpy(), axis=1)
    network.add_weighted_edges_from(
        cheapest.groupby(["u", "v"], as_index=False)["cost"].min().to_numpy().tolist()
    )
    start, end = (snap_to_streets(graph, points.geometry, rules.snap_limit_m) for points in (people, homes))
    found = {}
    for row in np.flatnonzero(start.on_street):
        edge, share, off = start.edge[row], start.share[row], start.distance_m[row]
        ends = {graph.u[edge]: off + share * graph.cost_m[edge]}
        far_end = off + (1 - share) * graph.cost_m[edge]
        ends[graph.v[edge]] = min(far_end, ends.get(graph.v[edge], np.inf))
        network.add_weighted_edges_from([("door", node, cost) for node, cost in ends.items()])
        lengths = nx.single_source_dijkstra_path_length(network, "door", cutoff=801)
        network.remove_node("door")
        for home in np.flatnonzero(end.on_street):
            other, place, away = end.edge[home], end.share[home], end.distance_m[home]
            cost = min(
                lengths.get(graph.u[other], np.inf) + place * graph.cost_m[other],
                lengths.get(graph.v[other], np.inf) + (1 - place) * graph.cost_m[other],
            )
            if other == edge:
                cost = min(cost, off + abs(place - share) * graph.cost_m[edge])
            if cost + away <= 800 + 1e-6:
                found[people.index[row], homes.index[home]] = cost + away
    return found
