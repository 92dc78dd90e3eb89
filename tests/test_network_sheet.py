"""The watch network of a district: read through the door, put into words, drawn on screen and paper."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from functools import cache

import numpy as np
import pandas as pd
import pypdf
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from typer.testing import CliRunner

from analysis.network_measures import describe_network
from analysis.watch_network import join_network
from app.cli import app
from app.services import coverage
from app.services.demo import DEMO_DATE as DAY
from app.services.network import load_network
from app.sheets.content import SheetContentError
from app.sheets.frame import Page
from app.sheets.network import NetworkContent, draw_district, draw_picture, write_district_sheet
from app.sheets.network_map import count_outside, draw_network_map
from app.sheets.network_marks import STATUSES, many_lost
from app.sheets.network_plan import DIRECT, OTHERS, plan_scheme
from app.ui.network_words import chain_lengths, key_people, lost_parts, network_figures, network_findings
from app.ui.text import Words
from geodata import access
from geodata.errors import AccessRefusedError
from geodata.models import AuditEvent
from geodata.results import find_run
from geodata.session import Store
from tests import demo_store, screen_city
from tests.demo_store import PLANNER, coordinator
from tests.test_sheets import printed, text_boxes

JA, EN = Words("ja"), Words("en")
MADE_ON = dt.date(2026, 4, 2)


def largest_district(store):
    figures = coverage.load_city_figures(store, PLANNER, "normal", DAY)
    layer = figures.layers["community"].drop(index="", errors="ignore")
    return layer["households"].astype(int).idxmax()


def loaded(store):
    district = largest_district(store)
    return load_network(store, coordinator(district), district, "normal", DAY)


@pytest.fixture(scope="module")
def view(demo_file, tmp_path_factory):
    """Give the network of the demo's largest district; for reading only."""
    store = Store(demo_store.copy(demo_file, tmp_path_factory.mktemp("network")))
    yield loaded(store)
    store.close()


def texts_of(page):
    return [text for _, _, text in printed(page)]


def events(store, **wanted):
    with store.begin() as session:
        rows = session.scalars(select(AuditEvent)).all()
    return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]


# --- through the door -------------------------------------------------------------------------------------


@pytest.mark.parametrize("season", ["normal", "snow"])
def test_the_network_connects_the_households_the_run_connects(demo, season):
    coverage.load_city_figures(demo, PLANNER, season, DAY)
    for district in ("K01", "K02", "K03"):
        viewer = coordinator(district)
        view = load_network(demo, viewer, district, season, DAY)
        kept = coverage.load_district(demo, viewer, district, season, DAY).households
        assert view.households["connected"].to_dict() == kept["connected"].astype(bool).to_dict()


def test_only_households_shown_to_the_coordinator_are_in_the_network(demo):
    view = loaded(demo)
    kept = coverage.load_district(demo, coordinator(view.code), view.code, "normal", DAY)
    shown = set(kept.households.index)
    assert set(view.households.index) == set(view.measures.households.index) == shown
    assert set(view.links["household_id"]) <= shown
    assert view.hidden_households == kept.hidden_households > 0


@pytest.mark.parametrize("role", ["planner", "operator", "coordinator"])
def test_nobody_but_the_districts_coordinator_gets_the_network(demo, role):
    district = largest_district(demo)
    other = "K01" if district != "K01" else "K02"
    viewer = dataclasses.replace(PLANNER, role=role, districts=(other,) if role == "coordinator" else ())
    with pytest.raises(AccessRefusedError):
        load_network(demo, viewer, district, "normal", DAY)
    assert [event.filters for event in events(demo, act="refuse")] == [{"district": district}]
    assert events(demo, act="look", role=role) == []


def test_a_look_at_the_network_leaves_events_without_an_id(demo):
    view = loaded(demo)
    looks = events(demo, act="look", role="coordinator")
    assert {event.object_kind for event in looks} == {"household", "result", "watcher"}
    told = json.dumps([event.filters for event in looks])
    assert not any(key in told for key in (*view.households.index, *view.watchers.index))


def test_reporting_lines_hold_everybody_up_to_the_top_and_no_place(demo):
    district = largest_district(demo)
    view = loaded(demo)
    lowest = view.watchers.index[view.watchers["steps"] == view.watchers["steps"].max()][0]
    with demo.begin() as session:
        run = find_run(session, view.city.info.revision, "normal", DAY)
        lines = access.read_reporting_lines(session, coordinator(district), district, [lowest], run.run_id)
        none = access.read_reporting_lines(session, PLANNER, district, [lowest], run.run_id)
    assert set(lines.index) == set(view.watchers.loc[lowest, "chain"][:-1])
    assert list(lines.columns) == ["kind", "organisation", "district", "reports_to", "in_office"]
    assert none.empty


