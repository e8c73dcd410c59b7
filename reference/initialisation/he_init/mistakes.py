"""Wrong He initialisations that students really write."""

import numpy as np

# Stands for np.random, as a program meets it that has just set its seed.
_legacy = np.random.RandomState(11785)


def _normal(variance, fan_in, fan_out, rng):
    """Gaussian weights of this variance."""
    return rng.normal(0.0, np.sqrt(variance), (fan_in, fan_out))


def _uniform(variance, fan_in, fan_out, rng):
    """Uniform weights around 0 of this variance."""
    a = np.sqrt(3 * variance)
    return rng.uniform(-a, a, (fan_in, fan_out))


def _cut(z, rng):
    """The standard Gaussian draws z, those beyond 2 drawn again until none is."""
    while (far := np.abs(z) > 2).any():
        z[far] = rng.standard_normal(far.sum())
    return z


class counts_the_outputs:
    """Your variance is 2 / fan_out: it looks at the outputs

    He's variance (fan-in mode) keeps the activations' size on the way forward, where each unit sums over its
    inputs: divide by fan_in. In w of shape (fan_in, fan_out) that is the number of rows.
    """

    def he_normal(fan_in, fan_out, rng):
        return _normal(2 / fan_out, fan_in, fan_out, rng)

    def he_uniform(fan_in, fan_out, rng):
        return _uniform(2 / fan_out, fan_in, fan_out, rng)


class counts_the_outputs_with_gain_one:
    """Your variance is 1 / fan_out: it looks at the outputs, and the 2 is missing

    He's variance (fan-in mode) keeps the activations' size on the way forward, where each unit sums over its
    inputs: divide by fan_in. The 2 above makes up for the half that a ReLU silences.
    """

    def he_normal(fan_in, fan_out, rng):
        return _normal(1 / fan_out, fan_in, fan_out, rng)

    def he_uniform(fan_in, fan_out, rng):
        return _uniform(1 / fan_out, fan_in, fan_out, rng)


class glorot_for_he:
    """Your variance is Glorot's, 2 / (fan_in + fan_out)

    Glorot's compromise looks at both sides of the layer and takes no account of the ReLU. He's variance looks
    at the inputs alone: fan_out decides the shape, not the variance.
    """

    def he_normal(fan_in, fan_out, rng):
        return _normal(2 / (fan_in + fan_out), fan_in, fan_out, rng)

    def he_uniform(fan_in, fan_out, rng):
        return _uniform(2 / (fan_in + fan_out), fan_in, fan_out, rng)


class gain_one:
    """Your variance is 1 / fan_in, half of He's

    That keeps the size of what goes into the ReLU only if nothing is lost in it. A ReLU silences the negative
    half, so the mean square halves in every layer: the 2 makes up for that.
    """

    def he_normal(fan_in, fan_out, rng):
        return _normal(1 / fan_in, fan_in, fan_out, rng)

    def he_uniform(fan_in, fan_out, rng):
        return _uniform(1 / fan_in, fan_in, fan_out, rng)


class average_of_the_fans:
    """Your variance is 2 over the mean of fan_in and fan_out

    He's variance in this exercise is in fan-in mode: divide by the number of inputs alone. The mean of both
    sides is Glorot's idea.
    """

    def he_normal(fan_in, fan_out, rng):
        return _normal(4 / (fan_in + fan_out), fan_in, fan_out, rng)

    def he_uniform(fan_in, fan_out, rng):
        return _uniform(4 / (fan_in + fan_out), fan_in, fan_out, rng)


class larger_side:
    """Your variance is 2 over the larger of fan_in and fan_out

    He's variance in this exercise is in fan-in mode: divide by the number of inputs, be it the larger one or not.
    """

    def he_normal(fan_in, fan_out, rng):
        return _normal(2 / max(fan_in, fan_out), fan_in, fan_out, rng)

    def he_uniform(fan_in, fan_out, rng):
        return _uniform(2 / max(fan_in, fan_out), fan_in, fan_out, rng)


class smaller_side:
    """Your variance is 2 over the smaller of fan_in and fan_out

    He's variance in this exercise is in fan-in mode: divide by the number of inputs, be it the smaller one or not.
    """

    def he_normal(fan_in, fan_out, rng):
        return _normal(2 / min(fan_in, fan_out), fan_in, fan_out, rng)

    def he_uniform(fan_in, fan_out, rng):
        return _uniform(2 / min(fan_in, fan_out), fan_in, fan_out, rng)


