"""The demo city: sizes, sameness for a seed, and that its ground, streets, areas and people make sense."""

from __future__ import annotations

import datetime as dt
import itertools
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata.demo_city import generate_demo_city
from geodata.demo_city.drawing import exact_shares, pick_columns, pick_in_groups, share_out
from geodata.demo_city.names import FIRST, SECOND, invent_names, kanji_number, number_towns
from geodata.demo_city.plan import CityPlan
from geodata.demo_city.profiles import join_words
from geodata.demo_city.terrain import build_terrain, elevation_m, is_landward, river_side
from geodata.demo_city.tiling import build_tiling
from geodata.errors import GeodataError

METRIC = 6675
LINE_LAYERS = ("school_districts", "community_districts", "neighbourhoods", "boundary", "rounds")


class WrittenCity:
    """The files of one generated city, read back; geometry in metres."""

    def __init__(self, folder, households):
        self.folder = folder
        self.plan = CityPlan(households=households)
        self.told = []
        self.result = generate_demo_city(
            folder, households=households, progress=lambda *step: self.told.append(step)
        )
        for name in ("households", "watchers", "assignments", "facilities", "agreements", "support_tasks"):
            setattr(self, name, pd.read_csv(folder / f"{name}.csv", dtype={"birth_year": "Int64"}))
        for name in LINE_LAYERS:
            setattr(self, name, gpd.read_file(folder / f"{name}.geojson").to_crs(METRIC))
        self.streets = gpd.read_file(folder / "streets.gpkg").to_crs(METRIC)

    def points(self, table):
        lonlat = table[["lon", "lat"]].dropna()
        return gpd.GeoSeries.from_xy(lonlat["lon"], lonlat["lat"], crs=6668).to_crs(METRIC)

    def water(self):
        """Return the river polygons, from metres around the castle to the metric CRS."""
        castle = gpd.GeoSeries.from_xy([136.656], [36.561], crs=6668).to_crs(METRIC).iloc[0]
        water = build_terrain(self.plan).water
        return shapely.transform(water, lambda xy: xy + np.array([castle.x, castle.y]))


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A tenth of the standard city: 3,000 households, 6 community and 5 school districts."""
    return WrittenCity(tmp_path_factory.mktemp("city"), 3_000)


def test_counts_scale_with_the_households(city):
    # a tenth of 60, 53, 900, 800, 1,500, 70 (30 of them could be signed) and 200
    kinds = city.watchers["kind"].value_counts()
    assert city.result.counts["households"] == len(city.households) == 3_000
    assert (len(city.community_districts), len(city.school_districts), len(city.neighbourhoods)) == (6, 5, 90)
    assert (kinds["welfare_commissioner"], kinds["community_promoter"]) == (80, 150)
    assert (kinds["delivery_firm"], kinds["shop"]) == (7, 20)
    assert (city.watchers["status"] == "candidate").sum() == 3
    assert city.result.counts["streets"] == len(city.streets)


def test_progress_is_told_after_each_step(city):
    assert [(done, total) for _, done, total in city.told] == [(n, 5) for n in range(1, 6)]


def test_same_seed_gives_the_same_bytes(tmp_path):
    first, second = (generate_demo_city(tmp_path / name, households=300) for name in "ab")
    files = sorted(path.name for path in first.folder.iterdir())
    assert len(files) == 15
    different = [f for f in files if (first.folder / f).read_bytes() != (second.folder / f).read_bytes()]
    assert different == []


def test_another_seed_gives_other_people_and_places(tmp_path):
    for seed in (1, 2):
        generate_demo_city(tmp_path / str(seed), households=100, seed=seed)
    for name in ("households.csv", "watchers.csv", "community_districts.geojson", "streets.gpkg"):
        assert (tmp_path / "1" / name).read_bytes() != (tmp_path / "2" / name).read_bytes()


@pytest.mark.parametrize(("households", "seed"), [(50, 1), (500, 2), (1_000, 3)])
def test_small_city_has_three_districts_and_all_kinds(tmp_path, households, seed):
    city = generate_demo_city(tmp_path, households=households, seed=seed)
    watchers = pd.read_csv(tmp_path / "watchers.csv")
    assert city.counts["households"] == households
    assert city.counts["community_districts"] >= 3
    assert city.counts["school_districts"] >= 3
    assert watchers["kind"].nunique() == 9
    assert city.counts["assignments"] > households / 3


def test_too_few_households_are_refused(tmp_path):
    with pytest.raises(GeodataError, match="Expected at least 50 households for a demo city, got 49"):
        generate_demo_city(tmp_path, households=49)


def test_only_bridges_cross_a_river(city):
    crossing = city.streets.intersects(city.water())
    assert crossing.sum() >= 4  # two rivers, at least two bridges each
    assert (city.streets.loc[crossing, "bridge"] == 1).all()
    assert city.streets["bridge"].sum() == crossing.sum()


def test_streets_are_at_least_as_long_as_drawn_and_as_straight(city):
    ends = shapely.get_coordinates(city.streets.boundary).reshape(-1, 2, 2)
    straight = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
    drawn = city.streets.length
    assert (drawn - straight > 0.2).mean() > 0.05  # some bend
    assert (city.streets["length"] >= straight - 0.02).all()  # coordinates are rounded to a centimetre
    assert np.allclose(city.streets["length"], drawn, rtol=3e-4, atol=0.05)  # scale of the zone 0.9999


def test_streets_form_one_net_and_three_islands(city):
    ends, numbers = np.unique(city.streets[["u", "v"]], return_inverse=True)
    pairs = tuple(numbers.reshape(-1, 2).T)
    links = coo_array((np.ones(len(city.streets)), pairs), shape=(len(ends), len(ends)))
    count, label = connected_components(links, directed=False)
    sizes = np.sort(np.bincount(label))
    assert count == 4
    assert sizes[-1] > 0.98 * len(ends)
    assert len(ends) == pytest.approx(6_000, rel=0.12)


def test_no_street_is_written_twice(city):
    pairs = np.sort(city.streets[["u", "v"]], axis=1)
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    assert (pairs[:, 0] < pairs[:, 1]).all()


def test_a_node_has_one_height_everywhere(city):
    heights = pd.concat(
        [
            city.streets[["u", "elevation_u"]].set_axis(["node", "height"], axis=1),
            city.streets[["v", "elevation_v"]].set_axis(["node", "height"], axis=1),
        ]
    )
    assert (heights.groupby("node")["height"].agg(np.ptp) == 0).all()
    assert heights["height"].min() >= 0


def test_steps_stand_only_where_it_is_steep(city):
    streets = city.streets
    gradient = (streets["elevation_u"] - streets["elevation_v"]).abs() / streets["length"]
    assert (streets["highway"] == "steps").any()
    assert (gradient[streets["highway"] == "steps"] >= 0.13).all()


def test_snow_is_cleared_on_main_streets_only(city):
    cleared = city.streets.loc[city.streets["snow_cleared"] == 1, "highway"]
    assert set(cleared) <= {"secondary", "tertiary"}
    assert 0.03 < len(cleared) / len(city.streets) < 0.25


@pytest.mark.parametrize("layer", ["community_districts", "school_districts", "neighbourhoods"])
def test_layer_covers_the_town_without_overlap(city, layer):
    shapes = getattr(city, layer).geometry
    town = city.community_districts.union_all()
    assert shapes.is_valid.all()
    assert shapes.union_all().symmetric_difference(town).area < 1.0  # square metres of some 11 million
    assert shapes.area.sum() == pytest.approx(town.area, rel=1e-7)
    assert town.difference(city.boundary.union_all()).area < 1.0


def test_edge_of_the_town_has_no_spikes_or_saw_teeth(city):
    # A disc of 50 m (158 m in the standard city) rolls along either side of the edge; what it cannot reach is
    # the two corners at the coast. Cells that simply end, as they once did, leave 0.19 % and 0.08 %.
    town = city.community_districts.union_all()
    spikes = town.difference(town.buffer(-50).buffer(50)).area
    notches = town.buffer(50).buffer(-50).difference(town).area
    assert town.geom_type == "Polygon"
    assert spikes / town.area < 2e-4
    assert notches / town.area < 2e-4


def test_no_neighbourhood_has_a_sliver(city):
    # 90 neighbourhoods share some 11 million square metres: 120,000 each, and less in the old centre
    parts = city.neighbourhoods.geometry.explode()
    assert parts.area.min() > 2_000
    assert not parts.buffer(-10).is_empty.any()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cells_lie_ashore_on_one_side_of_each_river(seed):
    plan = CityPlan(households=500, seed=seed)
    terrain = build_terrain(plan)
    tiling = build_tiling(terrain, plan)
    inner = shapely.buffer(tiling.cells, -0.5)
    for line in (*terrain.rivers, terrain.coast):
        assert not shapely.intersects(line, inner).any()
    assert is_landward(terrain, shapely.get_coordinates(shapely.point_on_surface(tiling.cells))).all()


def test_neighbourhoods_nest_in_community_districts_but_not_in_schools(city):
    def largest_share(layer):
        parts = gpd.overlay(city.neighbourhoods, layer, how="intersection", keep_geom_type=True)
        share = parts.area.groupby(parts["town_code"]).max()
        return share / city.neighbourhoods.set_index("town_code").area

    assert largest_share(city.community_districts).min() > 0.9999
    assert largest_share(city.school_districts).min() < 0.9


def test_a27_and_n03_layouts_are_followed(city):
    schools = city.school_districts
    assert list(schools.columns[:5]) == [f"A27_00{n}" for n in range(1, 6)]
    assert (schools["A27_001"] == "17999").all()
    assert schools["A27_003"].iloc[0] == "B117299900001"
    assert schools["A27_003"].str.len().eq(13).all()
    assert schools["A27_004"].str.endswith("小学校").all()
    assert city.boundary["N03_007"].tolist() == ["17999"]
    assert city.boundary["N03_004"].tolist() == ["架空市"]


def test_every_file_says_that_it_is_synthetic(city):
    assert "架空データ" in (city.folder / "README.txt").read_text(encoding="utf-8")
    for name in LINE_LAYERS:
        collection = json.loads((city.folder / f"{name}.geojson").read_text(encoding="utf-8"))
        assert "架空データ" in collection["name"]


def test_names_are_unique_in_each_layer(city):
    names = [city.community_districts["name"], city.school_districts["A27_004"]]
    for column in (*names, city.neighbourhoods["town_name"], city.neighbourhoods["town_code"]):
        assert column.is_unique


def test_households_stand_beside_streets_inside_a_district(city):
    points = city.points(city.households)
    _, distance = city.streets.sindex.nearest(points, return_distance=True, return_all=False)
    assert distance.max() < 15.0
    assert distance.mean() > 3.0
    inside = city.community_districts.sindex.query(points, predicate="intersects")[0]
    assert len(np.unique(inside)) == len(points)


def test_household_columns_and_values_follow_the_contract(city):
    households = city.households
    assert ",".join(households.columns) == (
        "household_id,lon,lat,household_type,visits_per_month,weight,consent,needs,valid_from"
    )
    assert set(households["visits_per_month"]) == {0.33, 0.5, 1.0, 2.0, 4.0}
    assert households["weight"].between(1, 3).all()
    shares = households["consent"].value_counts(normalize=True).sort_index()
    assert shares.to_numpy() == pytest.approx([0.02, 0.15, 0.38, 0.30, 0.15], abs=0.03)
    words = set(";".join(households["needs"].dropna()).split(";"))
    assert words == {"snow", "rubbish", "shopping", "bulb", "talk"}
    assert pd.to_datetime(households["valid_from"]).max() < pd.Timestamp("2026-04-01")


def test_need_is_somewhat_above_what_watchers_can_give(city):
    active = city.watchers[~city.watchers["kind"].isin(["delivery_firm", "shop"])]
    assert 1.0 < city.households["visits_per_month"].sum() / active["visits_per_month"].sum() < 1.5


def test_commissioners_are_as_vacant_and_as_old_as_in_life(city):
    posts = city.watchers[city.watchers["kind"] == "welfare_commissioner"]
    filled = posts[posts["status"] == "active"]
    age = 2026 - filled["birth_year"].astype(int)
    # 8 % of 80 posts is 6.4; of the 74 filled ones 37 % are 27.4 and 46 % are 34.0
    assert (posts["status"] == "vacant").sum() == 6
    assert (age >= 70).sum() == 27
    assert age.between(60, 69).sum() == 34
    assert filled["visits_per_month"].mean() == pytest.approx(161 / 12, abs=1.2)
    assert set(filled["term_end"]) == {"2028-11-30", "2026-11-30"}


def test_vacant_posts_have_no_person(city):
    vacant = city.watchers[city.watchers["status"] == "vacant"]
    assert vacant[["birth_year", "lon", "lat"]].isna().all(axis=None)
    assert (vacant["visits_per_month"] == 0).all()
    assert vacant["district"].notna().all()


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (dt.date(2026, 4, 1), "2028-11-30"),
        (dt.date(2028, 11, 30), "2028-11-30"),
        (dt.date(2028, 12, 1), "2031-11-30"),
        (dt.date(2025, 11, 30), "2025-11-30"),
        (dt.date(2025, 12, 1), "2028-11-30"),
    ],
)
def test_terms_end_before_the_next_general_re_election(tmp_path, day, last):
    generate_demo_city(tmp_path, households=50, reference_date=day)
    watchers = pd.read_csv(tmp_path / "watchers.csv")
    terms = watchers.loc[watchers["kind"] == "welfare_commissioner", "term_end"]
    assert terms.max() == last
    assert terms.min() >= day.isoformat()


def test_reports_lead_to_watchers_or_centres_and_some_to_nobody(city):
    active = city.watchers[city.watchers["kind"] != "delivery_firm"]
    known = set(city.watchers["watcher_id"]) | set(city.facilities["facility_id"])
    assert set(active["reports_to"].dropna()) <= known
    assert 0.02 < active["reports_to"].isna().mean() < 0.15


def test_watchers_live_in_the_district_they_serve(city):
    watchers = city.watchers[(city.watchers["status"] == "active") & city.watchers["district"].notna()]
    points = gpd.GeoDataFrame(watchers, geometry=city.points(watchers))
    found = points.sjoin(city.community_districts[["code", "geometry"]], predicate="intersects")
    assert len(found) >= len(watchers)
    assert (found["code"] == found["district"]).mean() > 0.99  # a door on a border answers twice


def test_delivery_rounds_run_along_streets(city):
    net = shapely.union_all(city.streets.geometry.buffer(0.5))
    outside = city.rounds.geometry.difference(net).length.sum()
    assert outside / city.rounds.length.sum() < 0.001
    assert city.rounds.length.between(2_500, 14_000).all()
    firms = city.watchers[city.watchers["kind"] == "delivery_firm"]
    assert set(city.rounds["watcher_id"]) == set(firms["watcher_id"])
    assert set(firms["visits_per_month"]) <= {30.0, 20.0, 13.0, 8.0, 4.0, 2.0, 1.0}


def test_tasks_are_of_households_with_such_a_need(city):
    tasks = city.support_tasks.merge(city.households, on="household_id")
    assert len(tasks) == len(city.support_tasks) > 100
    assert all(skill in needs.split(";") for skill, needs in zip(tasks["skill"], tasks["needs"], strict=True))
    assert set(tasks["skill"]) == {"snow", "rubbish", "shopping", "bulb"}


def test_only_volunteers_students_and_neighbours_state_hours(city):
    stating = city.watchers[city.watchers["minutes_per_week"].notna()]
    assert set(stating["kind"]) == {"casual_volunteer", "student", "neighbour"}
    assert stating["available"].str.contains("sat 08:00-18:00").any()


def test_each_community_district_has_a_gathering_place_and_each_school_a_point(city):
    kinds = city.facilities["kind"].value_counts()
    assert (kinds["gathering_place"], kinds["school"], kinds["consultation_centre"]) == (6, 5, 2)
    halls = city.facilities[city.facilities["kind"] == "gathering_place"]
    assert set(halls["district"]) == set(city.community_districts["code"])


def test_agreements_join_neighbouring_districts(city):
    shapes = city.community_districts.set_index("code").geometry
    for helper, helped in city.agreements[["district", "helped_district"]].itertuples(index=False):
        assert helper != helped
        assert shapes[helper].distance(shapes[helped]) < 0.1


def test_assignments_are_unique_known_and_uneven(city):
    links = city.assignments
    assert not links.duplicated(["watcher_id", "household_id", "role", "valid_from"]).any()
    assert links["watcher_id"].isin(city.watchers["watcher_id"]).all()
    assert links["household_id"].isin(city.households["household_id"]).all()
    now = links[links["valid_to"].isna() & (links["role"] == "primary")]
    assert 0.5 < now["household_id"].nunique() / 3_000 < 0.8
    assert (links["role"] == "backup").sum() > 100
    assert now.duplicated("household_id").sum() > 20  # two who share
    need = city.households.set_index("household_id")["visits_per_month"]
    promised = now["visits_per_month"].fillna(now["household_id"].map(need)).groupby(now["watcher_id"]).sum()
    capacity = city.watchers.set_index("watcher_id")["visits_per_month"]
    load = promised / capacity[promised.index]
    assert (load > 1.05).sum() > 10
    assert (load < 0.8).sum() > 10


def test_some_assignments_break_a_rule_of_today(city):
    links = city.assignments[city.assignments["valid_to"].isna()]
    consent = links["household_id"].map(city.households.set_index("household_id")["consent"])
    kind = links["watcher_id"].map(city.watchers.set_index("watcher_id")["kind"])
    lowest = kind.map({"welfare_commissioner": 2, "community_promoter": 3, "neighbour": 3}).fillna(4)
    assert 0.003 < (consent < lowest).mean() < 0.05


def test_ended_assignments_end_after_they_began_and_in_the_past(city):
    ended = city.assignments.dropna(subset=["valid_to"])
    assert len(ended) > 20
    assert (ended["valid_from"] <= ended["valid_to"]).all()
    assert ended["valid_to"].max() < "2026-04-01"


def test_visits_are_whole_visits_a_year(city):
    for table in (city.households, city.watchers, city.assignments):
        yearly = 12 * table["visits_per_month"].dropna()
        assert (yearly - yearly.round()).abs().max() <= 0.06 + 1e-9  # two decimals a month


@pytest.mark.realfiles
def test_no_invented_name_is_part_of_a_real_kanazawa_town(shared_file):
    path = shared_file("data/geolonia-kanazawa-towns/kanazawa.json")
    towns = "\n".join(row["town"] for row in json.loads(path.read_text(encoding="utf-8")))
    first, second = ([word.split(":")[0] for word in text.split()] for text in (FIRST, SECOND))
    names = ["".join(pair) for pair in itertools.product(first, second)]
    assert len(names) == 36 * 20
    assert [name for name in names if name in towns] == []


def test_names_beyond_the_stock_stay_different():
    names = invent_names(6_000, np.random.default_rng(1)).written  # the stock is 36 x 20 x 7 = 5,040
    assert len(set(names)) == 6_000


def test_towns_are_numbered_within_their_district():
    names = invent_names(2, np.random.default_rng(1))
    towns = number_towns(names, np.array([1, 0, 1]))
    first, second = names.written
    assert towns.written.tolist() == [second + "一丁目", first + "一丁目", second + "二丁目"]
    assert towns.kana[2] == names.kana[1] + "にちょうめ"


@pytest.mark.parametrize(
    ("number", "kanji"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (34, "三十四"), (120, "一二〇")]
)
def test_town_numbers_are_written_as_in_towns(number, kanji):
    assert kanji_number(number) == kanji


def test_largest_remainder_gives_the_last_unit_to_the_larger_remainder():
    # 10 units over 1:1:2 of 4 -> 2.5, 2.5, 5.0: the odd unit goes to the first of the equals
    assert share_out(np.array([1, 1, 2]), 10).tolist() == [3, 2, 5]


@given(
    st.lists(st.integers(0, 1_000), min_size=1, max_size=30).filter(any),
    st.integers(0, 500),
)
def test_shares_add_up_and_stay_within_one_of_the_exact_share(weights, count):
    units = share_out(np.array(weights), count)
    exact = np.array(weights) / sum(weights) * count
    assert units.sum() == count
    assert (np.abs(units - exact) < 1).all()


def test_picking_stays_in_the_group_and_leaves_weightless_items():
    # items 0, 2, 4 belong to group 7; item 2 has no weight, item 4 three times that of item 0
    groups = np.array([7, 3, 7, 3, 7])
    weights = np.array([1.0, 1.0, 0.0, 1.0, 3.0])
    picked = pick_in_groups(groups, weights, np.full(4_000, 7), np.random.default_rng(5))
    assert set(picked) == {0, 4}
    assert (picked == 4).mean() == pytest.approx(0.75, abs=0.03)


def test_columns_are_picked_by_their_chance():
    chances = np.tile([0.0, 2.0, 6.0], (4_000, 1))
    picked = pick_columns(chances, np.random.default_rng(5))
    assert set(picked) == {1, 2}
    assert (picked == 2).mean() == pytest.approx(0.75, abs=0.03)


def test_exact_shares_leave_the_rest_to_the_last_class():
    classes = exact_shares(10, (0.37, 0.46), np.random.default_rng(5))
    assert np.bincount(classes).tolist() == [4, 5, 1]


def test_words_are_joined_in_their_order():
    chosen = np.array([[False, False], [True, False], [True, True]])
    assert join_words(chosen, ("snow", "talk")).tolist() == ["", "snow", "snow;talk"]


def test_rivers_part_the_ground_in_three_and_hills_rise_inland():
    terrain = build_terrain(CityPlan())
    # across the town from south-west to north-east, and from the sea to the hills beside the valleys
    across = np.array([[-4_000, -4_000], [0, 0], [3_500, 3_500]])
    assert river_side(terrain, across).tolist() == [0, 1, 2]
    sea, hills = elevation_m(terrain, np.array([[-3_500.0, 3_500.0], [3_800.0, -3_800.0]]))
    assert sea < 10 < 60 < hills
