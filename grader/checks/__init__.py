"""The vocabulary of checks: what an exercise's checks.py and examples.py are written with.

Pure functions over arrays, except that a check calls the student's functions through `student`. docs/authoring.md is
the guide; each word's docstring gives its convention.
"""

from grader.checks.answers import Undecidable, Wrong, require, undecidable
from grader.checks.behaviour import keeps_pace, leaves_inputs_alone
from grader.checks.compare import matches
from grader.checks.formula import formula
from grader.checks.gradient import gradient_check, loss_gradient_check
from grader.checks.paths import follows, keeps_states_apart, quadratic, rosenbrock, sparse, takes_pure_steps
from grader.checks.registry import Check, check
from grader.checks.statistics import has_frequency, is_normal, is_uniform
from grader.checks.weights import require_independent_weights, require_tails, require_unrelated_weights

__all__ = [
    "check",
    "matches",
    "require",
    "gradient_check",
    "loss_gradient_check",
    "follows",
    "keeps_states_apart",
    "takes_pure_steps",
    "quadratic",
    "rosenbrock",
    "sparse",
    "is_normal",
    "is_uniform",
    "has_frequency",
    "require_independent_weights",
    "require_unrelated_weights",
    "require_tails",
    "formula",
    "leaves_inputs_alone",
    "keeps_pace",
    "undecidable",
    "Check",
    "Undecidable",
    "Wrong",
]