class counts_the_bias:
    """Your variance is 2 / (fan_in + 1): it counts the bias as an input

    The bias starts at zero and adds nothing to the variance of the sum. Divide by the number of inputs alone.
    """

    def he_normal(fan_in, fan_out, rng):
        return _normal(2 / (fan_in + 1), fan_in, fan_out, rng)

    def he_uniform(fan_in, fan_out, rng):
        return _uniform(2 / (fan_in + 1), fan_in, fan_out, rng)


class std_for_variance:
    """Your standard deviation is 2 / fan_in: that is the variance

    The standard deviation is the square root of the variance, and it is the standard deviation that NumPy's
    normal takes as its scale. For a layer of some hundred inputs your weights are far too small.
    """

    def he_normal(fan_in, fan_out, rng):
        return rng.normal(0.0, 2 / fan_in, (fan_in, fan_out))

    def he_uniform(fan_in, fan_out, rng):
        a = np.sqrt(3) * 2 / fan_in
        return rng.uniform(-a, a, (fan_in, fan_out))


class root_missing_in_the_bound:
    """Your bound is 6 / fan_in: the square root is missing

    A uniform distribution on [-a, a] has the variance `a**2 / 3`. Set that equal to `2 / fan_in` and solve for a: a
    root remains.
    """

    def he_uniform(fan_in, fan_out, rng):
        a = 6 / fan_in
        return rng.uniform(-a, a, (fan_in, fan_out))


class root_of_the_numerator_alone:
    """You take the root of the numerator alone

    fan_in belongs under the root as well: close the bracket of the root after the fraction, not after the
    number above.
    """

    def he_normal(fan_in, fan_out, rng):
        return rng.normal(0.0, np.sqrt(2) / fan_in, (fan_in, fan_out))

    def he_uniform(fan_in, fan_out, rng):
        a = np.sqrt(6) / fan_in
        return rng.uniform(-a, a, (fan_in, fan_out))


class bound_lacks_root_three:
    """Your uniform weights end at one standard deviation: the bound lacks a factor sqrt(3)

    A uniform distribution on [-a, a] has the standard deviation `a / sqrt(3)`, not a. To reach the Gaussian's standard
    deviation, the bound must be sqrt(3) times as large.
    """

    def he_uniform(fan_in, fan_out, rng):
        a = np.sqrt(2 / fan_in)
        return rng.uniform(-a, a, (fan_in, fan_out))


class default_of_a_linear_layer:
    """Your bound is 1 / sqrt(fan_in): the variance is a sixth of He's

    PyTorch's Linear layer starts so: it calls kaiming_uniform_ with a slope of sqrt(5), which was chosen to
    keep an old habit, not for ReLUs. He's uniform bound for a ReLU has a 6 above, under the root.
    """

    def he_uniform(fan_in, fan_out, rng):
        a = 1 / np.sqrt(fan_in)
        return rng.uniform(-a, a, (fan_in, fan_out))


class half_as_wide:
    """Your uniform interval is half as wide as it should be

    It has the length a; it must reach from -a to a, which is the length 2a. A draw from [0, 1) becomes one
    from [-1, 1) when you double it and take 1 away.
    """

    def he_uniform(fan_in, fan_out, rng):
        a = np.sqrt(6 / fan_in)
        return (rng.random((fan_in, fan_out)) - 0.5) * a


class not_centred_on_zero:
    """Your weights are all positive

    A draw from rng.random lies between 0 and 1, its mean is a half. The weights must be centred on 0, half of
    them positive, half negative: a Gaussian for one function, an interval from -a to a for the other.
    """

    def he_normal(fan_in, fan_out, rng):
        return rng.random((fan_in, fan_out)) * np.sqrt(2 / fan_in)

    def he_uniform(fan_in, fan_out, rng):
        return rng.random((fan_in, fan_out)) * np.sqrt(6 / fan_in)


class std_as_the_mean:
    """Your standard deviation stands in the place of the mean

    The first argument of rng.normal is the mean, the second the standard deviation, which is 1 when you leave
    it out. So your weights have the standard deviation 1.
    """

    def he_normal(fan_in, fan_out, rng):
        return rng.normal(np.sqrt(2 / fan_in), size=(fan_in, fan_out))


