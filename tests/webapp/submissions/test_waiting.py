"""What somebody who waits is told, and when the page asks again."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.submissions.models import Submission
from webapp.submissions.services import Place, pace_of
from webapp.submissions.waiting import poll_after_ms, waiting

NOW = datetime(2026, 11, 23, 23, 40, tzinfo=UTC)


def submission(**changes):
    fields = {"state": "queued", "received_at": NOW, "failures": 0, "checks_done": 0, "checks_total": 0}
    return Submission(**{**fields, **changes})


def test_the_first_look_comes_at_once_and_later_ones_ever_later():
    delays = [poll_after_ms(Place(1, None), age_s) for age_s in (0, 0.1, 0.5, 1, 2, 3, 60)]
    assert delays[0] == 30
    assert delays == sorted(delays)
    assert delays[-1] == 1000


def test_the_delay_grows_with_the_place():
    delays = [poll_after_ms(Place(position, None), 0) for position in (1, 3, 30, 100, 1000)]
    assert delays == sorted(delays)
    assert delays[1] == 150
    assert delays[-1] == 10_000


def test_behind_the_front_whoever_has_waited_for_a_second_asks_once_a_second():
    delays = [poll_after_ms(Place(3, 0.1), age_s) for age_s in (0, 0.4, 1, 60)]
    assert delays == [100, 400, 1000, 1000]


def test_far_back_it_asks_when_the_verdict_is_expected():
    assert poll_after_ms(Place(150, 4.2), age_s=1) == 4200


def test_a_thousand_who_wait_ask_less_than_two_hundred_times_a_second():
    pace_s = 1 / 40
    asked = sum(1000 / poll_after_ms(Place(place, place * pace_s), age_s=1) for place in range(1, 1001))
    assert asked < 200


def test_the_pace_of_a_queue_is_from_verdict_to_verdict():
    graded = [NOW + timedelta(seconds=each) for each in (10, 8, 7, 6)]
    assert pace_of([(NOW, each) for each in graded]) == pytest.approx(4 / 3)


def test_the_pace_does_not_count_that_the_workers_had_nothing_to_do():
    sent = [NOW + timedelta(seconds=each) for each in (50, 20, 0)]
    assert pace_of([(each, each + timedelta(seconds=0.25)) for each in sent]) == 0.25


def test_one_grading_tells_no_pace():
    assert pace_of([(NOW, NOW)]) is None
    assert pace_of([]) is None


def test_what_is_held_back_is_not_asked_for_before():
    assert poll_after_ms(Place(1, None), age_s=0, held_s=4) == 4000


def test_the_queue_is_told_with_place_and_estimate():
    told = waiting(submission(), Place(3, 4.2), NOW)
    assert (told.ours, told.headline) == (False, "Place 3 in the queue, about 5 seconds.")
    assert "close this page" in told.hint
    assert waiting(submission(), Place(1, None), NOW).headline == "Next in the queue."
    assert waiting(submission(), Place(900, 300), NOW).headline == "Place 900 in the queue, about 5 minutes."


def test_grading_tells_how_far_it_is():
    at_work = submission(state="grading", checks_done=3, checks_total=8)
    assert waiting(at_work, Place(1, None), NOW).headline == "Grading: 3 of 8 checks done."
    assert waiting(submission(state="grading"), Place(1, None), NOW).headline == "Grading."


def test_our_failure_is_told_as_ours_and_costs_nothing():
    told = waiting(submission(failures=1, not_before=NOW + timedelta(seconds=2)), Place(1, None), NOW)
    assert told.ours
    assert told.headline == "Our sandbox stopped, not your code."
    assert told.hint == "We are running it again; this costs no attempt."
    assert told.poll_after_ms == 2000
