"""The page of next steps: what it says of gain, cost and bound, and what a planner must not read out."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import step_loading
from app.services.step_results import Proof
from app.ui import steps_costs, steps_findings, steps_maps, steps_tables
from app.ui.text import Words
from tests import screen_city, small_steps
from tests.conftest import ROOT
from tests.sign_in import as_coordinator
from tests.test_outlook_page import everything, left_in_japanese
from tests.test_screen import choose, figures_of, shown, use

pytestmark = pytest.mark.usefixtures("person")
JA, EN = Words("ja"), Words("en")
SECTIONS = ("recruit", "partner", "agreement", "consent", "budget")


@pytest.fixture
def page(monkeypatch, tmp_path):
    """Open the page on advices by hand."""
    monkeypatch.setenv("MIMAMORI_DATABASE", f"sqlite:///{tmp_path}/none.db")
    use(monkeypatch, screen_city.Services())
    costs = small_steps.cost_table()
    monkeypatch.setattr(step_loading, "read_costs", lambda _choices: costs)
    answers = {
        "overview": small_steps.overview, "recruit": small_steps.recruit, "partners": small_steps.partner,
        "agreements": small_steps.agreement, "consent": small_steps.consent, "budget": small_steps.budget,
    }  # fmt: skip
    for name, answer in answers.items():
        monkeypatch.setattr(step_loading, f"load_{name}", lambda *_a, answer=answer, **_o: answer())
    opened = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=30).run()
    opened = opened.switch_page("views/next_steps.py").run()
    assert not opened.exception
    return opened


def open_section(page, section):
    page = choose(page, "next_section_control", section)
    if section == "budget":
        next(
            one for one in page.button if one.label in (JA("next.budget.compute"), EN("next.budget.compute"))
        ).click()
        page.run()
        assert not page.exception
    return page


def test_page_opens_with_its_finding_and_four_figures(page):
    told = "見守れていない 123 世帯のうち、いまの担い手だけで 25 世帯、下の手をすべて合わせると 80 世帯を"
    assert told in shown(page)
    assert list(figures_of(page).values()) == ["123", "25", "80", "43"]
    assert all(metric.help for metric in page.metric)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_in_both_languages(page, section, language):
    page = open_section(choose(page, "language", language), section)
    assert len(page.dataframe) >= 2
    if language == "en":
        text = everything(page).replace("架空牛乳", "").replace("・", ",")
        assert left_in_japanese(text) == []


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_states_its_bound_or_proof(page, section):
    text = shown(open_section(page, section))
    if section == "partner":
        assert "証明済みの最善" in text
    else:
        assert "これより良い計画でも、あと最大 月 10.1 回" in text


def test_coordinator_is_sent_to_the_page_of_proposals(page):
    page = as_coordinator(page)
    assert page.info[0].value == JA("next.coordinator")
    assert [link.proto.label for link in page.get("page_link")] == [JA("next.to_proposals")]
    assert not page.dataframe


def test_small_counts_and_the_costs_that_tell_them_are_held_back():
    table = steps_tables.remedies(small_steps.overview(), JA).data
    asked = table[table["手"] == JA("next.remedy.consent")].iloc[0]
    assert asked["すること"] == "<10 世帯"
    assert asked["世帯"] == 0.5
    assert math.isnan(asked[JA("next.column.cost")])
    assert math.isnan(asked[JA("next.column.each")])


def test_cost_of_many_households_is_told_as_it_is():
    table = steps_tables.remedies(small_steps.overview(), JA).data
    recruited = table[table["手"] == JA("next.remedy.recruit")].iloc[0]
    assert recruited[JA("next.column.cost")] == 200_000
    assert recruited[JA("next.column.proof")] == "あと最大 10.1 %"


@pytest.mark.parametrize(
    ("by_all", "remaining", "told"), [(115, 8, ("–", "<10")), (8, 115, ("<10", "–")), (80, 43, ("80", "43"))]
)
def test_what_would_tell_a_small_count_is_not_told_beside_it(by_all, remaining, told):
    found = small_steps.overview(watched_by_all=by_all, remaining=remaining)
    four = steps_findings.overview_four(found, JA)
    assert (four["next_by_all"][0], four["next_remaining"][0]) == told


@pytest.mark.parametrize(("gap", "told"), [(0.0, "0.0"), (0.0001, "0.1"), (0.1, "10.0"), (0.10001, "10.1")])
def test_gap_is_never_told_smaller_than_it_is(gap, told):
    assert steps_findings.percent_up(gap) == told


@pytest.mark.parametrize("status", ["optimal", "nothing_to_do", "infeasible"])
@pytest.mark.parametrize("words", [JA, EN])
def test_every_status_of_a_plan_has_its_sentence(status, words):
    assert steps_findings.proof_sentence(Proof(status, 0.0, 0.0, "households"), words)


def test_districts_to_ask_are_summed_over_levels_of_consent():
    rows = steps_tables.consent_districts(small_steps.consent())
    assert rows.loc["D1", ["asked", "gain", "levels"]].tolist() == [13, 40.0, "2・4"]
    assert list(rows.index) == ["D1", ""]


def test_spending_on_fewer_than_ten_households_is_not_told():
    table = steps_tables.budget_actions(small_steps.budget(), 1, JA).data
    asked, recruited = table.iloc[0], table.iloc[1]
    assert asked[JA("next.column.count")] == 0.5
    assert math.isnan(asked[JA("next.column.cost")])
    assert math.isnan(asked[JA("next.column.per_10000")])
    assert recruited[JA("next.column.cost")] == 100_000


def test_arrow_of_an_agreement_points_to_who_is_helped():
    found, frame = small_steps.agreement(), screen_city.shapes()
    _base, group = steps_maps.agreement_map(found, frame, JA)
    layers = [layer.data["features"] for layer in group._children.values() if hasattr(layer, "data")]
    arrow = next(
        one for one in layers if "Polygon" in one[0]["geometry"]["type"] and "tip" in one[0]["properties"]
    )
    corners = pd.DataFrame(arrow[0]["geometry"]["coordinates"][0])
    start, end = found.centres.geometry.loc["D1"], found.centres.geometry.loc["D2"]
    assert start.x < corners[0].min() < corners[0].max() < end.x
    assert abs(corners.loc[corners[0].idxmax(), 1] - end.y) < 1e-6  # the tip lies on the way


def test_edited_price_is_stated_and_one_unticked_is_assumed_again():
    table = small_steps.cost_table()
    ask, agreement = (list(table.costs.index).index(name) for name in ("ask", "agreement"))
    stated = steps_costs.stated_costs(table, {ask: {"yen": 500.0}, agreement: {"yen": 1.0, "stated": False}})
    assert stated.to_dict("records") == [{"remedy": "ask", "yen_per_year": 500.0, "note": None}]


def test_price_stated_before_stays_stated_until_unticked():
    table = small_steps.cost_table()
    table.costs.loc["ask", "assumed"] = False
    ask = list(table.costs.index).index("ask")
    assert steps_costs.stated_costs(table, {})["remedy"].tolist() == ["ask"]
    assert steps_costs.stated_costs(table, {ask: {"stated": False}}).empty
