"""The hidden checks of sgd."""

from grader.checks import check, follows, leaves_inputs_alone, matches, quadratic, require, rosenbrock, sparse

# Not much narrower than that of `follows`: whoever keeps the learning rate in float32 has done nothing wrong.
RTOL = 1e-5


def _between(rng, low, high):
    return round(low + (high - low) * rng.random(), 4)


@check(points=3)
def steps_against_the_gradient(student, reference, rng):
    """One step moves every weight by lr times its own gradient, downhill"""
    w, dw = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    lr = _between(rng, 0.1, 0.4)
    next_w, _ = student.sgd(w, dw, {}, lr=lr)
    matches(next_w, reference.sgd(w, dw, {}, lr=lr)[0], name="next_w", rtol=RTOL)


@check(points=1, after=steps_against_the_gradient)
def remembers_nothing(student, reference, rng):
    """A second and a third step with the same gradient are exactly as long as the first"""
    w, dw = rng.normal(size=(2, 5)), rng.normal(size=(2, 5))
    lr = _between(rng, 0.1, 0.4)
    with student.batch():
        w_1, state = student.sgd(w, dw, {}, lr=lr)
        w_2, state = student.sgd(w_1, dw, state, lr=lr)
        w_3, _ = student.sgd(w_2, dw, state, lr=lr)
    matches(w_2.value, w - 2 * lr * dw, name="at the second step, next_w", rtol=RTOL)
    matches(w_3.value, w - 3 * lr * dw, name="at the third step, next_w", rtol=RTOL)


@check(points=3, after=steps_against_the_gradient)
def walks_downhill(student, reference, rng):
    """It walks the right path for 20 steps: in a bowl, with arrays of 0, 3 and 4 axes, and in Rosenbrock's valley"""
    problem = quadratic(rng) + rosenbrock(rng)
    follows(student, reference, "sgd", problem, steps=20, lr=_between(rng, 0.02, 0.06))


@check(points=1, after=steps_against_the_gradient)
def copes_with_sparse_gradients(student, reference, rng):
    """Where the gradient is exactly zero the weight stays, elsewhere it steps as usual"""
    follows(student, reference, "sgd", sparse(rng), steps=20, lr=_between(rng, 0.05, 0.2))


@check(points=1, after=steps_against_the_gradient)
def has_the_default_of_the_statement(student, reference, rng):
    """Called without a learning rate, it uses lr=0.01"""
    w, dw = rng.normal(size=(3, 2)), rng.normal(size=(3, 2))
    next_w, _ = student.sgd(w, dw, {})
    matches(next_w, reference.sgd(w, dw, {})[0], name="next_w", rtol=RTOL)


@check(points=1, after=steps_against_the_gradient)
def leaves_its_inputs_alone(student, reference, rng):
    """The step is pure, and in float64: w and dw are not modified, and next_w has their dtype"""
    w, dw = rng.normal(size=(4, 2)), rng.normal(size=(4, 2))
    lr = _between(rng, 0.1, 0.4)
    with student.batch():
        _, state = student.sgd(w, dw, {}, lr=lr)
        next_w, _ = leaves_inputs_alone(student, "sgd", w, dw, state, lr=lr)
    dtype = next_w.value.dtype
    require(dtype == w.dtype, f"next_w has dtype {dtype}, expected {w.dtype}, that of w and dw.")
