"""The dashboard's charts: Vega-Lite specs made by Altair, each with its numbers as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

import altair as alt
from altair.utils import schemapi

from webapp.dashboard.statistics import Bin

HEIGHT: Final = 220
FEW_DAYS: Final = 10
"""So many days at most are all named; left alone the axis would name the hours between, each as its day."""

_LEGEND: Final = alt.Legend(title=None, labelLimit=0)
_ROWS: Final = alt.NamedData(name="rows")
_DUES: Final = alt.NamedData(name="dues")

# Held against the schema in the tests: here that would take most of a page's time.
schemapi.disable_debug_mode()

Row = tuple[str | int | float | None, ...]


@dataclass(frozen=True)
class Figure:
    """A chart and its table, as the macro `figure` of dashboard/parts.html takes it."""

    title: str
    spec: dict[str, Any]
    head: tuple[str, ...]
    rows: Sequence[Row]


def bars(title: str, bins: Sequence[Bin], axis: str, counted: str = "Students") -> Figure:
    """A distribution."""
    rows = [(each.label, each.count) for each in bins]
    return Figure(title, _filled(_bars(axis, counted), rows=_named([axis, counted], rows)), (axis, counted), rows)


def grouped(title: str, series: Mapping[str, Sequence[Bin]], axis: str, counted: str = "Students") -> Figure:
    """Distributions over the same ranges, side by side."""
    long = [(each.label, name, each.count) for name, bins in series.items() for each in bins]
    wide: list[Row] = [
        (each.label, *(bins[place].count for bins in series.values()))
        for place, each in enumerate(next(iter(series.values())))
    ]
    names = tuple(series)
    spec = _filled(_grouped(names, axis, counted), rows=_named([axis, "which", counted], long))
    return Figure(title, spec, (axis, *names), wide)


def over_days(
    title: str,
    days: Sequence[date],
    series: Mapping[str, Sequence[float | None]],
    axis: str,
    due: Mapping[date, str],
) -> Figure:
    """What has added up to the end of each day; None where the day has not come. Due dates are marked."""
    long = [
        (day.isoformat(), name, value)
        for name, values in series.items()
        for day, value in zip(days, values, strict=True)
        if value is not None
    ]
    rows = [
        (day.isoformat(), *(values[place] for values in series.values()), due.get(day, ""))
        for place, day in enumerate(days)
    ]
    names, data = tuple(series), {"rows": _named(["day", "which", axis], long)}
    if due:
        data["dues"] = _named(["day", "due"], [(day.isoformat(), words) for day, words in due.items()])
    spec = _filled(_over_days(names, axis, with_dues=bool(due), few_days=len(days) <= FEW_DAYS), **data)
    return Figure(title, spec, ("Day", *names, "Due"), rows)


# --- forms: what Altair makes, once for each; a page only puts its data in ---------------------------------------------


@cache
def _bars(axis: str, counted: str) -> dict[str, Any]:
    return _spec(
        alt.Chart(_ROWS).mark_bar().encode(x=_ordinal(axis), y=_whole(counted), tooltip=[f"{axis}:N", f"{counted}:Q"])
    )


@cache
def _grouped(names: tuple[str, ...], axis: str, counted: str) -> dict[str, Any]:
    return _spec(
        alt.Chart(_ROWS)
        .mark_bar()
        .encode(
            x=_ordinal(axis),
            xOffset=alt.XOffset("which:N", sort=list(names)),
            y=_whole(counted),
            color=alt.Color("which:N", sort=list(names), legend=_LEGEND),
            tooltip=[f"{axis}:N", "which:N", f"{counted}:Q"],
        )
    )


@cache
def _over_days(names: tuple[str, ...], axis: str, *, with_dues: bool, few_days: bool) -> dict[str, Any]:
    time = alt.X(
        "day:T",
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(title=None, format="%-d %b", labelOverlap=True, tickCount="day" if few_days else alt.Undefined),
    )
    lines = (
        alt.Chart(_ROWS)
        .mark_line(interpolate="step-after")
        .encode(
            x=time,
            y=alt.Y(f"{axis}:Q", scale=alt.Scale(zero=True, nice=5), axis=alt.Axis(tickMinStep=1)),
            color=alt.Color("which:N", sort=list(names), legend=_LEGEND),
            strokeDash=alt.StrokeDash("which:N", sort=list(names), legend=_LEGEND),
            tooltip=[
                alt.Tooltip("day:T", timeUnit="utcyearmonthdate", title="by the end of"),
                alt.Tooltip("which:N", title="which"),
                alt.Tooltip(f"{axis}:Q", format=".3~r"),
            ],
        )
    )
    if not with_dues:
        return _spec(lines)
    dues = alt.Chart(_DUES).encode(x=time, tooltip=[alt.Tooltip("due:N", title="due")])
    marks = dues.mark_rule(strokeDash=[4, 3], strokeWidth=1.5)
    labels = dues.mark_text(text="due", align="right", baseline="top", dx=-4, dy=2).encode(y=alt.value(0))
    return _spec(lines + marks + labels)


def _ordinal(field: str) -> alt.X:
    return alt.X(f"{field}:N", sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=False))


def _whole(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", scale=alt.Scale(nice=5), axis=alt.Axis(tickMinStep=1, format="d"))


def _spec(chart: alt.Chart | alt.LayerChart) -> dict[str, Any]:
    """The spec without what the page decides (colours and fonts), nor the address of a schema elsewhere."""
    spec: dict[str, Any] = chart.properties(height=HEIGHT).to_dict(validate=False)
    for ours in ("$schema", "config"):
        del spec[ours]
    return spec


def _named(names: Sequence[str], rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in rows]


def _filled(form: dict[str, Any], **datasets: list[dict[str, Any]]) -> dict[str, Any]:
    """The form with its data, which it knows by these names."""
    return {**form, "datasets": datasets}
