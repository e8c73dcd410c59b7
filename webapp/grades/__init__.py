"""Grades: from a student's attempts and scores to the course grade, and the page that shows how it came to be.

    attempts.py   what the attempts at one exercise are worth: deadlines, extensions, lateness, policies   (pure)
    grace.py      where grace days save the most points                                                    (pure)
    tree.py       the roll-up: every node's range and points, the final grade, "what do I need"            (pure)
    words.py      the same in sentences                                                                    (pure)
    views.py      the page

The pure modules know no database and no clock: what they need is handed in, and `now` with it. Every number is an exact
fraction; the final grade is rounded once, at the end. docs/grades.md is their manual, its examples are tests.
"""
