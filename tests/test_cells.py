"""Counts by mesh cell for the screen: nothing of fewer than ten, and nobody lost from the sums."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.errors import ParameterError
from app.services import coverage
from app.services.cells import SMALLEST_SHOWN, load_mesh, shown_cells
from app.ui.tables import describe_areas, ranking
from app.ui.text import Words
from geodata.errors import StoreNotReadyError
from geodata.write import raise_revision
from tests.demo_store import PLANNER


@pytest.fixture
def figures(demo):
    return coverage.load_city_figures(demo, PLANNER, "normal", coverage.read_info(demo).reference_date)


@pytest.mark.parametrize("level", ["1km", "250m", "125m"])
def test_cells_and_those_left_out_add_up_to_the_city(demo, figures, level):
    mesh = load_mesh(demo, PLANNER, figures, level)
    sums = mesh.counts.drop(columns="name").sum()
    assert sums.to_dict() == pytest.approx({name: figures.totals[name] for name in sums.index})


def test_columns_are_those_of_every_other_layer(demo, figures):
    mesh = load_mesh(demo, PLANNER, figures, "250m")
    assert list(mesh.counts.columns) == list(figures.layers["community"].columns)
    assert list(mesh.shapes.index) == [code for code in mesh.counts.index if code]


def test_a_cell_of_fewer_than_ten_is_left_out_and_counted(demo, figures):
    whole, fine = (load_mesh(demo, PLANNER, figures, level) for level in ("1km", "125m"))
    for mesh in (whole, fine):
        assert (mesh.counts.drop(index="", errors="ignore")["households"] >= SMALLEST_SHOWN).all()
    assert fine.cells_left_out > whole.cells_left_out > 0
    assert fine.counts.loc["", "households"] > whole.counts.loc["", "households"]


def test_cells_hold_what_their_quarters_hold(demo, figures):
    # A 500 m cell is shown with all its households, whether or not its quarters are.
    coarse, fine = (load_mesh(demo, PLANNER, figures, level).counts for level in ("500m", "250m"))
    quarters = fine.drop(index="")["households"]
    sums = quarters.groupby(quarters.index.str[:9]).sum()
    known = coarse["households"].reindex(sums.index)
    assert (sums <= known).all()
    assert known.notna().all()


def test_an_unknown_level_is_refused(demo, figures):
    with pytest.raises(ParameterError, match="Expected level"):
        load_mesh(demo, PLANNER, figures, "100m")


def test_cells_of_older_figures_are_refused(demo, figures):
    with demo.begin(write=True) as session:
        raise_revision(session)
    coverage.load_city_figures(demo, PLANNER, "normal", figures.date)
    with pytest.raises(StoreNotReadyError, match="got newer data"):
        load_mesh(demo, PLANNER, figures, "250m")


def test_counting_in_cells_leaves_a_trace_of_who_counted(demo, figures):
    def events() -> pd.DataFrame:
        with demo.engine.connect() as connection:
            return pd.read_sql("SELECT * FROM audit_event", connection)

    before = len(events())
    load_mesh(demo, PLANNER, figures, "250m")
    assert events().iloc[before:]["act"].tolist() == ["count"]


def test_a_square_of_125_m_is_shown_only_beside_all_its_neighbours_of_the_coarser_cell():
    # The second 250 m cell has a square of 3: shown beside it, the others would tell of these three.
    sizes = pd.Series({"54366584111": 12, "54366584112": 10, "54366584121": 20, "54366584122": 3})
    assert list(shown_cells(sizes, "125m")) == ["54366584111", "54366584112"]
    assert list(shown_cells(sizes, "250m")) == ["54366584111", "54366584112", "54366584121"]


def test_a_layer_without_any_cell_to_show_gives_an_empty_table(demo, figures):
    nothing = load_mesh(demo, PLANNER, figures, "125m").counts.iloc[:0]
    table = ranking(nothing, Words("ja"), hide_small=True)
    assert table.data.empty and Words("ja")("column.missed_share") in table.columns
    assert describe_areas(nothing, Words("ja"), hide_small=True).empty
