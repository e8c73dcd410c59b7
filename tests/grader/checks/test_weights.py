"""Initial weights that are draws of their own, and those that are not."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checks import Wrong, require_independent_weights, require_tails, require_unrelated_weights


def drawn(*shape):
    return np.random.default_rng(1).standard_normal(shape)


@pytest.mark.parametrize("seed", range(20))
def test_independent_draws_pass(seed):
    rng = np.random.default_rng(seed)
    for w in (rng.standard_normal((60, 50)), rng.uniform(-1, 1, (60, 50)), rng.standard_normal((60, 50), np.float32)):
        require_independent_weights(w, 60, 50, "init")
        require_unrelated_weights(w, "init")
    assert require_tails(rng.standard_normal((600, 60)), 1.0, "init") is None


@pytest.mark.parametrize(
    ("w", "sentence"),
    [
        (drawn(60, 49), "returned 2940 numbers, expected 3000"),
        (np.full((60, 50), np.nan), "returned nan or inf"),
        (np.ones((60, 50)), "all of them the same number"),
        (np.tile(drawn(1, 50), (60, 1)), "and all rows are equal"),
        (np.tile(drawn(60, 1), (1, 50)), "and all columns are equal"),
    ],
)
def test_what_is_no_number_for_each_connection_is_told(w, sentence):
    with pytest.raises(Wrong, match=sentence):
        require_independent_weights(w, 60, 50, "init")


@pytest.mark.parametrize(
    ("w", "sentence"),
    [
        (np.concatenate([drawn(30, 50), -drawn(30, 50)]), "that are not another one with the sign turned"),
        (np.concatenate([drawn(59, 50), drawn(59, 50)[:1]]), "1 of the 60 rows"),
        (np.abs(drawn(60, 50)) * np.where(np.arange(50) % 2, 1, -1), "all weights of a column have the same sign"),
        (np.sort(drawn(60, 50), axis=0), "all weights of a row have the same sign"),
        (
            np.abs(drawn(60, 50)) * np.repeat(np.sign(drawn(50, 50)[:30]), 2, axis=0),
            "equal signs in neighbouring rows",
        ),
    ],
)
def test_weights_that_depend_on_each_other_are_told(w, sentence):
    with pytest.raises(Wrong, match=sentence):
        require_unrelated_weights(w, "init")


def test_tails_that_were_cut_are_told():
    with pytest.raises(Wrong, match="they are moved to the edge"):
        require_tails(np.clip(drawn(600, 60), -2, 2), 1.0, "init")
