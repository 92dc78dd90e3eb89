"""Paper: exact scale, readable tables, nothing that gives a home away."""

from __future__ import annotations

import datetime as dt
import re
import string
from dataclasses import replace
from itertools import combinations, pairwise

import geopandas as gpd
import matplotlib
import numpy as np
import pandas as pd
import pypdf
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from shapely.geometry import MultiPoint

from app.services.results import DatasetInfo
from app.sheets import content as contents
from app.sheets import frame as frames
from app.sheets.choropleth import _outline, plan_panels
from app.sheets.content import (
    SHARE_BREAKS,
    CouncilContent,
    LeftOut,
    Outing,
    RoundContent,
    SheetContentError,
    Stop,
    WatcherRound,
)
from app.sheets.council import RIGHT, TABLES_WIDTH, draw_council, findings, write_council_sheet
from app.sheets.labels import place_labels
from app.sheets.marks import SCALES, choose_scale, scale_bar
from app.sheets.ranking import plan_ranking, rank_districts
from app.sheets.round import draw_round, duration, short_id, visits, write_round_sheets
from app.ui.text import Words, catalogue
from app.ui.text.en.paper import TEXT as ENGLISH
from app.ui.text.ja.paper import TEXT as JAPANESE

JA, EN = Words("ja"), Words("en")
MM_TO_POINTS = 72 / 25.4
EPSG = 6675
NAMES = [
    *("材木", "小立野", "弥生", "三馬", "額", "泉野", "長町", "此花", "瓢箪", "味噌蔵"),
    *("馬場", "森山", "夕日寺", "浅野", "諸江", "大徳", "金石", "戸板", "西", "新竪"),
]


