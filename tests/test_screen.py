"""The pages through Streamlit's AppTest: without data, with data, after each switch; settings and caches."""

from __future__ import annotations

import datetime as dt
import string
from dataclasses import replace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app import cache
from app.services.results import Progress
from app.ui import charts, controls, findings, report_tables, tables
from app.ui.escaping import for_html, for_markdown
from app.ui.text import Words, catalogue
from geodata.importers import report as import_report
from tests import screen_city
from tests.conftest import ROOT
from tests.screen_city import household
from tests.sign_in import as_coordinator

pytestmark = pytest.mark.usefixtures("person")
JA, EN = Words("ja"), Words("en")


@pytest.fixture
def services(monkeypatch):
    """Let the pages read the six districts instead of a store."""
    return use(monkeypatch, screen_city.Services())


def use(monkeypatch, fake):
    for name in ("read_info", "load_city_figures", "load_shapes", "load_district", "explain_household"):
        monkeypatch.setattr(cache.coverage, name, getattr(fake, name))
    monkeypatch.setattr(cache.coverage, "count_loaded", fake.count_loaded)
    monkeypatch.setattr(cache.imports, "list_imports", fake.list_imports)
    monkeypatch.setattr(cache.network, "load_network", fake.load_network)
    return fake


@pytest.fixture
def screen(services, monkeypatch, tmp_path):
    """Open the overview of the six districts; each test has a store address, so caches, of its own."""
    monkeypatch.setenv("MIMAMORI_DATABASE", f"sqlite:///{tmp_path}/none.db")
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=30).run()
    assert not page.exception
    return page


def shown(page) -> str:
    """Return the text of the page's own HTML, headings and captions."""
    parts = [element.proto.body for element in page.get("html")]
    return "\n".join([*parts, *(c.value for c in page.caption), *(s.value for s in page.subheader)])


def figures_of(page) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def choose(page, key, value):
    """Choose one button of a switch."""
    next(group for group in page.get("button_group") if group.key == key).set_value(value)
    page.run()
    assert not page.exception
    return page


def test_without_data_the_page_says_which_command_to_run(monkeypatch, tmp_path):
    use(monkeypatch, screen_city.Services(empty=True))
    monkeypatch.setenv("MIMAMORI_DATABASE", f"sqlite:///{tmp_path}/none.db")
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=30).run()
    assert not page.exception
    assert page.title[0].value == "まだデータがありません"
    assert [code.value for code in page.code] == ["mimamori demo", "mimamori import --help"]
    assert not page.metric


def test_overview_opens_with_the_finding_and_four_figures(screen):
    # 385 of 508 households are watched: 75.8 %; 123 missed; most for reach (50).
    assert "見守り対象 508 世帯のうち 385 世帯（75.8 %）を見守っています。残るのは 123 世帯です。" in shown(
        screen
    )
    assert "主な理由は『届く担い手がいない』です。" in shown(screen)
    # backed up: half of the watched, 90 + 30 + 25 + 27 + 20 + 0 = 192 of 508: 37.8 %
    assert list(figures_of(screen).values()) == ["75.8 %", "75.8 %", "37.8 %", "123"]
    assert all(metric.help for metric in screen.metric)


def test_every_page_is_marked_synthetic_with_its_day_in_both_calendars(screen):
    for view in ("views/overview.py", "views/district.py", "views/data.py"):
        page = screen.switch_page(view).run()
        assert not page.exception
        head = shown(page)
        assert '<span class="stamp">架空データ</span>' in head
        assert "令和8年4月1日（2026-04-01）" in head
        assert "令和8年度" in head


def test_real_data_bears_no_synthetic_mark(screen, monkeypatch):
    monkeypatch.setattr(cache.coverage, "read_info", lambda store: screen_city.info(synthetic=False))
    assert "架空データ" not in shown(screen.run())


