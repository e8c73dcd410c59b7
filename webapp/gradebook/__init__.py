"""The gradebook: the class as a table, scores by hand, files in and out.

sheet.py    students x components, from the roll-ups: sorted, filtered, in pages
scores.py   a score by hand: read, compared with what stands there, written with its history; all or nothing
grid.py     the form in which scores are typed, and what is wrong with it, cell by cell
imports.py  a CSV file of scores: its faults line by line, what it would change, a fingerprint to confirm by
exports.py  the sheet as CSV, XLSX, and in the CSV forms of Moodle and Canvas
views.py    the pages
"""