# --- in words ---------------------------------------------------------------------------------------------


def test_the_finding_says_who_has_a_way_and_on_whom_most_hang():
    # H1 is only noticed by a shop that reports to nobody; W1 visits H2 and H3 and passes on W2's H4.
    assert network_findings(screen_city.network(), JA) == [
        "材木：示せる 4 世帯のうち 3 世帯（75.0 %）の気づきが、相談先まで届きます。",
        "届かない 1 世帯の主な理由は『報告先が決まっていない』です。",
        "W1（民生委員・児童委員）が抜けると、3 世帯が相談先から切れます。",
    ]


def test_figures_name_their_populations():
    assert network_figures(screen_city.network(), EN) == {
        "watched": ("90.0 %", "of 200 in the district"),
        "connected": ("75.0 %", "of 4 shown"),
        "one_way": ("3", "of 4 shown"),  # the backup W2 of H3 makes no visit
        "broken": ("1", "of 3 watchers"),
    }


def test_tables_name_people_chains_and_parts():
    view = screen_city.network()
    people = key_people(view, EN)
    assert people[["watcher", "sees", "cut off", "reports to"]].to_numpy().tolist() == [
        ["W1", "2", "3", "架空相談センター"],
        ["W2", "1", "1", "W1"],
    ]
    assert chain_lengths(view, JA).to_numpy().tolist() == [
        ["相談先まで 1 回の報告", "1", "W1 → 相談先"],
        ["相談先まで 2 回の報告", "1", "W2 → W1 → 相談先"],
        ["報告先が決まっていない", "1", "S1"],
    ]
    assert lost_parts(view, EN).to_numpy().tolist() == [["1", "1", "S1"]]


# --- rows of the layers -----------------------------------------------------------------------------------


@cache
def screens_district():
    return screen_city.network()


def view_of(reports, visits, vacant=()):
    """Return the screen's district with other watchers and links: ``reports`` upwards, ``visits`` pairs."""
    view = screens_district()
    register = pd.DataFrame(
        {
            "kind": "community_promoter",
            "district": view.code,
            "in_office": [key not in vacant for key in reports],
            "organisation": None,
            "reports_to": pd.Series(reports, dtype=object).to_numpy(),
        },
        index=pd.Index(list(reports), name="watcher_id", dtype=object),
    )
    links = pd.DataFrame(visits, columns=["household_id", "watcher_id"]).assign(
        kind="assigned", cost_m=1.0, visits=12
    )
    homes = view.households.index
    centres = pd.Index(["F1", "F2"])
    measures = describe_network(join_network(homes, register, links, centres, district=view.code))
    facts = view.households[["status", "gap_class", "backed_up", "geometry"]].join(measures.households)
    watchers = measures.watchers.join(register[["district", "reports_to"]])
    return dataclasses.replace(view, households=facts, watchers=watchers, links=links, measures=measures)


def test_rows_stand_below_whom_they_report_to():
    reports = {"A": "F1", "B": "A", "C": "B", "D": "A", "E": "F1"}
    visits = [("H1", "A"), ("H2", "B"), ("H2", "D"), ("H3", "C"), ("H4", "E"), ("H1", "D")]
    rows = plan_scheme(view_of(reports, visits), 20).joined
    # A with D below sees H1 and H2, B with C below sees H2 and H3; E reports to the centre itself.
    assert [(row.key, row.depth, sum(row.kinds.values()), row.households) for row in rows] == [
        ("A", 1, 1, 2),
        ("B", 2, 1, 2),
        (DIRECT, 0, 1, 1),
    ]
    assert [row.lost for row in rows] == [3, 1, 0]  # H2 has another way past B


