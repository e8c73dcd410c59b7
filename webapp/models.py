"""All tables, imported in one place: for migrations, and for whoever needs the whole schema."""

from webapp.accounts.models import EndedSession, Link, Password, Token, User
from webapp.audit import Change
from webapp.courses.models import Announcement, Course, ExerciseSetup, Membership
from webapp.database import Base
from webapp.exercises.models import Draft
from webapp.grades.models import Excuse, ExtensionGrant, HandScore, Rollup
from webapp.submissions.models import Override, Submission, Verdict
from webapp.submissions.progress import Progress, Trouble

__all__ = [
    "Base",
    "User",
    "Password",
    "EndedSession",
    "Link",
    "Token",
    "Course",
    "Membership",
    "ExerciseSetup",
    "Announcement",
    "Draft",
    "Submission",
    "Verdict",
    "Override",
    "Progress",
    "Trouble",
    "HandScore",
    "ExtensionGrant",
    "Excuse",
    "Rollup",
    "Change",
]