def test_switching_the_language_leaves_no_japanese_but_names(screen):
    choose(screen, "language", "en")
    names = {"架空市", "日本語", *screen_city.layer_counts()["name"]}
    text = shown(screen) + "".join(figures_of(screen)) + "".join(m.help for m in screen.metric)
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "").replace(for_html(name), "")
    assert [sign for sign in text if "ぁ" <= sign <= "ヿ" or "一" <= sign <= "龥"] == []
    assert "of 508 households to watch over, 385 (75.8 %) are watched. 123 are missed." in shown(screen)


def test_switching_to_snow_shows_the_figures_of_snow(screen, services):
    # In snow ten more households of D5 are missed: 133 of 508.
    choose(screen, "season", "snow")
    assert figures_of(screen)["見守れていない世帯"] == "133"
    assert services.computed == ["normal", "snow"]


def test_figures_are_computed_once_a_season_and_date(screen, services):
    choose(screen, "season", "snow")
    choose(screen, "season", "normal")
    choose(screen, "season", "snow")
    assert services.computed == ["normal", "snow"]
    screen.date_input(key="date").set_value(dt.date(2026, 12, 1)).run()
    assert services.computed == ["normal", "snow", "snow"]
    assert "令和8年12月1日（2026-12-01）" in shown(screen)


def test_ranking_puts_the_most_missed_first_and_holds_small_counts_back(screen):
    table = screen.dataframe[0].value
    assert list(table["区域"])[:3] == ["瓢箪", "味噌蔵", "材木"]
    assert list(table["見守れていない"])[:3] == [50, 40, 20]
    # 小立野 misses 5 of 60: neither the 5 nor a share from which it follows is in the table sent.
    row = table[table["区域"] == "小立野"].iloc[0]
    assert row["見守れていない"] == 0.5
    assert row[["その割合（世帯）", "見守れている（重み付き）"]].isna().all()


def test_school_districts_replace_the_ranking_when_chosen(screen):
    choose(screen, "layer_control", "school")
    assert list(screen.dataframe[0].value["区域"]) == ["味噌蔵町小学校", "材木町小学校"]


def test_planner_sees_counts_only_and_is_told_why(screen, services):
    page = screen.switch_page("views/district.py").run()
    assert not page.exception
    assert page.info[0].value == JA("district.counts_only")
    assert not page.dataframe
    assert services.viewers[-1].role == "planner"


def test_coordinator_sees_missed_households_and_watchers_of_the_own_district(screen, services):
    page = as_coordinator(screen).switch_page("views/district.py").run()
    assert not page.exception
    assert (services.viewers[-1].role, services.viewers[-1].districts) == ("coordinator", ("D1",))
    missed, watchers, successors = (frame.value for frame in page.dataframe)
    # H3 (consent) has the cheaper remedy, H1 (capacity) follows; H2 and H4 are watched.
    assert list(missed["世帯番号"]) == ["H3", "H1"]
    assert list(missed["次の一手"]) == ["同意をたずねる", "ここで担い手を募る"]
    # W1 was promised 6 visits a month and can make 4.
    assert dict(zip(watchers["担い手"], watchers["状態"], strict=True)) == {
        "W1": "受け持ちすぎ",
        "W2": "活動中",
        "S1": "気づく担い手",
        "V1": "欠員",
    }
    # W1's term ends on 30 November 2028 at 76; W2 alone watches somebody. Shops and empty posts need nobody.
    assert list(successors["担い手"]) == ["W1", "W2"]
    assert list(successors["後任が要る理由"]) == ["任期と年齢", "ほかに見守る人がいない世帯がある"]
    assert list(successors["抜けるとすぐ失う世帯"]) == [3, 1]


def test_hand_overs_for_a_household_are_told_step_by_step():
    chain = pd.DataFrame(
        [("H9", "W1", "W3", 1.0), (None, "W3", "W4", 0.5), ("H1", None, "W1", 2.0), ("H1", "W2", "W1", 1.0)],
        columns=["household_id", "from_watcher", "to_watcher", "visits_per_month"],
    )
    assert tables.chain_steps(chain, "H1", JA) == [
        "W1 は、世帯 H9（月 1 回）を W3 に引き継ぐ",
        "W3 は、別の世帯（月 0.5 回）を W4 に引き継ぐ",
        "W1 が、この世帯を月 2 回見守る",
        "W2 は、この世帯の月 1 回を W1 に引き継ぐ",
    ]


