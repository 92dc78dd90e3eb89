"""Map files: what makes one unreadable or unsafe, and what is mended quietly but told."""

import json
import sqlite3
import zipfile

import geopandas as gpd
import pytest
import shapely

from geodata.errors import ImportRefusedError
from geodata.importers import ImportOptions, parse
from geodata.importers.archives import unpack
from geodata.importers.shapefile import text_encoding

WEST = shapely.box(136.60, 36.50, 136.61, 36.51)
EAST = shapely.box(136.61, 36.50, 136.62, 36.51)
NAMES = {"code": ["K1", "K2"], "name": ["材木", "小立野"]}


def districts(geometry=(WEST, EAST), crs=6668):
    return gpd.GeoDataFrame(NAMES, geometry=list(geometry), crs=crs)


def shapefile(folder, encoding="UTF-8", crs=6668, drop=(), language_byte=0):
    """Write districts.shp and take away what real files lack."""
    path = folder / "districts.shp"
    districts(crs=crs).to_file(path, encoding=encoding)
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    content[29] = language_byte
    table.write_bytes(content)
    for suffix in drop:
        path.with_suffix(suffix).unlink()
    return path


def read(path, **options):
    return parse("community-districts", [path], ImportOptions(**options))


@pytest.mark.parametrize("suffix", ["shp", "gpkg", "geojson"])
def test_each_format_gives_the_same_districts(tmp_path, suffix):
    path = tmp_path / f"districts.{suffix}"
    districts().to_file(path)
    parsed = read(path)
    assert parsed.frame["name"].tolist() == ["材木", "小立野"]
    assert parsed.frame["area_id"].tolist() == ["community:K1", "community:K2"]
    assert parsed.frame.geometry[0].normalize() == shapely.MultiPolygon([WEST]).normalize()
    assert (parsed.report.crs, parsed.report.encoding) == ("EPSG:6668", "UTF-8")


def test_geojson_without_crs_is_longitude_and_latitude_by_its_format(tmp_path):
    (tmp_path / "d.geojson").write_text(districts().to_json(drop_id=True), "utf-8")
    text = json.loads((tmp_path / "d.geojson").read_text("utf-8"))
    text.pop("crs", None)
    (tmp_path / "d.geojson").write_text(json.dumps(text), "utf-8")
    assert read(tmp_path / "d.geojson").report.crs_source == "by format"


def test_geojson_in_cp932_is_read(tmp_path):
    text = districts().to_json(drop_id=True, ensure_ascii=False)
    (tmp_path / "d.geojson").write_bytes(text.encode("cp932"))
    parsed = read(tmp_path / "d.geojson")
    assert (parsed.frame["name"].tolist(), parsed.report.encoding) == (["材木", "小立野"], "CP932")


@pytest.mark.parametrize("language_byte", [0x00, 0x13])
def test_cp932_without_cpg_comes_out_readable(tmp_path, language_byte):
    path = shapefile(tmp_path, "CP932", drop=[".cpg"], language_byte=language_byte)
    parsed = read(path)
    assert parsed.frame["name"].tolist() == ["材木", "小立野"]
    assert parsed.report.encoding == "CP932"


def test_utf8_without_cpg_is_not_taken_for_cp932(tmp_path):
    path = shapefile(tmp_path, "UTF-8", drop=[".cpg"])
    assert text_encoding(path, None) == "UTF-8"
    assert read(path).frame["name"].tolist() == ["材木", "小立野"]


def test_mojibake_from_a_false_cpg_is_refused(tmp_path):
    path = shapefile(tmp_path, "CP932")
    path.with_suffix(".cpg").write_text("ISO-8859-1")
    with pytest.raises(ImportRefusedError, match=r"letters of a wrong encoding\. Pass --encoding cp932"):
        read(path)
    assert read(path, encoding="cp932").frame["name"].tolist() == ["材木", "小立野"]


def test_lost_index_is_rebuilt_in_a_copy_only(tmp_path):
    path = shapefile(tmp_path, drop=[".shx"])
    assert len(read(path).frame) == 2
    assert not path.with_suffix(".shx").exists()


def test_missing_prj_asks_for_the_crs(tmp_path):
    path = shapefile(tmp_path, drop=[".prj"])
    with pytest.raises(ImportRefusedError, match=r"to declare its CRS, got none.*Pass --crs EPSG:6668"):
        read(path)
    report = read(path, crs="EPSG:6668").report
    assert (report.crs, report.crs_source) == ("EPSG:6668", "given")


def test_declared_crs_is_converted_to_storage(tmp_path):
    path = tmp_path / "districts.gpkg"
    districts().to_crs(6675).to_file(path)
    frame = read(path).frame
    assert frame.crs.to_epsg() == 6668
    assert frame.geometry[0].bounds == pytest.approx(WEST.bounds, abs=1e-6)


