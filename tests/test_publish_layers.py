"""Publishing further layers of the small demo city: beside the same ladder, attacked together with it."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import delete, select

from analysis.mesh import locate_in_mesh, mesh_code
from app.publish import PublishRequest, make_release
from app.services.errors import RequestError
from app.services.public_files import read_tables_of
from geodata.models import Area, Household
from geodata.session import Store
from tests import demo_store
from tests.demo_store import PLANNER
from tests.test_cli import as_json
from tests.test_publish import APRIL, JA, OCTOBER, tables_in

ALSO = ("school", "neighbourhood", "mesh")


def release(store, out, date, also=()):
    request = PublishRequest("normal", out, out is None, date, also, sheet=False)
    return make_release(store, PLANNER, request, words=JA, tell=lambda _step: None)


@pytest.fixture(scope="module")
def with_layers(demo_file, tmp_path_factory):
    """Publish all further layers in April and October: the folders and what came of them."""
    folder = tmp_path_factory.mktemp("layers")
    store = Store(demo_store.copy(demo_file, folder))
    folders = [folder / date.isoformat() for date in (APRIL, OCTOBER)]
    made = [release(store, out, date, ALSO) for out, date in zip(folders, (APRIL, OCTOBER), strict=True)]
    store.close()
    return folders, made


def test_further_layers_come_beside_the_same_ladder(demo, tmp_path, with_layers):
    (out, _), (made, _) = with_layers
    release(demo, tmp_path / "alone", APRIL)
    ladder = {"districts.csv", "joined_areas.csv", "joined_areas.geojson", "city.csv"}
    for name in ladder:
        assert (out / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    assert {file.name for file in out.iterdir()} == {
        *ladder,
        *("method.md", "audit.json"),
        *(f"{layer}.{kind}" for layer in ALSO for kind in ("csv", "geojson")),
    }
    assert made.report["passed"] and made.report["exactly_known"] == 0
    assert made.report["further_layers"] == list(ALSO)
    assert made.report["further_counts_printed"] > 0


def test_further_tables_print_no_small_count_nor_a_gap_of_the_mesh(with_layers):
    tables = tables_in(with_layers[0][0])
    for layer in ALSO:
        assert ((tables.layers[layer] >= 10) | tables.layers[layer].isna()).all(axis=None)
    assert list(tables.layers["mesh"].columns) == ["households"]
    for layer in ("school", "neighbourhood"):
        split = tables.layers[layer][["watched", "gap"]]
        whole = split.dropna().sum(axis=1)
        assert (whole == tables.layers[layer].loc[whole.index, "households"].fillna(whole)).all()


def test_further_counts_hidden_in_april_stay_hidden_in_october(with_layers):
    (april, october), (_, second) = with_layers
    for layer in ALSO:
        before, after = tables_in(april).layers[layer], tables_in(october).layers[layer]
        assert not (before.isna() & ~after.isna()).any(axis=None)
    assert second.report["releases_joined"] == 2 and second.report["passed"]


def test_mesh_map_holds_cells_without_a_home_as_well(with_layers, demo):
    with demo.begin() as session:
        points = session.scalars(select(Household.geometry)).all()
    lon, lat = ([getattr(point, axis) for point in points] for axis in "xy")
    lived = {str(code) for code in mesh_code(*locate_in_mesh(lat, lon, level="500m"), level="500m")}
    cells = set(tables_in(with_layers[0][0]).layers["mesh"].index)
    assert lived < cells  # which cells hold nobody cannot be told from the map


def test_map_of_a_further_layer_that_tells_more_is_refused(with_layers):
    files = {file.name: file.read_bytes() for file in with_layers[0][0].iterdir()}
    features = json.loads(files["mesh.geojson"])
    features["features"][0]["properties"]["gap"] = 12
    with pytest.raises(RequestError, match="map of mesh"):
        read_tables_of(files | {"mesh.geojson": json.dumps(features).encode()})


def test_layer_that_cannot_be_published_is_refused(demo):
    with pytest.raises(RequestError, match="got points"):
        release(demo, None, APRIL, ("points",))


def test_layer_without_areas_is_refused_by_name(demo):
    with demo.begin(write=True) as session:
        session.execute(delete(Area).where(Area.layer == "neighbourhood"))
    with pytest.raises(RequestError, match="areas of neighbourhood"):
        release(demo, None, APRIL, ("neighbourhood",))


def test_command_takes_layers_with_commas_and_no_sheet(demo_file, tmp_path):
    url = demo_store.copy(demo_file, tmp_path)
    code, told = as_json("publish", "--out", tmp_path / "out", "--also", "school,mesh", "--no-sheet", url=url)
    assert (code, told["audit"]["further_layers"]) == (0, ["school", "mesh"])
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert {"school.csv", "mesh.geojson"} <= names and "council.pdf" not in names
