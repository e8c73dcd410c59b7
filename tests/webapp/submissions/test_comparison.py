"""What changed between two attempts."""

from dataclasses import replace

from webapp.submissions.comparison import compare


def test_it_counts_what_was_fixed_and_what_was_broken(report, marked):
    after = marked(report, multiplies=True, doubles=True, pure=False)
    change = compare(report, after)
    assert [check.name for check in change.fixed] == ["multiplies", "doubles"]
    assert [check.name for check in change.broken] == ["pure"]
    assert change.sentence == "2 checks fixed, 1 broken."


def test_one_check_is_told_in_the_singular(report, marked):
    assert compare(report, marked(report, multiplies=True)).sentence == "1 check fixed."
    assert compare(report, marked(report, pure=False)).sentence == "1 check broken."


def test_the_same_marks_are_told_as_the_same(report):
    assert compare(report, report).sentence == "The same checks pass."


def test_a_check_that_is_skipped_now_counts_as_broken(report, marked):
    after = marked(report)
    after.checks[2] = replace(after.checks[2], passed=False, skipped=True)
    assert [check.name for check in compare(report, after).broken] == ["pure"]


def test_checks_that_only_one_version_has_are_left_out(report):
    after = replace(report, exercise_version="v2", checks=report.checks[:2])
    change = compare(report, after)
    assert (change.fixed, change.broken) == ((), ())
    assert change.sentence == "The same checks pass. The exercise has been changed in between."


def test_a_file_that_could_not_be_judged_is_not_compared(report):
    skipped = [replace(check, passed=False, skipped=True) for check in report.checks]
    assert compare(report, replace(report, status="invalid", checks=skipped)) is None
