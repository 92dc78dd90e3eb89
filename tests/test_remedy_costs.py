"""The table of costs: every figure assumed until the city states its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import ParameterError
from analysis.frames import ACTIVE_KINDS
from analysis.remedy_costs import RemedyCosts


def test_every_kind_that_visits_has_a_cost_and_no_other_has():
    costs = RemedyCosts(recruit_npo=7)
    assert {kind: costs.of_recruit(kind) for kind in ACTIVE_KINDS}["npo"] == 7
    with pytest.raises(ParameterError, match="got 'shop'"):
        costs.of_recruit("shop")


def test_the_table_says_what_is_still_assumed():
    table = RemedyCosts(ask=500).as_table()
    assert table.loc["ask"].tolist() == ["household", 500.0, False]
    assert table.loc["recruit_student", "unit"] == "watcher"
    assert table["assumed"].sum() == len(table) - 1


def test_costs_survive_the_way_through_the_table():
    costs = RemedyCosts(ask=500, agreement=0)
    assert RemedyCosts.from_table(costs.as_table()["yen_per_year"]) == costs
    assert RemedyCosts.from_table(pd.Series({"ask": 500.0})) == RemedyCosts(ask=500)


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_costs_below_zero_missing_or_endless_are_refused(wrong):
    with pytest.raises(ParameterError, match="Expected costs >= 0 yen a year, got winter="):
        RemedyCosts(winter=wrong)


def test_unknown_and_repeated_remedies_are_refused_by_name():
    with pytest.raises(ParameterError, match="got magic, ask"):
        RemedyCosts.from_table(pd.Series([1.0, 2.0, 3.0], index=["ask", "ask", "magic"]))