def voronoi_districts(number: int, *, seed: int = 1, radius_m: float = 9_000.0) -> gpd.GeoDataFrame:
    """Return ``number`` cells of a round city, dense in the middle, with counts already protected."""
    generator = np.random.default_rng(seed)
    distance = radius_m * generator.random(number) ** 0.9
    angle = generator.random(number) * 2 * np.pi
    points = np.column_stack([distance * np.cos(angle) - 20_000, distance * np.sin(angle) + 60_000])
    city = shapely.Point(-20_000, 60_000).buffer(radius_m * 1.05)
    cells = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(points), ordered=True))
    households = generator.integers(60, 1_200, number)
    gap = np.round(households * generator.beta(2, 5, number)).astype(int)
    return protected(
        gpd.GeoDataFrame(
            {
                "name": [
                    NAMES[k % len(NAMES)] + ("" if k < len(NAMES) else "東西北南"[k // 20 - 1])
                    for k in range(number)
                ],
                "households": households,
                "gap": gap,
            },
            index=pd.Index([f"C{k:02d}" for k in range(number)], name="code"),
            geometry=shapely.intersection(cells, city),
            crs=EPSG,
        )
    )


def protected(districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Hide small counts the plain way; the real rule stands in ``analysis.disclosure``."""
    table = districts.copy()
    share = table["gap"] / table["households"]
    table["watched"] = table["households"] - table["gap"]
    small = (table[["watched", "gap"]] < 30).any(axis=1)
    table["shown"] = ~small
    table["gap_share_class"] = pd.array(np.digitize(share, SHARE_BREAKS), dtype="Int64")
    table.loc[table.index[small][::2], "gap_share_class"] = pd.NA
    for column in ("households", "watched", "gap"):
        table[column] = table[column].astype("Int64").mask(small)
    return table


def council(number: int = 60, **changes: object) -> CouncilContent:
    """Return the content of a whole sheet for ``number`` districts."""
    districts = voronoi_districts(number)
    lines = [
        shapely.LineString([(-29_000, 60_000 + k), (-11_000, 60_500 - k)]) for k in range(-6000, 6001, 1500)
    ]
    river = shapely.LineString([(-30_000, 55_000), (-22_000, 59_000), (-10_000, 66_000)]).buffer(60)
    content = CouncilContent(
        info=DatasetInfo("金沢市", "17201", True, dt.date(2026, 11, 23), EPSG, 4),
        date=dt.date(2026, 11, 23),
        made_on=dt.date(2026, 11, 24),
        season="normal",
        districts=districts,
        boundary=gpd.GeoDataFrame(geometry=[shapely.union_all(districts.geometry)], crs=EPSG),
        totals={"households": 30_000, "watched": 21_345, "gap": 8_655},
        gap_classes={
            "unassigned": 1_204,
            "rebalance": 655,
            "consent": 2_010,
            "neighbour_district": 312,
            "capacity": 3_210,
            "season": 0,
            "reach": None,
            "disconnected": 1_480,
            "fragile": 9_120,
        },
        streets=gpd.GeoDataFrame(geometry=lines, crs=EPSG),
        water=gpd.GeoDataFrame(geometry=[river], crs=EPSG),
        sources=("架空都市の生成データ（種 42）", "国土数値情報（小学校区・行政区域）を加工して作成"),
    )
    return replace(content, **changes)


def round_content(outings: int = 3, stops: int = 7, **changes: object) -> RoundContent:
    """Return the round of one watcher at (0, 0) with ``outings`` clusters of ``stops`` households."""
    generator = np.random.default_rng(3)
    walks = []
    for number in range(outings):
        angle = 2 * np.pi * number / outings
        middle = 320 * np.array([np.cos(angle), np.sin(angle)])
        places = middle + generator.normal(0, 90, (stops, 2))
        ids = [f"H{generator.integers(10_000, 99_999)}" for _ in range(stops)]
        calls = tuple(
            Stop(name, float(x), float(y), 1.0 if k % 3 else 0.5, 12.0 + 17.5 * k)
            for k, (name, (x, y)) in enumerate(zip(ids, places, strict=True))
        )
        walks.append(Outing(calls, minutes=12.0 + 17.5 * stops, length_m=1_240.0 + 100 * number))
    xs = np.arange(-900, 901, 90.0)
    grid = [shapely.LineString([(x, -900), (x, 900)]) for x in xs]
    grid += [shapely.LineString([(-900, x), (900, x)]) for x in xs]
    left_out = (LeftOut("H20871", "unreachable"), LeftOut("H31002", "too_far"))
    watcher_round = WatcherRound("W0123", "welfare_commissioner", "材木", (0.0, 0.0), tuple(walks), left_out)
    content = RoundContent(
        info=DatasetInfo("金沢市", "17201", True, dt.date(2026, 11, 23), EPSG, 4),
        made_on=dt.date(2026, 11, 24),
        month=dt.date(2026, 12, 1),
        return_by=dt.date(2027, 1, 8),
        rounds=(watcher_round,),
        streets=gpd.GeoDataFrame(geometry=grid, crs=EPSG),
        sources=("架空都市の生成データ（種 42）",),
    )
    return replace(content, **changes)


def with_districts(content: CouncilContent, **columns: object) -> CouncilContent:
    """Return ``content`` with columns of its districts replaced."""
    return replace(content, districts=content.districts.assign(**columns))


def narrow_city() -> CouncilContent:
    """Return 60 districts in a city three times as high as wide, small ones in its middle."""
    content = council(60)

    def stretch(xy: np.ndarray) -> np.ndarray:
        return (xy - (-20_000, 60_000)) * (0.8, 2.4)

    layers = (content.districts, content.boundary)
    districts, boundary = (one.set_geometry(one.geometry.transform(stretch)) for one in layers)
    return replace(content, districts=districts, boundary=boundary, streets=None, water=None)


def all_hidden(number: int = 12) -> CouncilContent:
    """Return content of which no count may be printed."""
    content = council(number)
    nothing = pd.array([pd.NA] * number, dtype="Int64")
    columns = ("households", "watched", "gap", "gap_share_class")
    content = with_districts(content, **dict.fromkeys(columns, nothing), shown=False)
    none = {name: None for name in content.gap_classes}
    return replace(content, gap_classes=none, totals={"households": None, "watched": None, "gap": None})


def printed(page: frames.Page) -> list[tuple[float, float, str]]:
    """Return every text of a page once (x, y, text), without halos."""
    return [(*text.get_position(), text.get_text()) for text in page.paper.texts if text.get_zorder() == 9]


def text_boxes(page: frames.Page) -> list[tuple[str, shapely.Polygon]]:
    """Return every printed text with the room of its letters in millimetres, y up."""
    canvas = FigureCanvasAgg(page.figure)
    canvas.draw()
    per_mm = page.figure.dpi / 25.4
    boxes = []
    for text in page.paper.texts:
        if text.get_zorder() == 9 and text.get_text():
            box = text.get_window_extent(canvas.get_renderer())
            inset = 0.18 * box.height  # the extent holds the line's full height, letters take less
            room = shapely.box(box.x0, box.y0 + inset, box.x1, box.y1 - inset)
            boxes.append((text.get_text(), shapely.transform(room, lambda xy: xy / per_mm)))
    return boxes


# ---------------------------------------------------------------- paper and file


def test_council_sheet_is_one_a3_landscape_page(tmp_path):
    write_council_sheet(tmp_path / "council.pdf", council(3))
    pages = pypdf.PdfReader(tmp_path / "council.pdf").pages
    # 420 mm × 297 mm at 72 points in 25.4 mm
    assert len(pages) == 1
    assert float(pages[0].mediabox.width) == pytest.approx(1190.551, abs=0.001)
    assert float(pages[0].mediabox.height) == pytest.approx(841.890, abs=0.001)


def test_every_font_of_the_sheet_is_embedded(tmp_path):
    write_council_sheet(tmp_path / "council.pdf", council(12))
    page = pypdf.PdfReader(tmp_path / "council.pdf").pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].get_object().values()]
    used = [font for font in fonts if "IPAexGothic" in font["/BaseFont"]]
    assert len(used) == len(fonts) > 0
    for font in used:
        descendants = font.get("/DescendantFonts", [font])
        described = [child.get_object()["/FontDescriptor"].get_object() for child in descendants]
        assert all("/FontFile2" in descriptor for descriptor in described)


def test_text_of_the_sheet_can_be_read_back(tmp_path):
    write_council_sheet(tmp_path / "council.pdf", council(60))
    text = pypdf.PdfReader(tmp_path / "council.pdf").pages[0].extract_text()
    for expected in (
        "金沢市　見守りの空白（校下・地区別）",
        "令和8年11月23日（2026-11-23）",
        "令和8年度",
        "作成日　令和8年11月24日（2026-11-24）",
        "A3で印刷したとき　1:125,000",
        "平面直角座標系 第7系（JGD2011、EPSG:6675）",
        "架空データ",
        "個人が推測されるおそれがあるため表示しない",
    ):
        assert expected in text


def test_real_data_carries_no_synthetic_stamp():
    content = council(3)
    real = replace(content, info=replace(content.info, synthetic=False))
    texts = [text for _, _, text in printed(draw_council(real, JA)[0])]
    assert "架空データ" not in texts
    assert not any("架空で" in text for text in texts)


@pytest.mark.parametrize("suffix", [".pdf", ".png"])
def test_same_content_gives_the_same_bytes(tmp_path, suffix):
    for name in ("one", "two"):
        write_council_sheet((tmp_path / name).with_suffix(suffix), council(12))
    one, two = ((tmp_path / name).with_suffix(suffix).read_bytes() for name in ("one", "two"))
    assert one == two


def test_another_suffix_is_refused_and_writes_nothing(tmp_path):
    with pytest.raises(SheetContentError, match=r"named \.pdf or \.png, got council\.docx"):
        write_council_sheet(tmp_path / "council.docx", council(3))
    assert list(tmp_path.iterdir()) == []


def test_printing_leaves_the_settings_of_matplotlib_alone(tmp_path):
    before = dict(matplotlib.rcParams)
    write_council_sheet(tmp_path / "council.pdf", council(3))
    assert dict(matplotlib.rcParams) == before


# ---------------------------------------------------------------- scale


@pytest.mark.parametrize(
    ("extent_m", "denominator"),
    [
        ((2_000.0, 500.0), 10_000),  # 200 mm wide at 1:10,000: exactly the room
        ((2_000.1, 500.0), 15_000),
        ((500.0, 10_000.0), 100_000),  # 100 mm high
        ((22_000.0, 9_900.0), 125_000),
    ],
)
def test_largest_scale_that_fits_is_taken(extent_m, denominator):
    assert choose_scale(extent_m, (200.0, 100.0)) == denominator


def test_city_too_wide_for_every_scale_is_refused():
    with pytest.raises(SheetContentError, match="got 400 × 1 km"):
        choose_scale((400_000.0, 1_000.0), (200.0, 100.0))


@pytest.mark.parametrize(
    ("denominator", "ground_m", "paper_mm"),
    [(50_000, 2_000, 40.0), (25_000, 1_000, 40.0), (10_000, 500, 50.0), (75_000, 2_000, 26.0 + 2 / 3)],
)
def test_scale_bar_measures_what_it_says(denominator, ground_m, paper_mm):
    bar = scale_bar(denominator)
    assert (bar.ground_m, bar.paper_mm) == (ground_m, pytest.approx(paper_mm))


def test_scale_bar_in_the_pdf_has_its_length_in_points(tmp_path):
    # 1:125,000: 5 km are 40 mm = 113.386 points
    write_council_sheet(tmp_path / "council.pdf", council(3))
    stream = pypdf.PdfReader(tmp_path / "council.pdf").pages[0].get_contents().get_data().decode("latin1")
    number = r"(-?[\d.]+)"
    edges = re.findall(rf"{number} {number} [ml]\n(?={number} {number} l)", stream)
    lengths = [float(c) - float(a) for a, b, c, d in edges if b == d]
    assert any(abs(length - 40 * MM_TO_POINTS) < 1e-3 for length in lengths)


@pytest.mark.parametrize("number", [3, 60])
def test_a_kilometre_on_the_map_is_a_kilometre_at_its_scale(number):
    _, frame = draw_council(council(number), JA)
    points = np.array([shapely.Point(-20_000, 60_000), shapely.Point(-19_000, 60_000)])
    start, end = shapely.get_coordinates(frame.to_paper(points))
    assert np.hypot(*(end - start)) == pytest.approx(1_000_000 / frame.denominator)
    assert frame.denominator in SCALES


def test_north_is_up_on_paper_that_counts_downwards():
    _, frame = draw_council(council(3), JA)
    north, south = frame.to_paper(np.array([shapely.Point(-20_000, 61_000), shapely.Point(-20_000, 59_000)]))
    assert north.y < south.y


def test_a_hole_in_a_district_stays_open():
    ring = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(3, 3), (6, 3), (6, 6), (3, 6)]])
    vertices = _outline(np.array([ring])).to_polygons()
    signs = [np.sign(shapely.Polygon(part).exterior.is_ccw - 0.5) for part in vertices]
    assert signs == [1.0, -1.0]  # a hole runs the other way, so the winding number inside it is 0


# ---------------------------------------------------------------- nothing gives a home away


@pytest.mark.parametrize(("column", "value"), [("households", 9), ("watched", 1), ("gap", 3), ("gap", 0)])
def test_small_count_of_a_district_is_refused_without_naming_it(column, value):
    counts = council(3).districts[column].copy()
    counts.iloc[1] = value
    with pytest.raises(SheetContentError, match="1: C01") as caught:
        with_districts(council(3), **{column: counts})
    assert f"got {value}" not in str(caught.value)


def test_count_of_ten_may_be_printed():
    counts = council(3).districts["gap"].copy()
    counts.iloc[1] = 10
    assert with_districts(council(3), gap=counts).districts["gap"].iloc[1] == 10


@pytest.mark.parametrize("value", [1, 9])
def test_small_count_of_the_city_is_refused(value):
    with pytest.raises(SheetContentError, match="city counts"):
        council(3, gap_classes={"capacity": value})
    with pytest.raises(SheetContentError, match="city counts"):
        council(3, totals={"households": 30, "watched": 30 - value, "gap": value})


def test_hidden_gap_beside_a_printed_watched_count_is_refused():
    gaps = council(3).districts["gap"].copy()
    gaps.iloc[2] = pd.NA  # households − watched would tell it
    with pytest.raises(SheetContentError, match="hidden together"):
        with_districts(council(3), gap=gaps, shown=[True, True, False])


def test_no_single_figure_stands_in_the_tables_but_row_numbers():
    page, _ = draw_council(council(60), JA)
    single = [
        text for x, _, text in printed(page) if x > RIGHT - TABLES_WIDTH and re.fullmatch("[1-9]", text)
    ]
    assert sorted(single) == list("123456789")


def test_sheet_with_everything_hidden_prints_no_count_at_all():
    page, _ = draw_council(all_hidden(12), JA)
    texts = [text for x, _, text in printed(page) if x > RIGHT - TABLES_WIDTH]
    # 12 districts and the city with four columns, nine gap classes
    assert texts.count("–") == 13 * 4 + 9
    assert [text for text in texts if re.search(r"\d", text)] == [str(n) for n in range(1, 13)]
    assert findings(all_hidden(12), JA) == ["数が少ないため、市全体の世帯数は表示していません。"]


def test_hidden_district_stands_last_and_by_code_whatever_its_share():
    # shares: C00 0.50, C01 hidden, C02 0.90 hidden, C03 0.60
    districts = pd.DataFrame(
        {
            "households": pd.array([100, pd.NA, 100, 100], dtype="Int64"),
            "gap": pd.array([50, pd.NA, 90, 60], dtype="Int64"),
            "shown": [True, False, False, True],
        },
        index=["C00", "C01", "C02", "C03"],
    )
    assert list(rank_districts(districts).index) == ["C03", "C00", "C01", "C02"]


def test_districts_of_equal_share_stand_by_code():
    districts = pd.DataFrame(
        {"households": [20, 40, 30], "gap": [10, 20, 15], "shown": True}, index=["C2", "C0", "C1"]
    )
    assert list(rank_districts(districts).index) == ["C0", "C1", "C2"]


# ---------------------------------------------------------------- what it says


def test_finding_names_share_reason_and_worst_district():
    districts = council(3).districts.assign(
        name=["弥生", "材木", "額"], households=[100, 200, 300], watched=[80, 100, 270], gap=[20, 100, 30]
    )
    first, second = findings(council(3, districts=districts), JA)
    # 21,345 / 30,000 = 71.15 %; capacity (3,210) is the largest class of missed households, although
    # fragile (9,120, watched ones) is larger; 材木 100 / 200
    assert first == "見守り対象 30,000 世帯のうち 21,345 世帯（71.2 %）を見守れています。"
    assert second == (
        "残る 8,655 世帯の主な理由は「近くの担い手に空きがない」です。"
        "空白の割合が最も高いのは材木（50.0 %）です。"
    )


def test_city_without_a_gap_says_so():
    content = council(3, totals={"households": 120, "watched": 120, "gap": 0})
    assert findings(content, EN) == ["All 120 households to watch over are watched."]


def test_straight_line_distances_are_said_with_their_factor():
    content = council(3, basis="straight_line", detour_factor=1.3)
    texts = " ".join(text for _, _, text in printed(draw_council(content, JA)[0]))
    assert "直線距離×1.3で測っています" in texts


def test_legend_counts_every_district_once():
    page, _ = draw_council(council(60), JA)
    legend = [text for _, _, text in printed(page) if re.fullmatch(r"\d+ 地区", text)]
    assert len(legend) == 6
    assert sum(int(text.split()[0]) for text in legend) == 60


def test_character_the_typeface_lacks_is_marked_and_noted():
    names = ["髙﨑", "仮\ue000名", "材木"]
    texts = [text for _, _, text in printed(draw_council(with_districts(council(3), name=names), JA)[0])]
    assert any("仮〓名" in text for text in texts)
    assert any("髙﨑" in text for text in texts)
    assert "〓は、この書体にない文字です。" in texts


# ---------------------------------------------------------------- layout


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("number", [3, 12, 60, 95])
def test_no_text_runs_into_another_or_over_the_margin(language, number):
    boxes = text_boxes(draw_council(council(number), Words(language))[0])
    paper = shapely.box(10, 10, 410, 287)
    assert [text for text, box in boxes if not paper.covers(box)] == []
    rooms = np.array([box for _, box in boxes])
    pairs = shapely.STRtree(rooms).query(rooms, predicate="intersects")
    assert [(boxes[a][0], boxes[b][0]) for a, b in pairs.T if a < b] == []


def test_smallest_type_on_a3_is_nine_points():
    page, _ = draw_council(council(95), JA)
    assert min(text.get_fontsize() for text in page.paper.texts) == 9.0


@pytest.mark.parametrize("content", [council(60), narrow_city()], ids=["one panel", "two panels"])
def test_every_district_stands_on_the_map_once(content):
    page, _ = draw_council(content, JA)
    on_map = [text for x, y, text in printed(page) if x < RIGHT - TABLES_WIDTH and 55 < y < 238]
    numbers = [int(found) for text in on_map for found in re.findall(r"^(\d+)(?: .*)?$", text)]
    assert sorted(numbers) == list(range(1, 61))


def test_dense_middle_of_a_narrow_city_is_drawn_larger_beside_it():
    content = narrow_city()
    whole, detail = plan_panels((12.0, 56.0, 216.0, 184.0), content)
    # 18.9 km × 2.4 = 45.4 km high in 180 mm: 1:252,000 does not fit 1:250,000, so 1:300,000
    assert whole.denominator == 300_000
    assert whole.denominator >= 1.5 * detail.denominator
    assert whole.x + whole.width < detail.x
    assert detail.x + detail.width == pytest.approx(12.0 + 216.0)
    texts = [text for _, _, text in printed(draw_council(content, JA)[0])]
    assert texts.count(f"拡大図　1:{detail.denominator:,}") == 2  # on the panel and above its scale bar


def test_round_city_has_one_panel():
    assert plan_panels((12.0, 56.0, 216.0, 184.0), council(60))[1] is None


@pytest.mark.parametrize(("districts", "blocks"), [(3, 1), (20, 1), (60, 2), (95, 3)])
def test_table_takes_the_fewest_blocks_that_stay_readable(districts, blocks):
    plan = plan_ranking(["市全体", *["材木"] * districts], width=172.0, height=155.0)
    assert plan.blocks == blocks
    assert plan.blocks * plan.rows >= districts + 1
    assert plan.row_mm >= 4.1


def test_more_districts_than_a_sheet_holds_are_refused():
    # 150 mm of rows hold 36 rows of 4.1 mm; three blocks hold 108, one of them the city
    with pytest.raises(SheetContentError, match="at most 107 districts on one sheet, got 108"):
        plan_ranking(["市全体", *["材木"] * 108], width=172.0, height=155.0)


def test_long_names_push_out_columns_before_they_are_cut():
    short = plan_ranking(["市全体", *["材木"] * 60], width=172.0, height=155.0)
    longer = plan_ranking(["市全体", *["材木"] * 59, "小立野台地東部地区"], width=172.0, height=155.0)
    assert short.columns == ("households", "watched", "gap", "share")
    assert longer.columns == ("households", "gap", "share")


@pytest.mark.parametrize("number", [12, 60, 95])
def test_every_district_has_one_label_and_none_overlap(number):
    cells = voronoi_districts(number).geometry
    paper = shapely.transform(cells.to_numpy(), lambda xy: (xy - (-30_000, 50_000)) / 125)
    wordings = [((f"{k} 材木校下",), ("材木校下", str(k)), (str(k),)) for k in range(1, number + 1)]
    room = shapely.box(0, 0, 160, 160)
    labels = place_labels(list(paper), wordings, room, size=9.0)
    assert [label.lines[-1].split()[0] for label in labels] == [str(k) for k in range(1, number + 1)]
    boxes = [label.box(9.0) for label in labels]
    assert all(room.covers(box) for box in boxes)
    assert not any(one.intersects(two) for one, two in combinations(boxes, 2))


def test_label_without_room_stands_beside_its_area_with_a_leader():
    tiny = shapely.box(50, 50, 51, 51)
    obstacle = shapely.box(48, 48, 53, 53)
    (label,) = place_labels([tiny], [(("7",),)], shapely.box(0, 0, 100, 100), [obstacle], size=9.0)
    assert label.anchor == pytest.approx((50.5, 50.5), abs=0.2)
    assert not label.box(9.0).intersects(obstacle)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="見守る世帯、。「」（）ー gap 12", max_size=60), st.floats(20.0, 80.0))
def test_wrapped_text_loses_no_letter_and_starts_no_line_with_a_closing_mark(text, width):
    lines = frames.wrap(text, width, 10.0)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(after[0] in "、。」）ー" and len(before) > 1 for before, after in pairwise(lines))


def test_wrapped_japanese_keeps_to_its_width():
    lines = frames.wrap("見守りの対象となる世帯のうち見守れている世帯" * 3, 60.0, 10.0)
    assert len(lines) == 4  # 66 characters of 3.53 mm: 17 fit in 60 mm
    assert all(frames.text_width(line, 10.0) <= 60.0 for line in lines)


@pytest.mark.parametrize("season", ["normal", "snow"])
def test_sheet_prints_without_streets_water_or_outline(tmp_path, season):
    bare = gpd.GeoDataFrame(geometry=[], crs=EPSG)
    content = council(3, boundary=bare, streets=None, water=None, season=season, layer="school")
    write_council_sheet(tmp_path / "council.pdf", content)
    text = pypdf.PdfReader(tmp_path / "council.pdf").pages[0].extract_text()
    assert "小学校区" in text
    assert JA(f"season.{season}") in text


# ---------------------------------------------------------------- refused content


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layer": "neighbourhood"}, "Expected layer"),
        ({"season": "autumn"}, "Expected season"),
        ({"basis": "straight_line"}, "Expected a detour factor"),
        ({"share_breaks": (0.1, 0.3, 0.2, 0.4)}, "Expected four rising shares"),
        ({"gap_classes": {"lonely": 20}}, "Expected gap classes"),
    ],
)
def test_content_that_cannot_be_printed_is_refused(changes, message):
    with pytest.raises(SheetContentError, match=message):
        council(3, **changes)


def test_districts_in_degrees_are_refused():
    with pytest.raises(SheetContentError, match="metric CRS"):
        council(3, districts=council(3).districts.to_crs(6668))


def test_all_faults_are_named_at_once():
    with pytest.raises(SheetContentError, match=r"Expected season.*Expected layer"):
        council(3, season="autumn", layer="mesh")


def test_missing_columns_are_named():
    with pytest.raises(SheetContentError, match="watched, shown"):
        council(3, districts=council(3).districts.drop(columns=["watched", "shown"]))


# ---------------------------------------------------------------- words


def test_both_languages_say_the_same_things():
    assert JAPANESE.keys() == ENGLISH.keys()
    for key in JAPANESE:
        fields = [
            {name for _, name, _, _ in string.Formatter().parse(text[key]) if name}
            for text in (JAPANESE, ENGLISH)
        ]
        assert fields[0] == fields[1], key


def test_every_gap_class_has_reason_and_remedy_in_both_languages():
    for language in ("ja", "en"):
        texts = catalogue(language)
        for name in contents.GAP_CLASSES:
            assert texts[f"gap.{name}"] and texts[f"remedy.{name}"]


# ---------------------------------------------------------------- rounds


def test_round_sheet_is_a4_and_prints_every_household_once(tmp_path):
    content = round_content(5, 8)
    write_round_sheets(tmp_path / "round.pdf", content)
    pages = pypdf.PdfReader(tmp_path / "round.pdf").pages
    assert float(pages[0].mediabox.width) == pytest.approx(595.276, abs=0.001)  # 210 mm
    assert float(pages[0].mediabox.height) == pytest.approx(841.890, abs=0.001)
    text = "\n".join(page.extract_text() for page in pages)
    ids = [stop.household_id for outing in content.rounds[0].outings for stop in outing.stops]
    assert sorted(re.findall(r"H\d{5}", text)) == sorted([*ids, "H20871", "H31002"])


def test_every_page_of_a_round_is_stamped_and_says_when_to_return():
    content = round_content(5, 8)
    pages = draw_round(content.rounds[0], content, JA)
    assert len(pages) == 2  # three outings of 67 mm on a page of 220 mm, then two and those left out
    for number, page in enumerate(pages, start=1):
        texts = [text for _, _, text in printed(page)]
        assert {"取扱注意", "架空データ", f"{number} / 2"} <= set(texts)
        assert any("令和9年1月8日（2027-01-08）までに" in text for text in texts)


def test_outing_longer_than_a_page_goes_on_with_its_numbers():
    content = round_content(1, 40)
    first, second = draw_round(content.rounds[0], content, JA)
    texts = [text for _, _, text in printed(second)]
    assert "1 回目（つづき）" in texts
    assert {"29", "40"} <= set(texts)
    assert "28" in [text for _, _, text in printed(first)]


def test_household_left_out_is_printed_with_its_reason():
    content = round_content(1, 3)
    texts = [text for page in draw_round(content.rounds[0], content, JA) for _, _, text in printed(page)]
    assert "歩いて行ける道がありません" in texts
    assert "一回の外出に収まりません" in texts


def test_watcher_without_visits_still_gets_a_page():
    content = round_content()
    idle = replace(content.rounds[0], outings=(), left_out=())
    (page,) = draw_round(idle, content, JA)
    assert "令和8年12月は、訪ねる世帯がありません。" in [text for _, _, text in printed(page)]


def test_summary_adds_up_the_outings():
    content = round_content(3, 7)
    texts = [text for _, _, text in printed(draw_round(content.rounds[0], content, EN)[0])]
    # 3 × (12 + 17.5 × 7) = 403.5 min; 1,240 + 1,340 + 1,440 = 4,020 m
    assert "2026-12: 3 outings to 21 households, 6 h 44 min in all, 4.0 km on foot." in texts


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_text_of_a_round_leaves_the_page(language):
    content = round_content(3, 8)
    for page in draw_round(content.rounds[0], content, Words(language)):
        paper = shapely.box(12, 5, 198, 287)
        assert [text for text, box in text_boxes(page) if not paper.covers(box)] == []


@pytest.mark.parametrize(
    ("per_month", "text"), [(0.33, "年 4 回"), (0.5, "年 6 回"), (1.0, "1 回"), (4.0, "4 回")]
)
def test_rare_visits_are_counted_by_the_year(per_month, text):
    assert visits(per_month, JA) == text


@pytest.mark.parametrize(
    ("minutes", "text"), [(59.4, "59 分"), (59.6, "1 時間 0 分"), (134.0, "2 時間 14 分")]
)
def test_time_is_written_in_whole_minutes(minutes, text):
    assert duration(minutes, JA) == text


def test_long_household_id_keeps_its_end():
    assert short_id("H000123") == "H000123"
    shown = short_id("kanazawa-2026-household-000123")
    assert shown.startswith("…") and shown.endswith("000123")
    assert frames.text_width(shown, 9.0) <= 22.0


def test_round_to_be_returned_before_it_is_made_is_refused():
    with pytest.raises(SheetContentError, match="Expected return_by from 2026-11-24"):
        round_content(return_by=dt.date(2026, 11, 1))


def test_no_round_at_all_is_refused():
    with pytest.raises(SheetContentError, match="at least one round"):
        round_content(rounds=())