@pytest.mark.filterwarnings("ignore:.crs. was not provided")
def test_wrong_crs_puts_nothing_in_japan_and_is_refused(tmp_path):
    path = tmp_path / "districts.geojson"
    districts([shapely.box(0, 0, 900, 900), shapely.box(900, 0, 1800, 900)], None).to_file(path)
    with pytest.raises(ImportRefusedError, match="got none of 2 there: the CRS may be wrong, pass --crs"):
        read(path)


@pytest.mark.filterwarnings("ignore:.crs. was not provided")
def test_swapped_axes_are_named(tmp_path):
    swapped = [shapely.box(36.50, 136.60, 36.51, 136.61), shapely.box(36.50, 136.61, 36.51, 136.62)]
    path = tmp_path / "districts.geojson"
    districts(swapped, None).to_file(path)
    with pytest.raises(ImportRefusedError, match="looks like lon and lat are swapped"):
        read(path)
    districts([WEST, swapped[1]], None).to_file(path)
    errors = read(path).report.errors
    assert [(error.row, "swapped" in error.reason) for error in errors] == [(2, True)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("d.geojson", b"", "got an empty file"),
        ("d.geojson", b"hello", "Expected GeoJSON in 'd.geojson', got other text"),
        ("d.geojson", b'{"type": "FeatureCollection", "features": []}', "Expected features in 'd.geojson'"),
        ("d.geojson", b'{"type": "FeatureCollection", "features": [', "Expected a readable map file"),
        ("d.geojson", b"<OGRVRTDataSource></OGRVRTDataSource>", "got other text"),
        ("d.shp", b"not a shapefile", "to hold what its ending says"),
        ("d.gpkg", b"not a geopackage", "to hold what its ending says"),
        ("d.vrt", b"<OGRVRTDataSource></OGRVRTDataSource>", r"Expected a \.shp, \.geojson"),
        ("d.zip", b"not a zip", "Expected a readable zip"),
    ],
)
def test_unusable_map_file_is_refused_with_its_reason(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImportRefusedError, match=message):
        read(tmp_path / name)


def test_vrt_under_a_false_name_reads_no_other_file(tmp_path):
    districts().to_file(tmp_path / "secret.geojson")
    vrt = (
        '<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>'
        f"{tmp_path / 'secret.geojson'}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )
    for name in ("x.geojson", "x.shp", "x.gpkg"):
        (tmp_path / name).write_text(vrt)
        with pytest.raises(ImportRefusedError):
            read(tmp_path / name)


def test_plain_sqlite_file_is_no_geopackage(tmp_path):
    with sqlite3.connect(tmp_path / "d.gpkg") as connection:
        connection.execute("create table t (code, name)")
    with pytest.raises(ImportRefusedError, match="to hold what its ending says"):
        read(tmp_path / "d.gpkg")


def test_zip_of_a_shapefile_is_read(tmp_path):
    shapefile(tmp_path)
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        for part in tmp_path.glob("districts.*"):
            archive.write(part, f"shape/{part.name}")
    parsed = read(tmp_path / "d.zip")
    assert (len(parsed.frame), parsed.report.files) == (2, ("d.zip",))


@pytest.mark.parametrize(
    "entry", ["../evil.geojson", "a/../../evil.geojson", "/evil.geojson", "..\\evil.geojson", "C:/x"]
)
def test_zip_with_a_path_outside_is_refused_and_writes_nothing(tmp_path, entry):
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("good.geojson", "{}")
        archive.writestr(entry, "{}")
    with pytest.raises(ImportRefusedError, match=r"Expected paths inside the zip 'd\.zip'"):
        unpack(tmp_path / "d.zip", tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


def test_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("geodata.importers.archives.SUSPICIOUS_SIZE", 2**20)
    with zipfile.ZipFile(tmp_path / "d.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("d.dbf", b" " * (2 * 2**20))  # packs about 1000:1
    with pytest.raises(ImportRefusedError, match=r"got 2 MB from 0 MB in 'd\.zip'"):
        unpack(tmp_path / "d.zip", tmp_path)
    assert not (tmp_path / "d.dbf").exists()


def test_zip_without_a_map_file_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(ImportRefusedError, match=r"Expected a map file inside 'd\.zip'"):
        read(tmp_path / "d.zip")


def test_feature_without_geometry_is_told_by_its_number(tmp_path):
    districts([WEST, None]).to_file(tmp_path / "d.geojson")
    parsed = read(tmp_path / "d.geojson")
    assert [(error.row, error.column) for error in parsed.report.errors] == [(2, "geometry")]


def test_parts_of_a_shapefile_may_all_be_named(tmp_path):
    shapefile(tmp_path)
    parts = sorted(tmp_path.glob("districts.*"))
    assert parse("community-districts", parts).report.files == ("districts.shp",)
