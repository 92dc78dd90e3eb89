"""Every page and every command with every role: what comes back names no home the role may not see.

What may be seen is worked out in ``given_away`` from the tables, apart from the rules' own code.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash
from typer.testing import CliRunner

from analysis.assignment_wishes import AssignmentWishes
from app import cache, operators, state
from app.asking import find_asker
from app.cli import app
from app.roles import PAGES, may_run
from app.services import handovers, proposal_making
from app.services.accounts import ACCOUNT_ROLES
from app.services.demo import DEMO_DATE
from app.services.errors import RequestError
from geodata.errors import AccessRefusedError
from geodata.session import Store
from geodata.viewer import Viewer
from tests import demo_store, sign_in
from tests.conftest import ROOT
from tests.given_away import Truth, text_of_files, what_the_browser_gets

OWN, OTHER = "K01", "K02"  # the demo coordinator's district, and another one
WATCHER = "C0001"  # the demo watcher's post
ALL_PAGES = sorted({name for pages in PAGES.values() for name in pages})
SECTIONS = {
    "overview": (state.LAYER, ("community", "school", "neighbourhood", "mesh_250m", "mesh_125m")),
    "outlook": (state.OUTLOOK_SECTION, ("fragility", "forecast", "inequality", "areas", "kinds")),
    "next_steps": (state.NEXT_SECTION, ("recruit", "partner", "agreement", "consent")),  # budget: a minute
    "support": (state.SUPPORT_SECTION, ("tasks", "places")),
}


@dataclass(frozen=True)
class City:
    """A demo city with proposals open in two districts, what it truly holds, and a home of each sort."""

    file: Path
    truth: Truth
    own_hidden: str  # of the coordinator's district, without consent
    foreign: str  # of another district, with consent
    foreign_watcher: str

    def viewer(self, role: str) -> Viewer:
        """Return the demo account of a role."""
        districts = (OWN,) if role == "coordinator" else ()
        return Viewer(f"demo-{role}", role, districts, "test", WATCHER if role == "watcher" else None)

    def given_away(self, role: str, shown: str, *typed: str) -> set[str]:
        """Return what a text tells a role beyond its right; what was typed in by itself is no news."""
        allowed = self.truth.open_to(role, district=OWN, watcher=WATCHER)
        planner_like = role != "coordinator"
        told = self.truth.given_away(shown, allowed, people=planner_like, points=planner_like)
        return set(told) - set(typed) - {WATCHER}  # the administrator keeps the account of that post


@pytest.fixture(scope="module")
def city(demo_file, tmp_path_factory):
    """Give the demo city with open proposals in the own and in another district."""
    folder = tmp_path_factory.mktemp("every_role")
    url = demo_store.copy(demo_file, folder)
    store = Store(url)
    for district in (OWN, OTHER):
        viewer, wishes = demo_store.coordinator(district), AssignmentWishes(district=district)
        proposal_making.propose_for_district(store, viewer, "normal", DEMO_DATE, wishes=wishes)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    truth = Truth.of(store)
    homes, people = truth.homes, truth.watchers
    yield City(
        file=folder / "copy.db",
        truth=truth,
        own_hidden=homes.index[(homes["district"] == OWN) & (homes["consent"] < 2)][0],
        foreign=homes.index[(homes["district"] == OTHER) & (homes["consent"] >= 2)][0],
        foreign_watcher=people.index[people["district"] == OTHER][0],
    )
    store.close()


# --- pages ------------------------------------------------------------------------------------------------


@pytest.fixture
def screen(city, monkeypatch):
    """Give a function that opens a page as a role and returns all the browser would get, and what was run."""
    monkeypatch.setenv("MIMAMORI_DATABASE", f"sqlite:///{city.file}")
    cache.open_store.clear()
    person = sign_in.use(monkeypatch)
    sent = what_the_browser_gets(monkeypatch)

    def start(role: str, **chosen: object) -> AppTest:
        person.viewer = city.viewer(role)
        page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120)
        page.query_params["district"] = OTHER
        page.query_params["household"] = city.foreign
        for key, value in chosen.items():
            page.session_state[key] = value
        return page.run()

    def look(role: str, name: str, **chosen: object) -> tuple[str, AppTest]:
        page = start(role, **chosen)
        if name in PAGES[role]:
            page.switch_page(f"views/{name}.py")
        else:
            page._page_hash = calc_hash(name)  # its address, asked for by hand
        sent.clear()
        page.run()
        assert not page.exception, page.exception
        return "\n".join(sent), page

    return look


def scripts_run(shown: str) -> set[str]:
    """Return the hashes of the scripts whose messages these are."""
    return set(re.findall(r"^active_script_hash\n(\w+)", shown, re.MULTILINE))


def chosen_by_hand(city: City, name: str) -> list[dict[str, object]]:
    """Return what somebody could put into the session to reach another district, once for each section."""
    foreign = {
        state.DISTRICT: OTHER,
        state.SELECTED_AREA: OTHER,
        state.HOUSEHOLD: city.foreign,
        state.GAP_AREA: f"{OTHER}-1",
        state.PROMISE: (OTHER, ""),
    }
    key, sections = SECTIONS.get(name, (state.LANGUAGE, ("ja",)))
    return [foreign | {key: section} for section in sections]


@pytest.mark.slow
@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_no_page_gives_a_role_a_home_that_is_not_its_own(city, screen, role):
    for name in PAGES[role]:
        for chosen in chosen_by_hand(city, name):
            shown, page = screen(role, name, **chosen)
            assert page._page_hash in scripts_run(shown), name
            assert not page.error or name == "who_sees", (name, page.error)
            assert city.given_away(role, shown, city.foreign if name == "who_sees" else "") == set(), name


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_a_page_of_others_does_not_open(city, screen, role):
    for name in sorted(set(ALL_PAGES) - set(PAGES[role])):
        shown, page = screen(role, name)
        assert page._page_hash not in scripts_run(shown) != set(), name
        assert city.given_away(role, shown) == set(), name


def test_coordinators_pages_do_show_own_homes(city, screen):
    agreed = city.truth.open_to("coordinator", district=OWN)
    assert agreed & set(city.truth.given_away(screen("coordinator", "district")[0], set()))
    assert agreed & set(city.truth.given_away(screen("coordinator", "proposals")[0], set()))


def test_watchers_page_does_show_own_homes_without_points(city, screen):
    shown, _ = screen("watcher", "own_households")
    told = set(city.truth.given_away(shown, set(), points=True))
    assert told and told <= city.truth.open_to("watcher", watcher=WATCHER)


def test_foreign_hidden_and_unknown_homes_get_the_same_answer(city, screen):
    answers = []
    for household in (city.foreign, city.own_hidden, "H999999"):
        _, page = screen("coordinator", "who_sees", **{state.HOUSEHOLD: household})
        answers.append([block.value.replace(household, "") for block in page.error])
    assert answers[0] == answers[1] == answers[2] != []


# --- commands ---------------------------------------------------------------------------------------------

CASES: dict[str, tuple[str, ...]] = {
    "access": ("--kind gathering_place --open 2 --out OUT",),
    "agreements": ("--count 1 --out OUT", "--count 1 --apply --out OUT"),
    "analyse": ("--out OUT", "--district OWN --out OUT", "--district OTHER --out OUT"),
    "ask-look": ("OWN --reason why",),
    "assign": (
        *("--out OUT --backup", "--district OWN --out OUT", "--district OTHER --out OUT"),
        *("--lock FOREIGN_WATCHER:FOREIGN --out OUT", "--district OWN --apply --out OUT"),
    ),
    "audit anchor": ("--file OUT/anchors.txt",),
    "audit export": ("--out OUT/trail.csv", "--out OUT/trail.json"),
    "audit prune": ("--before 2020-01-01 --reason why",),
    "audit rule": ("",),
    "audit search": ("", "--household FOREIGN"),
    "audit verify": ("",),
    "backup": ("OUT/backup.bin",),
    "budget": ("--yen 0 --out OUT",),
    "compare": ("baseline fewer --out OUT", "baseline fewer --district OTHER --out OUT"),
    "consent": ("--out OUT", "--district OWN --out OUT", "--district OTHER --out OUT"),
    "consents add": (
        "FOREIGN --asked-on 2026-04-01 --answer yes",
        "HIDDEN --asked-on 2026-04-01 --answer no",
    ),
    "consents withdraw": ("FOREIGN", "HIDDEN"),
    "demo": ("--households 100",),
    "disaster approve": ("none",),
    "disaster declare": ("--until 2099-01-01 --reason why",),
    "disaster end": ("",),
    "draw-households": ("OUT/none.geojson --count 10 --out OUT/drawn.csv",),
    "erase": ("--dry-run",),
    "handover": (
        *("--watcher FOREIGN_WATCHER --out OUT", "--watcher C0001 --out OUT"),
        *("--watcher FOREIGN_WATCHER --district OWN --out OUT", "--watcher C0001 --district OTHER --out OUT"),
        "--watcher C0001 --successor FOREIGN_WATCHER --out OUT",
    ),
    "import": ("households OUT/none.csv",),
    "leave": ("H999999",),
    "mask": ("--out OUT", "--ask why"),
    "partners": ("--count 2 --out OUT",),
    "publish": ("--preview --out OUT/p",),
    "recruit": ("--count 1 --grid 1000 --out OUT",),
    "releases": ("",),
    "restore": ("OUT/backup.bin",),
    "rounds": (
        *("--district OWN --out OUT", "--district OTHER --out OUT"),
        "--district OWN --watcher FOREIGN_WATCHER --out OUT",
    ),
    "rules approve": ("none",),
    "rules end": ("N-coordinator-household --reason why",),
    "rules list": ("--all",),
    "rules print": ("--out OUT",),
    "rules propose": ("OUT/none.csv",),
    "rules refuse": ("none",),
    "rules requests": ("",),
    "scenario": (
        *("save fewer --change 'watchers_leave kind=community_promoter share=0.5'", "list"),
        *("propose fewer --district OTHER", "propose fewer --district OWN"),
    ),
    "serve": ("--port 1",),
    "sheet": (
        *("council --out OUT", "round --district OTHER --out OUT", "district --district OTHER --out OUT"),
        "district --district OWN --out OUT",
    ),
    "successors": ("--out OUT", "--district OWN --out OUT", "--district OTHER --out OUT"),
    "support": (
        *("--out OUT", "--district OWN --out OUT", "--district OTHER --out OUT"),
        "--lock FOREIGN_TASK:2026-04-06:FOREIGN_WATCHER --out OUT",
    ),
    "undo": ("", "1", "--district OTHER", "1 --district OTHER"),
    "users add": ("new --role council",),
    "users close": ("demo-council",),
    "users list": ("",),
    "users open": ("demo-council",),
    "users password": ("demo-planner",),
    "users role": ("demo-council --role council",),
    "users unlock": ("demo-council",),
}
"""What each command is tried with; the order of one command's cases counts."""
FIRST = ("scenario",)  # what later ones ask for


