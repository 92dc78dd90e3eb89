"""Layers printed beside the ladder: what subtraction tells without protection, and nothing with it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.disclosure import HiddenCells
from analysis.overlapping import blank_cells, hidden_layers, hide_around, protect_layers
from analysis.public_reading import FURTHER, JOINED, PrintedTables
from analysis.publication import (
    COMMUNITY,
    PublicCounts,
    form_of,
    hide_more,
    print_release,
    secret_cells,
)
from analysis.publication_audit import ReadRelease, audit_releases

NO_SHRINKING = [phase for phase in Phase if phase is not Phase.shrink]
COLUMNS = ["block", "school", "watched", "gap"]

# Two community districts of two areas. School S1 is district A and a strip of three homes of B, all missed.
STRIP = [
    ("A|1", "S1", 40, 20),
    ("A|2", "S1", 30, 30),
    ("B|1", "S1", 0, 3),
    ("B|1", "S2", 50, 17),
    ("B|2", "S2", 40, 40),
]


def places_of(rows) -> pd.DataFrame:
    """Return places of (district|area, school, watched, missed); each school also is a neighbourhood."""
    table = pd.DataFrame(rows, columns=COLUMNS)
    table["community"] = table["block"].str.rsplit("|", n=1).str[0]
    return table.assign(joined=table["block"], neighbourhood=table["school"], mesh=table["school"])


def counts_of(places: pd.DataFrame) -> PublicCounts:
    areas = places.groupby("block")[["watched", "gap"]].sum().rename_axis("code")
    areas.insert(0, "district", areas.index.str.rsplit("|", n=1).str[0])
    return PublicCounts(areas, {"reach": int(areas["gap"].sum())}, {"fragile": 0})


def read_ladder(places: pd.DataFrame, hidden: HiddenCells = HiddenCells()) -> ReadRelease:
    counts = counts_of(places)
    printed = print_release(counts, hidden=hidden)
    area_of = pd.Series(counts.areas.index, index=counts.areas.index, dtype=object)
    secrets = tuple(secret_cells(counts, printed))
    return ReadRelease(printed.tables(), area_of, form_of(counts, printed), secrets)


def safe_ladder(places: pd.DataFrame, earlier: tuple[ReadRelease, ...] = ()) -> ReadRelease:
    hidden = HiddenCells()
    while True:
        now = read_ladder(places, hidden)
        audit = audit_releases((*earlier, now))
        if audit.passed:
            return now
        found = [cell for _, cell in audit.failed]
        hidden = hide_more(hidden, found, print_release(counts_of(places), hidden=hidden))


def with_layers(ladder: ReadRelease, places: pd.DataFrame, tables, secrets=()) -> ReadRelease:
    """Return the release with further tables, as its reader has it."""
    printed = PrintedTables({**ladder.tables.layers, **tables}, ladder.tables.city)
    where = places[["block", *FURTHER]]
    return ReadRelease(printed, ladder.area_of, ladder.form, (*ladder.secrets, *secrets), where)


def publish(places: pd.DataFrame, layers, earlier: tuple[ReadRelease, ...] = ()) -> ReadRelease:
    """Hide more of the further layers until the attack fails, as a publication does."""
    ladder = safe_ladder(places, earlier)
    hidden = frozenset().union(*(hidden_layers(one.tables, layers) for one in earlier))
    first = protect_layers(places, ladder.tables, layers, hidden=hidden)
    tables = first.tables
    for _ in range(20):
        now = with_layers(ladder, places, tables, first.secrets)
        audit = audit_releases((*earlier, now))
        if audit.passed:
            return now
        more = hide_around(places, [cell for _, cell in audit.failed], now.tables, layers)
        assert more
        tables = blank_cells(tables, more)
    raise AssertionError("no end")


def open_tables(places: pd.DataFrame, layer: str = "school") -> dict[str, pd.DataFrame]:
    """Return a layer with every count printed."""
    table = places.groupby(layer)[["watched", "gap"]].sum().astype("Int64")
    return {layer: table.assign(households=table["watched"] + table["gap"])[list(FURTHER[layer])]}


def test_school_less_district_tells_a_piece_of_three():
    places = places_of(STRIP)
    ladder = safe_ladder(places)
    secrets = protect_layers(places, ladder.tables, ["school"]).secrets
    audit = audit_releases([with_layers(ladder, places, open_tables(places), secrets)])
    found = {cell for _, cell in audit.failed}
    assert ("school-community", "S1\x1fA", "households") in found or (
        "community&school",
        "B\x1fS1",
        "households",
    ) in found
    assert audit.alone.exact >= 2  # the three homes, and that all of them are missed


def test_joint_protection_hides_what_tells_the_piece():
    places = places_of(STRIP)
    safe = publish(places, ["school"])
    schools = safe.tables.layers["school"]
    assert schools["households"].isna().all()  # with one printed, the district tells the other
    assert audit_releases([safe]).alone.exact == 0


def test_ladder_is_printed_the_same_beside_further_layers():
    places = places_of(STRIP)
    alone, safe = safe_ladder(places), publish(places, ["school", "mesh"])
    for layer in (COMMUNITY, JOINED):
        pd.testing.assert_frame_equal(alone.tables.layers[layer], safe.tables.layers[layer])
    assert alone.tables.city == safe.tables.city


def test_schools_that_are_the_districts_are_printed_whole():
    rows = [("A|1", "S1", 40, 20), ("B|1", "S2", 30, 30)]
    safe = publish(places_of(rows), ["school"])
    assert safe.tables.layers["school"].loc["S1"].tolist() == [60, 40, 20]
    assert safe.tables.layers["school"].loc["S2"].tolist() == [60, 30, 30]


def test_school_with_a_small_gap_prints_neither_part():
    rows = [("A|1", "S1", 60, 4), ("A|2", "S2", 40, 30), ("B|1", "S3", 50, 40), ("A|1", "S2", 20, 40)]
    table = publish(places_of(rows), ["school"]).tables.layers["school"]
    assert table.loc["S1", ["watched", "gap"]].isna().all()


def test_mesh_prints_households_and_no_gaps():
    table = publish(places_of(STRIP), ["mesh"]).tables.layers["mesh"]
    assert list(table.columns) == ["households"]


def test_count_hidden_once_stays_hidden_in_the_year():
    places = places_of(STRIP)
    first = publish(places, ["school"])
    later = places[places["watched"] > 0].reset_index(drop=True)  # the strip's homes are gone
    second = publish(later, ["school"], (first,))
    before, after = first.tables.layers["school"], second.tables.layers["school"]
    assert not (before.isna() & ~after.isna()).any(axis=None)
    assert audit_releases((first, second)).failed == []


def test_layer_added_half_a_year_later_opens_nothing_earlier():
    places = places_of(STRIP)
    first = publish(places, ["mesh"])
    second = publish(places, ["school", "mesh"], (first,))
    assert audit_releases((first, second)).failed == []


def test_hiding_goes_outward_from_the_secret_found():
    places = places_of([("A|1", "S1", 40, 20), ("A|2", "S2", 30, 30), ("B|1", "S3", 20, 20)])
    tables = PrintedTables(open_tables(places), {})
    codes = []
    while more := hide_around(places, [(JOINED, "A|1", "gap")], tables, ["school"]):
        codes.append({code for _, code, _ in more})
        tables = PrintedTables(blank_cells(tables.layers, more), {})
    assert codes == [{"S1"}, {"S2"}, {"S3"}]


PLACE = st.tuples(
    st.sampled_from(["A|1", "A|2", "B|1", "B|2", "C|1"]),
    st.sampled_from(["S1", "S2", "S3"]),
    st.integers(0, 40),
    st.integers(0, 30),
)


@settings(max_examples=15, deadline=None, phases=NO_SHRINKING)
@given(st.lists(PLACE, min_size=3, max_size=9, unique_by=lambda row: row[:2]))
def test_secrets_beside_further_layers_stay_wide_for_another_solver(rows):
    places = places_of(rows)
    release = publish(places, ["school"])
    areas = release.tables.layers[JOINED].index
    said = list(statements(release, places, areas))
    keys = sorted({key for factors, _, _ in said for key in factors})
    matrix = np.array([[factors.get(key, 0) for key in keys] for factors, _, _ in said])
    rules = LinearConstraint(matrix, [one[1] for one in said], [one[2] for one in said])
    for factors in secret_sets(places):
        goal = np.array([factors.get(key, 0) for key in keys])
        ends = [
            milp(sign * goal, constraints=rules, bounds=Bounds(0, 9_999), integrality=np.ones(len(keys)))
            for sign in (1, -1)
        ]
        assert all(end.status == 0 for end in ends)
        assert -ends[1].fun - ends[0].fun >= 5


def statements(release: ReadRelease, places: pd.DataFrame, areas: pd.Index):
    """Yield (factors by (place, part), lower, upper) of all that is printed; apart from the reader."""
    parts = {"watched": ("watched",), "gap": ("gap",), "households": ("watched", "gap")}
    columns = {COMMUNITY: "community", "school": "school"}
    for layer, column in columns.items():
        for code, row in release.tables.layers[layer].iterrows():
            inside = places.index[places[column] == code]
            for count, own in parts.items():
                value = row[count]
                ends = (0, np.inf) if pd.isna(value) else (int(value), int(value))
                yield {(at, part): 1 for at in inside for part in own}, *ends
            if layer == COMMUNITY:
                yield from class_statement(inside, row["class"])
    for code in areas:
        inside = places.index[places["joined"] == code]
        yield from class_statement(inside, release.tables.layers[JOINED].loc[code, "class"])
    for count, own in parts.items():
        if release.tables.city[count] is not None:
            value = release.tables.city[count]
            yield {(at, part): 1 for at in places.index for part in own}, value, value


def class_statement(inside, name):
    if not pd.isna(name):
        factors = {(at, "watched"): 1 for at in inside} | {(at, "gap"): -2 for at in inside}
        yield (factors, 0, np.inf) if name == "mostly_watched" else (factors, -np.inf, -1)


def secret_sets(places: pd.DataFrame):
    """Yield each small set of homes that two areas have in common, or one over the other."""
    parts = {"watched": ("watched",), "gap": ("gap",), "households": ("watched", "gap")}
    pairs = places[["community", "school"]].drop_duplicates().itertuples(index=False)
    for district, school in pairs:
        one, other = (places["community"] == district, places["school"] == school)
        for inside in (one & other, one & ~other, other & ~one):
            if places.loc[inside, ["watched", "gap"]].to_numpy().sum() == 0:
                continue
            for own in parts.values():
                if places.loc[inside, list(own)].to_numpy().sum() < 10:
                    yield {(at, part): 1 for at in places.index[inside] for part in own}


@pytest.mark.parametrize("layers", [["school"], ["school", "neighbourhood", "mesh"]])
def test_city_without_any_household_hides_all_further_counts(layers):
    places = places_of([("A|1", "S1", 0, 0), ("B|1", "S2", 0, 0)])
    found = protect_layers(places, safe_ladder(places).tables, layers)
    assert all(table.isna().all(axis=None) for table in found.tables.values())