class not_scaled:
    """Your weights have the same size whatever the layer: 1

    A standard Gaussian, or an interval from -1 to 1, makes the sums grow with the number of inputs. Scale the
    draws with the standard deviation, or the bound, that the formula gives.
    """

    def he_normal(fan_in, fan_out, rng):
        return rng.standard_normal((fan_in, fan_out))

    def he_uniform(fan_in, fan_out, rng):
        return rng.uniform(-1.0, 1.0, (fan_in, fan_out))


class one_small_constant:
    """Your weights have the same small size whatever the layer

    A fixed small number does for a shallow network; in a deep one the activations shrink from layer to layer.
    Compute the scale from fan_in.
    """

    def he_normal(fan_in, fan_out, rng):
        return rng.normal(0.0, 0.01, (fan_in, fan_out))

    def he_uniform(fan_in, fan_out, rng):
        return rng.uniform(-0.05, 0.05, (fan_in, fan_out))


class uniform_for_normal:
    """Your he_normal draws from a uniform distribution

    Its variance is right, its shape is not: no weight lies beyond sqrt(3) standard deviations. The Gaussian
    comes from rng.normal.
    """

    def he_normal(fan_in, fan_out, rng):
        return _uniform(2 / fan_in, fan_in, fan_out, rng)


class normal_for_uniform:
    """Your he_uniform draws from a Gaussian

    Its variance is right, its shape is not: some weights lie beyond the bound, and most near 0. A uniform
    distribution treats all numbers between -a and a alike.
    """

    def he_uniform(fan_in, fan_out, rng):
        return _normal(2 / fan_in, fan_in, fan_out, rng)


class truncated:
    """Your Gaussian is cut off at two standard deviations

    What remains has only 77% of the variance, and its tails are missing. The convention here is the plain
    normal distribution: keep the draws as they come.
    """

    def he_normal(fan_in, fan_out, rng):
        return _cut(rng.standard_normal((fan_in, fan_out)), rng) * np.sqrt(2 / fan_in)


class clipped:
    """Your Gaussian is clipped at two standard deviations

    The draws beyond are moved to the edge, so one weight in twenty has one of two values. The convention here
    is the plain normal distribution: keep the draws as they come.
    """

    def he_normal(fan_in, fan_out, rng):
        return np.clip(rng.standard_normal((fan_in, fan_out)), -2, 2) * np.sqrt(2 / fan_in)


class truncated_and_corrected:
    """Your Gaussian is cut off, and made wider to make up for it

    So Keras does it: the variance is right, the tails are missing. The convention here is the plain normal
    distribution: keep the draws as they come.
    """

    def he_normal(fan_in, fan_out, rng):
        z = _cut(rng.standard_normal((fan_in, fan_out)), rng)
        return z * np.sqrt(2 / fan_in) / 0.87962566103423978


class one_row_per_unit:
    """Your weights are of shape (fan_out, fan_in)

    So PyTorch and deeplearning.ai store them, with one row for each unit. In this course a layer computes x
    he w, with the batch first: one row for each input, one column for each unit.
    """

    def he_normal(fan_in, fan_out, rng):
        return rng.normal(0.0, np.sqrt(2 / fan_in), (fan_out, fan_in))

    def he_uniform(fan_in, fan_out, rng):
        a = np.sqrt(6 / fan_in)
        return rng.uniform(-a, a, (fan_out, fan_in))


class ignores_rng:
    """Your weights come from np.random, not from rng

    np.random is one stream for the whole program, so nobody can repeat your weights from the generator they
    hand you. Call the methods of rng instead; it has normal, uniform and others of the same names.
    """

    def he_normal(fan_in, fan_out, rng):
        return _legacy.normal(0.0, np.sqrt(2 / fan_in), (fan_in, fan_out))

    def he_uniform(fan_in, fan_out, rng):
        a = np.sqrt(6 / fan_in)
        return _legacy.uniform(-a, a, (fan_in, fan_out))


class seeds_itself:
    """Your weights are the same at every call

    A seed set inside the function restarts the same stream every time, so all layers of one shape start
    equal. Draw from the rng you are given, and leave the seed to whoever made it.
    """

    def he_normal(fan_in, fan_out, rng):
        return _normal(2 / fan_in, fan_in, fan_out, np.random.default_rng(0))

    def he_uniform(fan_in, fan_out, rng):
        return _uniform(2 / fan_in, fan_in, fan_out, np.random.default_rng(0))