def test_where_rows_are_few_the_smaller_branches_share_one():
    heads = [f"W{number}" for number in range(6)]
    reports = {**dict.fromkeys(heads, "F1"), **{f"P{number}": f"W{number}" for number in range(6)}}
    visits = [("H1", "P0"), ("H2", "P0"), ("H3", "P1")]
    rows = plan_scheme(view_of(reports, visits), 5).joined  # one row is for H4, which nobody visits
    assert [(row.key, row.merged, dict(row.kinds)) for row in rows] == [
        ("W0", 0, {"community_promoter": 1}),
        ("W1", 0, {"community_promoter": 1}),
        (OTHERS, 4, {"community_promoter": 4}),
    ]


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_no_watcher_and_no_household_is_left_out_of_the_rows(data):
    people = [f"W{number}" for number in range(data.draw(st.integers(1, 8)))]
    reports = {key: data.draw(st.sampled_from([None, "F1", "F2", *people])) for key in people}
    pairs = [(home, key) for home in ("H1", "H2", "H3", "H4") for key in people]
    visits = sorted(data.draw(st.sets(st.sampled_from(pairs))))
    vacant = data.draw(st.sets(st.sampled_from(people), max_size=2))
    view = view_of(reports, visits, vacant)
    scheme = plan_scheme(view, data.draw(st.integers(0, 12)))
    counts = view.measures.counts
    persons = sum(row.depth > 0 for row in scheme.joined) + sum(row.merged for row in scheme.joined)
    assert persons + sum(sum(row.kinds.values()) for row in scheme.joined) == counts["watchers_connected"]
    lost = counts["watchers"] - counts["watchers_connected"]
    assert sum(sum(row.kinds.values()) for row in scheme.broken) == lost
    unconnected = counts["households"] - counts["connected"]
    assert sum(row.households for row in scheme.broken) == unconnected
    assert sum(row.households for row in scheme.joined) >= counts["connected"]


def test_a_row_counts_each_household_once_by_status(view):
    rows = plan_scheme(view, 100).joined
    named = [row for row in rows if row.depth]
    assert named
    for row in named:
        below = view.watchers.index[(view.watchers["reports_to"] == row.key) & view.watchers["in_office"]]
        group = [row.key, *(key for key in below if not (view.watchers["reports_to"] == key).any())]
        links = view.links[(view.links["kind"] == "notices") | (view.links["visits"] > 0)]
        seen = links.loc[links["watcher_id"].isin(group), "household_id"].unique()
        expected = view.households["status"].reindex(seen).value_counts()
        assert dict(row.statuses) == {status: expected.get(status, 0) for status in STATUSES}


# --- pictures and paper -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "width", "height"), [("A4", 841.890, 595.276), ("A3", 1190.551, 841.890)])
def test_the_district_sheet_has_two_landscape_pages(view, tmp_path, size, width, height):
    content = NetworkContent(view, MADE_ON, size)
    write_district_sheet(tmp_path / "d.pdf", content)
    pages = pypdf.PdfReader(tmp_path / "d.pdf").pages
    assert len(pages) == 2
    for page in pages:
        assert float(page.mediabox.width) == pytest.approx(width, abs=0.001)
        assert float(page.mediabox.height) == pytest.approx(height, abs=0.001)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("size", ["A4", "A3"])
def test_both_pages_bear_their_marks_and_no_text_leaves_them(view, language, size):
    words = Words(language)
    content = NetworkContent(view, MADE_ON, size, sources=("a source",))
    pages = draw_district(content, words)
    for page in pages:
        texts = texts_of(page)
        assert {words("synthetic"), words("network.paper.restricted"), words("network.paper.rules")} <= set(
            texts
        )
        assert min(text.get_fontsize() for text in page.paper.texts) >= (8.0 if size == "A4" else 9.0)
        paper = shapely.box(5, 5, page.width - 5, page.height - 5)
        assert [text for text, box in text_boxes(page) if not paper.covers(box)] == []
    first = "".join(texts_of(pages[0]))
    hidden = words("network.hidden", count=content.view.hidden_households)
    assert hidden.replace(" ", "") in first.replace(" ", "")


def test_words_below_the_pictures_do_not_run_into_one_another(view):
    for page in draw_district(NetworkContent(view, MADE_ON), EN):
        letters = {EN(f"network.letter.{kind}") for kind in ("shop", "student", "neighbour", "npo")}
        boxes = [(text, box) for text, box in text_boxes(page) if len(text) > 1 and text not in letters]
        rooms = np.array([box for _, box in boxes])
        pairs = shapely.STRtree(rooms).query(rooms, predicate="intersects")
        assert [(boxes[a][0], boxes[b][0]) for a, b in pairs.T if a < b] == []


def test_real_data_carries_no_synthetic_mark(view):
    info = dataclasses.replace(view.city.info, synthetic=False)
    real = dataclasses.replace(view, city=dataclasses.replace(view.city, info=info))
    for page in draw_district(NetworkContent(real, MADE_ON), JA):
        assert "架空データ" not in texts_of(page)


