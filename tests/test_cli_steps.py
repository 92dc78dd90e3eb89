"""The commands on next steps: files, JSON, exit codes, hidden counts, the register changed and restored."""

import json

import pandas as pd
import pytest

from app.services import next_steps
from app.services.demo import DEMO_DATE
from app.services.next_steps import RecruitWish
from app.ui.text import Words
from geodata.session import Store
from tests import demo_store
from tests.demo_store import PLANNER
from tests.test_cli import as_json, run

FILES = {
    "recruit": {"READ_ME.txt", "places.csv", "curve.csv", "places.geojson"},
    "partners": {"READ_ME.txt", "partners.csv", "curve.csv", "rounds.geojson"},
    "agreements": {"READ_ME.txt", "pairs.csv", "flow.csv"},
    "consent": {"READ_ME.txt", "districts.csv", "could_ask.csv"},
    "budget": {"READ_ME.txt", "frontier.csv", "actions.csv", "prices.csv", "places.geojson"},
}
OPTIONS = {"recruit": ["--count", 3, "--curve"], "consent": ["--count", 30]}
HOUSEHOLDS = {
    "places.csv": ["households_gained", "households_visited", "backups"],
    "partners.csv": ["households_reached", "households_enough"],
    "pairs.csv": ["alone_households", "border_households"],
    "flow.csv": ["households"],
    "districts.csv": ["asked"],
    "could_ask.csv": ["could_ask"],
    "frontier.csv": ["households", "ask", "assign"],
}


@pytest.fixture
def url(demo_file, tmp_path):
    return demo_store.copy(demo_file, tmp_path)


@pytest.fixture(scope="module")
def told(demo_file, tmp_path_factory):
    """Run every command once; return JSON and folder by command."""
    folder = tmp_path_factory.mktemp("commands")
    url = demo_store.copy(demo_file, folder)
    answers = {}
    for command in FILES:
        out = folder / command
        code, answer = as_json(command, *OPTIONS.get(command, []), "--out", out, url=url)
        assert code == 0
        answers[command] = (answer, out)
    return answers


@pytest.mark.parametrize("command", FILES)
def test_each_command_writes_its_files_and_tells_plan_and_bound(told, command):
    answer, out = told[command]
    assert {path.name for path in out.iterdir()} == FILES[command]
    plan = answer["plan"]
    assert plan["value"] <= plan["bound"] + 1e-6
    assert 0 <= plan["gap"] <= 1
    assert answer["status"] == "done"
    assert answer["synthetic"] is True


@pytest.mark.parametrize("command", FILES)
def test_city_files_are_marked_and_tell_no_count_from_one_to_nine(told, command):
    answer, out = told[command]
    for file in out.glob("*.csv"):
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        assert (table["handling"].str.contains("庁内限り")).all()
        for name in HOUSEHOLDS.get(file.name, []):
            assert not table[name].isin([str(number) for number in range(1, 10)]).any()
        assert "household_id" not in table.columns
    shown = [number for number in answer["households"].values() if number is not None]
    assert all(number == 0 or number >= 10 for number in shown)
    lines = (out / "READ_ME.txt").read_text(encoding="utf-8")
    assert all(name in lines for name in FILES[command] - {"READ_ME.txt"})


def test_a_small_number_of_households_asked_hides_what_would_tell_it(told):
    _, out = told["consent"]
    table = pd.read_csv(out / "districts.csv", dtype=str, keep_default_na=False)
    few = table["asked"] == "<10"
    assert few.any()
    assert (table.loc[few, ["gain", "expected"]] == "–").all(axis=None)
    actions = pd.read_csv(told["budget"][1] / "actions.csv", dtype=str, keep_default_na=False)
    asking = actions[actions["count"] == "<10"]
    assert len(asking)
    assert (asking[["gain", "visits", "cost"]] == "–").all(axis=None)


def test_recruit_files_tell_what_the_service_found(told, url):
    store = Store(url)
    city = next_steps.open_city(store, PLANNER, "normal", DEMO_DATE)
    found = next_steps.recruit_steps(city, next_steps.load_costs(store), RecruitWish(count=3))
    store.close()
    table = pd.read_csv(told["recruit"][1] / "places.csv")
    assert table["candidate_id"].tolist() == found.places.index.tolist()
    assert told["recruit"][0]["recruits"] == len(found.places)
    assert told["recruit"][0]["plan"]["value"] == pytest.approx(found.proof.value)


def test_consent_of_a_district_lists_only_households_that_may_be_shown(url, tmp_path):
    code, answer = as_json("consent", "--district", "K01", "--out", tmp_path / "out", url=url)
    assert code == 0
    table = pd.read_csv(tmp_path / "out" / "households.csv")
    assert table["handling"].str.contains("地区内限り").all()
    assert len(table) <= answer["households"]["asked"]
    run("consent", "--out", tmp_path / "out", url=url)
    assert not (tmp_path / "out" / "households.csv").exists()