def test_proof_of_a_want_of_room_names_its_watchers_and_its_visits():
    told = findings.household_finding(household(), JA)
    assert "訪ねられるのは、3 人・団体（W1・W2・W7）だけです" in told
    assert "月に 25 回の訪問が要るのに 20 回しかできず" in told
    barred = replace(household(), tight_set={**household().tight_set, "watchers": 0, "watcher_ids": []})
    assert JA("household.barred") in findings.household_finding(barred, JA)
    free = replace(household(), gap_class="unassigned", gap_classes=("unassigned", "consent"))
    told = findings.household_finding(free, JA)
    assert "ほかに当てはまる理由：" in told and "分け合うと足りません" in told


def test_a_chosen_household_says_who_could_watch_it_and_what_stands_in_the_way(screen):
    as_coordinator(screen)
    screen.session_state["district"], screen.session_state["household"] = "D1", "H1"
    page = screen.switch_page("views/district.py").run()
    assert not page.exception
    assert "世帯 H1：見守りなし。理由は『近くの担い手に空きがない』。次の一手：ここで担い手を募る。" in shown(
        page
    )
    assert "少なくとも 4 世帯は残ります。" in shown(page)
    could = page.table[0].value
    assert list(could["妨げ"]) == ["空きがない", "同意が要る", "なし"]
    assert list(could["道のり"]) == ["212 m（約3分）", "480 m（約7分）", "655 m（約10分）"]


def test_a_household_outside_the_district_is_not_shown(screen):
    as_coordinator(screen)
    screen.session_state["district"], screen.session_state["household"] = "D1", "H999"
    page = screen.switch_page("views/district.py").run()
    assert page.info[0].value == JA("district.choose")


def picture_of(page) -> str:
    """Return the network's picture as the page holds it."""
    return next(part.proto.body for part in page.get("html") if "<img alt=" in part.proto.body)


def test_coordinator_sees_the_network_and_switches_its_picture(screen, services):
    page = as_coordinator(screen).switch_page("views/district.py").run()
    assert not page.exception
    assert [viewer.districts for viewer in services.network_viewers] == [("D1",)]
    assert "材木：示せる 4 世帯のうち 3 世帯（75.0 %）の気づきが、相談先まで届きます。" in shown(page)
    assert list(page.table[0].value["切れる世帯"]) == ["3", "1"]
    on_the_map = picture_of(page)
    assert "data:image/png;base64," in on_the_map  # inside the page: no file anybody could fetch
    choose(page, "network_ja", "scheme")
    assert "data:image/png;base64," in picture_of(page) != on_the_map
    assert len(services.network_viewers) == 1  # kept for this session


def test_planner_gets_no_network_of_a_district(screen, services):
    page = screen.switch_page("views/district.py").run()
    assert JA("network.title") not in shown(page)
    assert services.network_viewers == []


def test_data_page_lists_imports_with_repairs_and_problems(screen):
    page = screen.switch_page("views/data.py").run()
    assert not page.exception
    assert "見守り対象 508 世帯と、活動中の担い手 61 人・団体" in shown(page)
    reports = page.dataframe[0].value
    assert reports["直したところ"][0] == "重みが空欄のため1とした 4 件"
    assert reports["日時"][0] == "2026-04-01 18:30"  # 9:30 universal time
    assert page.expander[0].label == "見守り対象世帯：確かめたい行 1 件"


def test_data_page_without_imports_says_so(screen, monkeypatch):
    monkeypatch.setattr(cache.imports, "list_imports", lambda store, viewer: screen_city.imports().iloc[:0])
    page = screen.switch_page("views/data.py").run()
    assert not page.exception
    assert JA("data.no_imports") in shown(page)


