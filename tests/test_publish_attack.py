"""Two releases of one year attacked from outside: files read by other code, bounds by another solver."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from sqlalchemy import select, update

from analysis.frames import WEAK_CLASSES
from analysis.public_cells import CountCells
from analysis.suppression import suppress
from app.publish import PublishRequest, make_release
from app.services import publication
from app.ui.text import Words
from geodata.models import Household
from geodata.session import Store
from geodata.write import raise_revision
from tests import demo_store
from tests.demo_store import PLANNER

APRIL, OCTOBER = dt.date(2026, 4, 1), dt.date(2026, 10, 1)
PARTS = ("watched", "gap")
LEAVING = 3  # households that end between the two releases
CONSTANT = re.compile(
    r"1:[\d,]+|JGD\d+|EPSG:\d+|第\d+系|A3|[\d. ]+ k?m$|拡大図.*|令和.*|\d{4}-\d\d-\d\d", re.MULTILINE
)


@pytest.fixture(scope="module")
def year(demo_file, tmp_path_factory):
    """Publish April and October; in July some households end: (true counts, report, folder) of each."""
    folder = tmp_path_factory.mktemp("year")
    store = Store(demo_store.copy(demo_file, folder))
    with store.begin(write=True) as session:
        names = select(Household.household_id).order_by(Household.household_id)
        leaving = session.scalars(names).all()[:LEAVING]
        ended = update(Household).where(Household.household_id.in_(leaving))
        session.execute(ended.values(valid_to=dt.date(2026, 7, 1)))
        raise_revision(session)
    releases = []
    for date in (APRIL, OCTOBER):
        counts = publication.prepare(store, PLANNER, "normal", date, tell=lambda _step: None).counts
        request = PublishRequest("normal", folder / date.isoformat(), False, date)
        made = make_release(store, PLANNER, request, words=Words("ja"), tell=lambda _step: None)
        releases.append((counts, made.report, folder / date.isoformat()))
    store.close()
    return releases


def rows_of(folder, name):
    text = (folder / name).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def read_statements(folder, least=15):
    """Return area codes, and (factors by unknown, lower, upper) of everything the CSV files say.

    Unknowns are (area, part) and ("city", reason).
    """
    areas = {row["area"]: row["district"] for row in rows_of(folder, "joined_areas.csv")}
    areas[""] = ""  # households in no district
    said = []
    parts = {"watched": ("watched",), "gap": ("gap",), "households": ("watched", "gap")}
    for row in rows_of(folder, "districts.csv"):
        inside = [area for area, district in areas.items() if district == row["code"]]
        for count, own in parts.items():
            if row[count] != "–":
                said.append(({(area, part): 1 for area in inside for part in own}, *2 * [int(row[count])]))
        said += class_statement(inside, row["class"])
    for row in rows_of(folder, "joined_areas.csv"):
        said += class_statement([row["area"]], row["class"])
        said.append(({(row["area"], part): 1 for part in ("watched", "gap")}, least, np.inf))
    for row in rows_of(folder, "city.csv"):
        if row["count"] in parts and row["households"] != "–":
            factors = {(area, part): 1 for area in areas for part in parts[row["count"]]}
            said.append((factors, *2 * [int(row["households"])]))
    city = {
        row["count"]: row["households"] for row in rows_of(folder, "city.csv") if row["count"] not in parts
    }
    said += [({("city", one): 1}, int(value), int(value)) for one, value in city.items() if value != "–"]
    missed = {(area, "gap"): -1 for area in areas}
    said.append(({("city", one): 1 for one in city if one not in WEAK_CLASSES} | missed, 0, 0))
    return list(areas), said


def class_statement(areas, name):
    if name == "–":
        return []
    factors = {(area, "watched"): 1 for area in areas} | {(area, "gap"): -2 for area in areas}
    return [(factors, 0, np.inf) if name == "mostly_watched" else (factors, -np.inf, -1)]


def extremes(statements, wanted):
    """Return the least and greatest whole value of each sum of unknowns, by the solver of SciPy."""
    unknowns = sorted({key for factors, _, _ in statements for key in factors} | set().union(*wanted))
    column = {key: number for number, key in enumerate(unknowns)}
    matrix = np.zeros((len(statements), len(unknowns)))
    for number, (factors, _, _) in enumerate(statements):
        for key, factor in factors.items():
            matrix[number, column[key]] = factor
    rules = LinearConstraint(matrix, [one[1] for one in statements], [one[2] for one in statements])
    found = []
    for keys in wanted:
        goal = np.zeros(len(unknowns))
        goal[[column[key] for key in keys]] = 1
        ends = [
            milp(sign * goal, constraints=rules, bounds=Bounds(0, 10_000), integrality=np.ones(len(goal)))
            for sign in (1, -1)
        ]
        assert all(end.status == 0 for end in ends)
        found.append(tuple(round(float(goal @ end.x)) for end in ends))
    return found


def secret_sums(counts, folder):
    """Return the unknowns of each hidden count of the city and a district, and of small counts of areas."""
    areas = counts.areas
    sums = [{("city", row["count"])} for row in rows_of(folder, "city.csv") if row["households"] == "–"]
    for row in rows_of(folder, "districts.csv"):
        inside = areas.index[areas["district"] == row["code"]]
        parts = [part for part in ("watched", "gap") if row[part] == "–"]
        sums += [{(area, part) for area in inside} for part in parts]
    small = [(code, part) for part in ("watched", "gap") for code in areas.index[areas[part] < 10] if code]
    return sums + [{key} for key in small]


def test_each_release_leaves_six_values_to_another_solver(year):
    for counts, _, folder in year:
        _, said = read_statements(folder)
        wanted = secret_sums(counts, folder)
        assert wanted
        assert min(upper - lower for lower, upper in extremes(said, wanted)) >= 5


def test_two_dates_together_leave_six_values_to_another_solver(year):
    change = year[1][1]["change_supposed"]
    said, names = [], {}
    for date, (_, _, folder) in enumerate(year):
        areas, own = read_statements(folder)
        names[date] = areas
        said += [({(date, *key): one for key, one in factors.items()}, *ends) for factors, *ends in own]
    assert names[0] == names[1]
    for area in names[0]:
        said += [({(0, area, part): -1, (1, area, part): 1}, -change, change) for part in ("watched", "gap")]
    for date, (counts, _, folder) in enumerate(year):
        wanted = [{(date, *key) for key in keys} for keys in secret_sums(counts, folder)]
        assert min(upper - lower for lower, upper in extremes(said, wanted)) >= 5


def test_the_true_city_is_one_a_reader_could_have(year):
    for counts, _, folder in year:
        _, said = read_statements(folder)
        true = {(code, part): counts.areas.loc[code, part] for code in counts.areas.index for part in PARTS}
        true |= {("city", one): value for one, value in (counts.missed | counts.weak).items()}
        for factors, lower, upper in said:
            value = sum(factor * true.get(key, 0) for key, factor in factors.items())
            assert lower <= value <= upper


def test_sheet_prints_no_number_but_those_of_the_tables(year):
    for _, _, folder in year:
        districts = {row["name"]: row for row in rows_of(folder, "districts.csv")}
        city = {row["count"]: row["households"] for row in rows_of(folder, "city.csv")}
        text = "\n".join(page.extract_text() for page in PdfReader(folder / "council.pdf").pages)
        lines = re.findall(r"^\d+ (\S+) (\S+) (\S+) (\S+) (\S+ ?%?)$", text, re.MULTILINE)
        assert len(lines) == len(districts)
        for line in lines:
            name, *printed, share = line
            row = districts[name]
            if row["gap"] == "–":  # nor a share, from which a count and the households could be had
                assert [*printed, share.strip()] == ["–"] * 4
                continue
            assert [one.replace(",", "") for one in printed] == [
                row["households"],
                row["watched"],
                row["gap"],
            ]
            assert share.split()[0] == f"{100 * int(row['gap']) / int(row['households']):.1f}"
        told = CONSTANT.sub(" ", re.sub(r"^\d+ \S+ \S+ \S+ \S+ \S+ ?%?$", " ", text, flags=re.MULTILINE))
        numbers = {one.replace(",", "") for one in re.findall(r"\d[\d,.]*", told)}
        whole, part = int(city["households"]), int(city["gap"])
        allowed = {*city.values(), "15", "30", "45", "60", f"{100 * part / whole:.1f}"}
        allowed |= {f"{100 - 100 * part / whole:.1f}"} | {str(one) for one in range(len(districts) + 1)}
        rows = [row for row in districts.values() if row["gap"] != "–"]
        shares = {f"{100 * int(row['gap']) / int(row['households']):.1f}" for row in rows}
        assert numbers <= allowed | {max(shares, key=float)}  # the largest of the table is named again


def test_hidden_counts_stand_in_no_row_property_or_metadata(year):
    for counts, report, folder in year:
        true = counts.areas.groupby("district")[["watched", "gap"]].sum()
        for row in rows_of(folder, "districts.csv"):
            hidden = {str(true.loc[row["code"], part]) for part in PARTS if row[part] == "–"}
            assert not hidden & {row["households"], row["watched"], row["gap"], row["class"]}
        for row in rows_of(folder, "joined_areas.csv"):
            assert set(row) == {"area", "district", "district_name", "class", "note"}
            assert row["class"] in {"mostly_watched", "less_watched", "–"}
        features = json.loads((folder / "joined_areas.geojson").read_text("utf-8"))["features"]
        assert all(
            set(one["properties"]) == {"area", "district", "district_name", "class"} for one in features
        )
        metadata = PdfReader(folder / "council.pdf").metadata
        assert not re.search(r"\d", metadata["/Title"])
        assert re.fullmatch(r"D:\d{8}0{6}Z", metadata["/CreationDate"])
        assert report == json.loads((folder / "audit.json").read_text("utf-8"))
        assert report["exactly_known"] == 0


@pytest.mark.parametrize("seed", range(4))
def test_overlapping_layers_and_their_pieces_stay_wide_for_another_solver(seed):
    # School districts that differ from the communities by strips of a few households along three borders.
    draw = np.random.default_rng(seed)
    community, school = np.array([0, 1, 2, 3, 0, 1, 2]), np.array([0, 1, 2, 3, 1, 2, 3])
    households = np.append(draw.integers(20, 60, 4), draw.integers(1, 10, 3))
    layer = [labels == area for labels in (community, school) for area in range(4)]
    sums = np.vstack([*layer, np.ones(7)]).astype(float)
    layers = ["community"] * 4 + ["school"] * 4 + ["city"]
    names = pd.MultiIndex.from_arrays([layers, [*range(4), *range(4), 0], ["n"] * 9])
    pieces = pd.MultiIndex.from_product([range(7), ["n"]])
    cells = CountCells(names, pieces, csr_array(sums), (sums @ households).astype(np.int64))
    thin = np.eye(7)[households < 10]
    hidden = suppress(cells, also_protect=csr_array(thin)).hidden
    printed = [
        ({(str(piece), "n"): 1 for piece in np.flatnonzero(row)}, value, value)
        for row, value in zip(sums[~hidden], (sums @ households)[~hidden], strict=True)
    ]
    wanted = [{(str(piece), "n")} for piece in np.flatnonzero(households < 10)]
    wanted += [{(str(piece), "n") for piece in np.flatnonzero(row)} for row in sums[hidden]]
    assert min(upper - lower for lower, upper in extremes(printed, wanted)) >= 5
