"""The charts are Vega-Lite, as its schema has it: making them for a page does not ask."""

from __future__ import annotations

from datetime import date, timedelta

import altair as alt
import pytest
from jsonschema import ValidationError

from webapp.dashboard import charts
from webapp.dashboard.statistics import Bin

BINS = [Bin("0 to 4", 3), Bin("5 to 10", 7)]
DAYS = [date(2026, 1, 1) + timedelta(days=place) for place in range(3)]
FIGURES = {
    "bars": lambda: charts.bars("Scores", BINS, "Score"),
    "grouped": lambda: charts.grouped("Grades", {"certain": BINS, "possible": BINS}, "Grade"),
    "over days": lambda: charts.over_days("Passed", DAYS, {"all": [1, 2, None]}, "Students", {}),
    "over days with dates": lambda: charts.over_days("Passed", DAYS, {"all": [1, 2, 3]}, "Students", {DAYS[1]: "Adam"}),
}


@pytest.mark.parametrize("figure", FIGURES)
def test_a_chart_is_vega_lite(figure):
    spec = FIGURES[figure]().spec
    alt.Chart.from_dict(spec, validate=True)


def test_what_is_no_vega_lite_would_be_noticed():
    spec = charts.bars("Scores", BINS, "Score").spec
    spec["mark"] = "no such mark"
    with pytest.raises(ValidationError):
        alt.Chart.from_dict(spec, validate=True)
