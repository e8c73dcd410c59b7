"""When an exercise opens, is due and closes: dates of course.toml, read in the course's time zone and kept in UTC."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from grader.table import Table

MOST_ATTEMPTS = 1_000_000


@dataclass(frozen=True)
class Timetable:
    """When an exercise can be handed in; None is "without such a limit". All moments are in UTC.

    Until `due` (that moment included) work is on time, from then until `closes` it is late, after `closes` nothing is
    accepted. `attempts` is how many submissions a student has.
    """

    opens: datetime | None = None
    due: datetime | None = None
    closes: datetime | None = None
    attempts: int | None = None


def read_zone(table: Table) -> tzinfo | None:
    """The course's time zone; None where this computer has no time zone database at all, as a student's may."""
    name = table.get("timezone", str, "UTC")
    if name == "UTC":
        return UTC
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        if _has_time_zones():
            expected = "expected a name of the time zone database, such as Europe/Madrid"
            raise table.wrong("timezone", f"is {name!r}; {expected}") from None
        return None


def _has_time_zones() -> bool:
    try:
        zoneinfo.ZoneInfo("Europe/London")
    except zoneinfo.ZoneInfoNotFoundError:
        return False
    return True


def read_timetable(table: Table, zone: tzinfo | None, otherwise: Timetable) -> Timetable:
    """The dates in a table, with `otherwise` for what it leaves open. Raises CourseError when they are out of order."""
    moments = {key: _moment(table, key, zone, getattr(otherwise, key)) for key in ("opens", "due", "closes")}
    attempts = otherwise.attempts
    if "attempts" in table:
        attempts = table.count("attempts", least=1, most=MOST_ATTEMPTS)
    timetable = Timetable(**moments, attempts=attempts)
    for first, second in (("opens", "due"), ("due", "closes"), ("opens", "closes")):
        earlier, later = moments[first], moments[second]
        if earlier is not None and later is not None and earlier > later:
            key = second if second in table else first
            raise table.wrong(
                key,
                f"is out of order: {first} ({_told(earlier, zone)}) is after {second} ({_told(later, zone)}); "
                "expected opens, then due, then closes",
            )
    return timetable


def _moment(table: Table, key: str, zone: tzinfo | None, otherwise: datetime | None) -> datetime | None:
    if key not in table:
        return otherwise
    written = table.get(key, datetime)
    if zone is None:
        return None  # nobody can read it here; Course.timetable says so
    if written.tzinfo is not None:
        return written.astimezone(UTC)
    moment = written.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != written:
        raise table.wrong(
            key, f"is {written.isoformat()}, which {zone} skips: the clocks go forward; name another hour"
        )
    return moment


def _told(moment: datetime, zone: tzinfo | None) -> str:
    return moment.astimezone(zone).isoformat(sep=" ", timespec="minutes")