def test_what_is_applied_is_listed_and_taken_back_by_number(url, tmp_path):
    for command, act in (("recruit", "post"), ("partners", "sign"), ("agreements", "agree")):
        code, answer = as_json(command, "--count", 1, "--apply", "--out", tmp_path / command, url=url)
        assert (code, answer["applied"]) == (0, True)
        _, listed = as_json("undo", url=url)
        newest = listed["edits"][0]
        assert (newest["act"], newest["undone"]) == (act, None)
        code, done = as_json("undo", newest["edit_id"], url=url)
        assert (code, done["revision"]) == (0, answer["revision"] + 1)
        assert as_json("undo", newest["edit_id"], url=url)[0] == 1
    text = run("undo", url=url).stdout
    assert text.count("取り消し済み") == 3


def test_candidate_places_are_read_from_a_file(url, tmp_path, told):
    places = pd.read_csv(told["recruit"][1] / "places.csv")[["candidate_id", "lon", "lat"]]
    file = tmp_path / "places.csv"
    places.to_csv(file, index=False)
    code, answer = as_json("recruit", "--count", 3, "--candidates", file, "--out", tmp_path / "out", url=url)
    assert code == 0
    assert answer["plan"]["value"] == pytest.approx(told["recruit"][0]["plan"]["value"], rel=1e-3)
    file.write_text("candidate_id,lon,lat\nA,136.6,36.6\nA,x,36.6\n", encoding="utf-8")
    refused = run("recruit", "--candidates", file, "--out", tmp_path / "out", url=url)
    assert refused.exit_code == 1
    assert "行目" in refused.stderr


def test_a_share_out_of_reach_is_told_and_opens_no_post(url, tmp_path):
    options = ["--share", 1, "--grid", 1000, "--apply", "--out", tmp_path / "out"]
    code, answer = as_json("recruit", *options, url=url)
    assert code == 0
    assert (answer["plan"]["status"], answer["applied"]) == ("infeasible", False)
    text = run("recruit", *options, "--language", "en", url=url).stdout
    assert "No plan was found that reaches 100 %" in text
    assert as_json("undo", url=url)[1]["edits"] == []


def test_prices_of_a_file_count_for_this_run_only(url, tmp_path, told):
    file = tmp_path / "prices.csv"
    file.write_text("remedy,yen_per_year\nask,0\n", encoding="utf-8")
    code, answer = as_json("budget", "--yen", 0, "--costs", file, "--out", tmp_path / "out", url=url)
    assert code == 0
    assert answer["cost_yen"] == 0
    assert answer["plan"]["value"] > 0
    assert "ask" not in answer["prices_assumed"]
    assert "ask" in told["budget"][0]["prices_assumed"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("price\n3\n", "remedy, yen_per_year"),
        ("remedy,yen_per_year\nask,much\n", "数字"),
        ("remedy,yen_per_year\nmagic,3\n", "magic"),
        ("remedy,yen_per_year\nask,-3\n", "0 円以上"),
    ],
)
def test_bad_prices_are_refused_in_a_sentence(url, tmp_path, content, reason):
    file = tmp_path / "prices.csv"
    file.write_text(content, encoding="utf-8")
    refused = run("budget", "--costs", file, "--out", tmp_path / "out", url=url)
    assert refused.exit_code == 1
    assert reason in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["recruit", "--share", "2"],
        ["recruit", "--candidates", "a.csv", "--towns"],
        ["partners", "--by", "street"],
        ["agreements", "--count", "-1"],
    ],
)
def test_wrong_usage_ends_with_code_two(url, arguments):
    assert run(*arguments, url=url).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["recruit", "--kind", "shop"], "shop"),
        (["recruit", "--district", "nowhere"], "nowhere"),
        (["recruit", "--grid", "90000", "--district", "K01"], "かしょ|か所"),
        (["undo", "999"], "999"),
    ],
)
def test_what_cannot_be_done_is_refused_in_the_readers_language(url, tmp_path, arguments, reason):
    out = [] if arguments[0] == "undo" else ["--out", tmp_path / "out"]
    refused = run(*arguments, *out, url=url)
    assert refused.exit_code == 1
    assert any(part in refused.stderr for part in reason.split("|"))
    assert "Expected" not in refused.stderr


def test_every_edit_has_a_name_in_both_languages():
    acts = ("assign", "accept", "handover", "lock", "agree", "sign", "post", "undo")
    assert all(Words(language).has(f"steps.act.{act}") for language in ("ja", "en") for act in acts)


def test_json_holds_no_household(told):
    for answer, _ in told.values():
        assert "household_id" not in json.dumps(answer)