def all_commands() -> set[str]:
    """Return every command the program has, groups with their parts."""
    root = typer.main.get_command(app)
    groups = {name: getattr(one, "commands", None) for name, one in root.commands.items()}
    parts = {f"{name} {part}" for name, inner in groups.items() if inner for part in inner}
    return parts | {name for name, inner in groups.items() if not inner}


@pytest.fixture
def command(city, tmp_path):
    """Give a function that runs a command as a role's account: exit code, and all it printed and wrote."""
    url = demo_store.copy(city.file, tmp_path)
    foreign_task = city.truth.tasks.index[city.truth.tasks == _with_task(city)][0]
    names = {
        **{"OWN": OWN, "OTHER": OTHER, "FOREIGN": city.foreign, "HIDDEN": city.own_hidden},
        **{"FOREIGN_WATCHER": city.foreign_watcher, "FOREIGN_TASK": foreign_task},
    }
    runs = iter(range(1000))

    def run(role: str, name: str, case: str) -> tuple[int, str, list[str]]:
        out = tmp_path / f"out{next(runs)}"
        out.mkdir()
        filled = case.replace("OUT", str(out))
        for mark in sorted(names, key=len, reverse=True):
            filled = filled.replace(mark, names[mark])
        words = ["--user", f"demo-{role}", *name.split(), *shlex.split(filled)]
        settings = {"MIMAMORI_DATABASE": url, "MIMAMORI_LANGUAGE": "en"}
        done = CliRunner().invoke(app, words, env=settings)
        assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
        return done.exit_code, done.output + text_of_files(out), filled.replace(":", " ").split()

    return run


