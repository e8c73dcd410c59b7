"""The pages of the course office. Importing this package adds all of them to the blueprint."""

from webapp.office.blueprint import bp
from webapp.office.views import announcements, exercises, grants, log, overview, roster, verdicts

__all__ = ["bp", "announcements", "exercises", "grants", "log", "overview", "roster", "verdicts"]