class all_weights_equal:
    """Your weights are all the same number

    You draw once, or not at all, and fill the array. Units that start equal get equal gradients and stay
    equal: nothing breaks the symmetry. Draw fan_in times fan_out numbers.
    """

    def he_normal(fan_in, fan_out, rng):
        return np.full((fan_in, fan_out), rng.normal(0.0, np.sqrt(2 / fan_in)))

    def he_uniform(fan_in, fan_out, rng):
        a = np.sqrt(6 / fan_in)
        return np.full((fan_in, fan_out), rng.uniform(-a, a))


class all_units_equal:
    """Your units all start with the same weights

    You draw one column and repeat it. Units that start equal get equal gradients and stay equal: nothing
    breaks the symmetry. Draw fan_in times fan_out numbers.
    """

    def he_normal(fan_in, fan_out, rng):
        return np.repeat(rng.normal(0.0, np.sqrt(2 / fan_in), (fan_in, 1)), fan_out, axis=1)

    def he_uniform(fan_in, fan_out, rng):
        a = np.sqrt(6 / fan_in)
        return np.repeat(rng.uniform(-a, a, (fan_in, 1)), fan_out, axis=1)


class all_inputs_equal:
    """Every input has the same weights

    You draw one row and repeat it, so a unit cannot tell its inputs apart: it sees their sum alone. Draw
    fan_in times fan_out numbers.
    """

    def he_normal(fan_in, fan_out, rng):
        return np.tile(rng.normal(0.0, np.sqrt(2 / fan_in), fan_out), (fan_in, 1))

    def he_uniform(fan_in, fan_out, rng):
        a = np.sqrt(6 / fan_in)
        return np.tile(rng.uniform(-a, a, fan_out), (fan_in, 1))


class last_unit_as_the_first:
    """Your last unit starts with the weights of the first one

    Two units that start equal get equal gradients and stay equal. Draw a number for each weight, and copy none.
    """

    def he_normal(fan_in, fan_out, rng):
        w = _normal(2 / fan_in, fan_in, fan_out, rng)
        w[:, -1] = w[:, 0]
        return w

    def he_uniform(fan_in, fan_out, rng):
        w = _uniform(2 / fan_in, fan_in, fan_out, rng)
        w[:, -1] = w[:, 0]
        return w


class some_inputs_equal:
    """A third of your inputs have the weights of another third

    What you draw for one row you use for another one, too, so the units cannot tell these inputs apart. Draw a number for
    each weight, and copy none.
    """

    def he_normal(fan_in, fan_out, rng):
        w = _normal(2 / fan_in, fan_in, fan_out, rng)
        third = fan_in // 3
        w[:third] = w[third : 2 * third]
        return w

    def he_uniform(fan_in, fan_out, rng):
        w = _uniform(2 / fan_in, fan_in, fan_out, rng)
        third = fan_in // 3
        w[:third] = w[third : 2 * third]
        return w


class mirrored:
    """Half of your weights are the others with the sign turned

    Their mean is 0 to the last digit, but only half of them are drawn. Draw each of them on its own: that the mean of a
    layer's weights is not quite 0 does no harm.
    """

    def he_normal(fan_in, fan_out, rng):
        half = _normal(2 / fan_in, 1, (fan_in * fan_out + 1) // 2, rng)[0]
        return np.concatenate([half, -half])[: fan_in * fan_out].reshape(fan_in, fan_out)

    def he_uniform(fan_in, fan_out, rng):
        half = _uniform(2 / fan_in, 1, (fan_in * fan_out + 1) // 2, rng)[0]
        return np.concatenate([half, -half])[: fan_in * fan_out].reshape(fan_in, fan_out)


class one_sign_for_each_unit:
    """All weights of a unit have the same sign

    Such a unit adds up its inputs, or takes them all away, and cannot set one against another. The sign is part of the
    draw: each weight has one of its own.
    """

    def he_normal(fan_in, fan_out, rng):
        w = np.abs(_normal(2 / fan_in, fan_in, fan_out, rng))
        w[:, ::2] *= -1
        return w

    def he_uniform(fan_in, fan_out, rng):
        w = np.abs(_uniform(2 / fan_in, fan_in, fan_out, rng))
        w[:, ::2] *= -1
        return w


class sorted_weights:
    """The weights of each unit come in ascending order

    Each number is as it should be, but the first inputs get negative weights in all units, and the last ones positive
    ones. Leave the draws in the order in which they come.
    """

    def he_normal(fan_in, fan_out, rng):
        return np.sort(_normal(2 / fan_in, fan_in, fan_out, rng), axis=0)

    def he_uniform(fan_in, fan_out, rng):
        return np.sort(_uniform(2 / fan_in, fan_in, fan_out, rng), axis=0)
