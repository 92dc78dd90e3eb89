"""The comparison sheet: one page, the same classes on both sides, and nothing hidden that is printed."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pypdf
import pytest

from app.comparison_sheets import comparison_content
from app.services.scenario_runs import Question, compare_scenarios
from app.services.scenarios import BASELINE, KeptScenario
from app.sheets.comparison import (
    BOTTOM,
    ComparisonContent,
    change_style,
    draw_comparison,
    plan_table,
    sheet_title,
    write_comparison_sheet,
)
from app.sheets.content import SheetContentError
from app.ui.marks import CHANGE_COLOURS
from app.ui.text import Words
from tests.demo_store import PLANNER
from tests.test_scenarios import DATE, HALF
from tests.test_sheets import council

JA, EN = Words("ja"), Words("en")


def content(number=12, *, names=("基準（今のまま）", "半分")):
    """Return two sides of a round city; each district loses ten of its watched households."""
    base = council(number, gap_classes={})
    districts = base.districts.copy()
    districts["watched"] = districts["watched"] - 10
    districts["gap"] = districts["gap"] + 10
    change = pd.Series(-10, index=districts.index, dtype="Int64").where(districts["shown"].astype(bool))
    points = 100 * change.astype("Float64") / districts["households"].astype("Float64")
    changes = pd.DataFrame({"difference": change, "points": points.astype(float)})
    changes["change_class"] = pd.Series("loses", index=changes.index, dtype=object).where(
        change.notna(), None
    )
    return ComparisonContent(base, replace(base, districts=districts), names, changes)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("number", [3, 12, 62])
def test_sheet_is_one_a3_page_with_title_and_every_district(tmp_path, language, number):
    shown = content(number)
    write_comparison_sheet(tmp_path / "c.pdf", shown, language=language)
    pages = pypdf.PdfReader(tmp_path / "c.pdf").pages
    assert len(pages) == 1
    size = [float(side) / 72 * 25.4 for side in pages[0].mediabox[2:]]
    assert size == pytest.approx([420, 297], abs=0.1)
    text = pages[0].extract_text()
    assert sheet_title(shown, Words(language)).split("：")[0].split(":")[0] in text
    assert all(str(name) in text for name in shown.base.districts["name"])
    assert "−10" in text
    assert Words(language)("paper.council.draft") in text  # not attacked together with what is published


def test_the_same_content_gives_the_same_bytes(tmp_path):
    for name in ("a.pdf", "b.pdf"):
        write_comparison_sheet(tmp_path / name, content())
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_nothing_on_the_sheet_lies_outside_the_margins():
    page = draw_comparison(content(62), JA)
    lowest = max(text.get_position()[1] for text in page.paper.texts)
    assert lowest <= BOTTOM + 1


def test_more_districts_than_fit_are_refused(tmp_path):
    with pytest.raises(SheetContentError, match="at most"):
        plan_table(200, 180.0)


def test_few_districts_take_few_blocks_and_leave_maps_room():
    blocks, height = plan_table(8, 200.0)
    assert (blocks, height < 60) == (2, True)


def test_difference_where_a_side_is_hidden_is_refused():
    shown = content()
    districts = shown.other.districts.copy()
    first = districts.index[districts["shown"].astype(bool)][0]
    districts.loc[first, ["watched", "gap", "gap_share_class"]] = pd.NA
    districts.loc[first, "shown"] = False
    with pytest.raises(SheetContentError, match="no difference"):
        ComparisonContent(shown.base, replace(shown.other, districts=districts), shown.names, shown.changes)


def test_difference_from_one_to_nine_is_refused():
    shown = content()
    changes = shown.changes.copy()
    changes.loc[changes["difference"].first_valid_index(), "difference"] = -9
    with pytest.raises(SheetContentError, match="1 to 9"):
        ComparisonContent(shown.base, shown.other, shown.names, changes)


def test_sides_of_other_districts_are_refused():
    shown = content()
    fewer = replace(shown.other, districts=shown.other.districts.iloc[1:])
    with pytest.raises(SheetContentError, match="same districts"):
        ComparisonContent(shown.base, fewer, shown.names, shown.changes)


def test_gain_and_loss_differ_by_more_than_colour():
    much = [change_style(name)["hatch"] for name in ("loses_much", "gains_much")]
    assert len(set(much)) == 2
    assert all(JA(f"scenarios.class.{name}")[0] in "−±+" for name in CHANGE_COLOURS)


def test_demo_city_is_printed_without_a_count_from_one_to_nine(demo, tmp_path):
    pair = (KeptScenario(BASELINE), KeptScenario("半分", (HALF,)))
    figures = compare_scenarios(demo, PLANNER, pair, Question("normal", DATE))
    shown = comparison_content(demo, figures, pair, JA, DATE)
    for side in (shown.base, shown.other):
        counts = side.districts[["households", "watched", "gap"]].astype("Float64")
        assert not ((counts > 0) & (counts < 10)).fillna(False).any(axis=None)
    assert not shown.changes["difference"].abs().between(1, 9).fillna(False).any()
    write_comparison_sheet(tmp_path / "c.png", shown)
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


def test_sheet_says_what_the_scenario_changes_and_that_it_is_assumed(demo, tmp_path):
    pair = (KeptScenario(BASELINE), KeptScenario("半分", (HALF,)))
    figures = compare_scenarios(demo, PLANNER, pair, Question("normal", DATE))
    write_comparison_sheet(tmp_path / "c.pdf", comparison_content(demo, figures, pair, JA, DATE))
    text = pypdf.PdfReader(tmp_path / "c.pdf").pages[0].extract_text().replace("\n", "")
    assert "50.0 %" in text
    assert JA("paper.compare.assumed") in text
    assert "架空データ" in text
