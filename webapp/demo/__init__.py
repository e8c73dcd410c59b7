"""The demo: one edition of a course with an account for every role, and a class that works through it.

edition   the course and the accounts whose passwords everyone knows
files     what students hand in: right, mistaken and broken files, made from the exercise's own material
people    who they are
story     who hands in what and when: pure, and the same for the same seed
office    what the teaching team has decided meanwhile: dates, scores by hand, extensions
classes   all of it put into a database, to be graded by workers, graded here, or graded once and repeated
"""

from webapp.demo.edition import PASSWORD, PEOPLE, SLUG, WrongHome, prepare, require_kind

__all__ = ["PASSWORD", "PEOPLE", "SLUG", "WrongHome", "prepare", "require_kind"]