def _with_task(city: City) -> str:
    """Return a home of the other district that asked for daily help."""
    homes = city.truth.homes.loc[city.truth.tasks]
    return homes.index[(homes["district"] == OTHER) & (homes["consent"] >= 2)][0]


def test_every_command_is_tried_here():
    assert set(CASES) == all_commands()


@pytest.mark.slow
@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_no_command_tells_a_role_of_a_home_that_is_not_its_own(city, command, role):
    ordered = sorted(CASES, key=lambda one: (one not in FIRST, one))
    for name in (name for name in ordered if may_run(role, name.split()[0])):
        for case in CASES[name]:
            code, shown, typed = command(role, name, case)
            assert code in (0, 1), (name, case, shown)
            assert city.given_away(role, shown, *typed) == set(), (name, case)


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_a_command_of_others_writes_and_tells_nothing(command, role):
    for name in (name for name in CASES if not may_run(role, name.split()[0])):
        code, shown, _ = command(role, name, CASES[name][0])
        assert code == 1 and "Expected a role that may run" in shown, (name, shown)


def test_coordinators_files_do_hold_own_homes(city, command):
    agreed = city.truth.open_to("coordinator", district=OWN)
    for name, case in (("rounds", CASES["rounds"][0]), ("assign", CASES["assign"][0])):
        assert agreed & set(city.truth.given_away(command("coordinator", name, case)[1], set())), name


@pytest.mark.parametrize("name", ["assign", "successors", "support"])
def test_a_coordinator_who_names_no_district_gets_its_own(city, command, name):
    code, shown, _ = command("coordinator", name, "--out OUT")
    assert code == 0 and city.given_away("coordinator", shown) == set()


def test_a_coordinator_of_several_districts_must_name_one(city):
    store = Store(f"sqlite:///{city.file}")
    with operators.acting_as(demo_store.coordinator(OWN, OTHER)):
        with pytest.raises(RequestError, match="K01, K02"):
            find_asker(store, None)
        assert find_asker(store, OTHER)[0] == OTHER
    assert find_asker(store, None)[0] is None  # who runs the machine asks for the whole city
    store.close()


def test_no_service_gives_a_coordinator_the_successors_of_the_whole_city(demo):
    who = demo_store.coordinator(OWN)
    with pytest.raises(AccessRefusedError):
        handovers.plan_for_district(demo, who, None, "normal", DEMO_DATE)