@pytest.mark.parametrize("suffix", [".pdf", ".png"])
def test_the_same_district_gives_the_same_bytes(view, tmp_path, suffix):
    content = NetworkContent(view, MADE_ON)
    for name in ("one", "two"):
        write_district_sheet((tmp_path / name).with_suffix(suffix), content)
    one, two = ((tmp_path / name).with_suffix(suffix).read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_size_the_sheet_is_not_laid_out_for_is_refused():
    with pytest.raises(SheetContentError, match="Expected size A4 or A3, got 'A5'"):
        NetworkContent(screen_city.network(), MADE_ON, "A5")


def test_a_kilometre_of_the_map_is_a_kilometre_at_its_scale(view):
    frame = draw_network_map(Page((297, 210)), (10, 10, 200, 150), view, JA, size=8.0)
    west, south, _, _ = view.outline.total_bounds
    line = shapely.linestrings([[(west, south), (west + 100, south)]])
    assert shapely.length(frame.to_paper(line))[0] == pytest.approx(100 * 1000 / frame.denominator)


def test_watchers_without_a_mark_on_the_map_are_counted():
    view = screen_city.network()  # V1 has no place but is not in office either
    page = Page((297, 210))
    frame = draw_network_map(page, (10, 10, 200, 150), view, JA, size=8.0)
    assert count_outside(view, frame) == 0
    away = view.watchers.geometry.where(view.watchers.index != "W2", None)
    gone = dataclasses.replace(view, watchers=view.watchers.set_geometry(away))
    assert count_outside(gone, frame) == 1


def test_a_centre_outside_the_map_is_named_at_its_edge():
    page = Page((297, 210))
    draw_network_map(page, (10, 10, 200, 150), screen_city.network(), JA, size=8.0)
    assert "→ 架空相談センター" in texts_of(page)


def test_a_watcher_is_ringed_from_ten_households_or_two_percent():
    view = screen_city.network()
    assert many_lost(view) == 10
    many = pd.concat([view.households] * 200)
    assert many_lost(dataclasses.replace(view, households=many)) == 16  # 2 % of 800


def test_a_district_without_households_or_watchers_is_drawn_all_the_same():
    view = view_of({}, [])
    nobody = view.households.iloc[:0]
    measures = dataclasses.replace(view.measures, counts=dict.fromkeys(view.measures.counts, 0))
    watchers = screen_city.network().watchers.iloc[:0]
    empty = dataclasses.replace(view, households=nobody, measures=measures, watchers=watchers)
    pages = draw_district(NetworkContent(empty, MADE_ON), JA)
    assert JA("network.finding_nobody", name=view.name) in texts_of(pages[0])
    assert JA("network.scheme.none") in texts_of(pages[1])


@pytest.mark.parametrize("picture", ["map", "scheme"])
def test_the_screens_pictures_are_drawn_in_memory(picture):
    drawn = [draw_picture(screen_city.network(), picture, language) for language in ("ja", "en")]
    assert all(one.startswith(b"\x89PNG") for one in drawn)
    assert drawn[0] != drawn[1]


# --- the command ------------------------------------------------------------------------------------------


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


def test_the_command_writes_sheet_and_picture_and_tells_the_counts(demo_file, tmp_path):
    url = demo_store.copy(demo_file, tmp_path)
    result = run(
        "sheet", "district", "--district", "K01", "--size", "a3", "--out", tmp_path / "s", "--json",
        "--database", url,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["households"] == told["connected"] + sum(
        told[reason] for reason in ("no_watcher", "nobody", "out_of_office", "circle")
    )
    assert {path.name for path in (tmp_path / "s").iterdir()} == {"district_K01.pdf", "district_K01.png"}
    width = pypdf.PdfReader(tmp_path / "s" / "district_K01.pdf").pages[0].mediabox.width
    assert float(width) == pytest.approx(1190.551, abs=0.001)


@pytest.mark.parametrize(
    "arguments", [("sheet", "district"), ("sheet", "district", "--district", "K01", "--size", "A5")]
)
def test_a_district_sheet_without_district_or_of_another_size_is_wrong_usage(arguments):
    assert run(*arguments).exit_code == 2


def test_an_unknown_district_is_refused_in_one_sentence(demo_file, tmp_path):
    url = demo_store.copy(demo_file, tmp_path)
    result = run("sheet", "district", "--district", "Q9", "--out", tmp_path / "s", "--database", url)
    assert result.exit_code == 1
    assert "「Q9」という校下・地区はありません" in result.stderr
    assert not (tmp_path / "s").exists()