def test_rights_are_part_of_the_cache_key(services, monkeypatch):
    planner = screen_city_viewer("planner", ())
    coordinator = screen_city_viewer("coordinator", ("D1",))
    url, day = "sqlite:///rights.db", screen_city.DATE
    for viewer in (planner, coordinator, planner):
        cache.city_figures(url, 1, viewer, season="normal", date=day, progress=lambda step: None)
    assert services.computed == ["normal", "normal"]


def screen_city_viewer(role, districts):
    return cache.Viewer(who="test", role=role, districts=districts, purpose="test")


def test_a_computation_that_was_stopped_is_done_again(services, monkeypatch):
    class StoppedError(Exception):
        pass

    def stop(progress: Progress) -> None:
        raise StoppedError

    viewer, day = screen_city_viewer("planner", ()), screen_city.DATE
    with pytest.raises(StoppedError):
        cache.city_figures("sqlite:///stop.db", 1, viewer, season="normal", date=day, progress=stop)
    figures = cache.city_figures(
        "sqlite:///stop.db", 1, viewer, season="normal", date=day, progress=lambda step: None
    )
    assert figures.totals["households"] == 508


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_text_can_be_filled_in_with_the_same_values(language):
    own, other = catalogue(language), catalogue("en" if language == "ja" else "ja")
    assert own.keys() == other.keys()
    assert {key: fields(text) for key, text in own.items()} == {key: fields(other[key]) for key in own}


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_repair_of_the_importers_has_a_text():
    repairs = [
        value for name, value in vars(import_report).items() if name.isupper() and isinstance(value, str)
    ]
    wordings = [value for value in repairs if value not in ("error", "warning")]
    assert len(wordings) >= 15
    for what in wordings:
        assert report_tables.repairs_text([{"what": what, "count": 1}], JA).endswith(" 1 件")


def test_a_count_below_ten_is_held_back_and_ten_is_shown():
    assert tables.shown_count(9, JA, hide_small=True) == "<10"
    assert tables.shown_count(10, JA, hide_small=True) == "10"
    assert tables.shown_count(0, JA, hide_small=True) == "0"
    assert tables.shown_count(9, JA, hide_small=False) == "9"


def test_the_share_of_a_held_back_count_says_only_what_it_is_below():
    # fewer than 10 of 60 is below 10 / 60 = 16.7 %
    assert tables.shown_share(5, 60, JA, hide_small=True) == "16.7 % 未満"
    assert tables.shown_share(5, 60, JA, hide_small=False) == "8.3 %"


def test_four_figures_of_a_small_gap_do_not_give_it_away():
    # 小立野 misses 5 of 60; 91.7 % watched would tell.
    row = screen_city.layer_counts().loc["D4"]
    figures = findings.four_figures(row, JA, hide_small=True)
    assert [value for value, _ in figures.values()] == ["–", "–", "45.0 %", "<10"]
    assert "5" not in findings.area_finding(row, JA, hide_small=True)


def test_bars_are_as_long_as_their_counts_and_name_the_remedy():
    bars = charts.gap_bars({"households": 90, "consent": 40, "reach": 20}, JA, hide_small=True)
    assert "width: 100.0%" in bars
    assert "width: 50.0%" in bars
    assert "→ 同意をたずねる" in bars
    assert "担当を決める" not in bars  # no household of that class


def test_hostile_text_becomes_plain_text():
    assert for_html("<img onerror=x>`${a}\\") == "&lt;img onerror=x&gt;&#96;&#36;&#123;a&#125;&#92;"
    assert for_markdown("![x](http://a)\n# b") == r"\!\[x\]\(http\:\/\/a\) \# b"


def test_progress_box_appears_with_the_first_step_only():
    notice = controls.ProgressNotice(JA)
    notice.finish()  # nothing was shown, nothing to fold up
    notice(Progress("walk", 1, 5))
    notice.finish()
