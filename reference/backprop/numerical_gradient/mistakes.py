"""Wrong answers to numerical_gradient that students really write."""

import numpy as np

from .solution import numerical_gradient


def _quotients(f, x, h, quotient):
    """An array of the shape of x: quotient(f at x + h e_i, f at x, f at x - h e_i) for every i."""
    gradient = np.empty(x.shape)
    middle = f(x.copy())
    for i in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[i] += h
        left[i] -= h
        gradient[i] = quotient(f(right), middle, f(left))
    return gradient


class forward_difference:
    """You take the forward difference, not the central one

    `(f(x + h) - f(x)) / h` is off by h/2 times the curvature of f. Move each element to both sides: the errors of the
    two sides cancel, and what remains shrinks with h squared.
    """

    def numerical_gradient(f, x, h=1e-5):
        return _quotients(f, x, h, lambda right, middle, left: (right - middle) / h)


class backward_difference:
    """You take the backward difference, not the central one

    `(f(x) - f(x - h)) / h` is off by h/2 times the curvature of f. Move each element to both sides: the errors of the
    two sides cancel, and what remains shrinks with h squared.
    """

    def numerical_gradient(f, x, h=1e-5):
        return _quotients(f, x, h, lambda right, middle, left: (middle - left) / h)


class not_divided_by_two:
    """You divide by h, but the two points are 2h apart

    From x - h to x + h the element moves by 2h, so your gradient is twice too large.
    """

    def numerical_gradient(f, x, h=1e-5):
        return _quotients(f, x, h, lambda right, middle, left: (right - left) / h)


class multiplied_by_h:
    """You divide by 2 and then multiply by h

    Python reads `a / 2 * h` from left to right, as `(a / 2) * h`. Put the whole denominator into parentheses.
    """

    def numerical_gradient(f, x, h=1e-5):
        return _quotients(f, x, h, lambda right, middle, left: (right - left) / 2 * h)


class only_the_second_value_divided:
    """You divide only the second value of f by 2h

    Division binds tighter than subtraction. Put the difference of the two values into parentheses before you
    divide it.
    """

    def numerical_gradient(f, x, h=1e-5):
        return _quotients(f, x, h, lambda right, middle, left: right - left / (2 * h))


class sign_swapped:
    """Your gradient points the other way

    Subtract the value at x - h from the value at x + h: where f grows with an element, that slope is
    positive.
    """

    def numerical_gradient(f, x, h=1e-5):
        return -numerical_gradient(f, x, h)


class half_a_step:
    """You move by h/2 to each side, not by h

    That is a central difference too, but of half the step. Here h is the distance from x to either point, so
    the two points are 2h apart.
    """

    def numerical_gradient(f, x, h=1e-5):
        return numerical_gradient(f, x, h / 2)


class h_ignored:
    """You use 1e-5 whatever h is given

    The step is an argument of the function: use h wherever the formula has it, and keep 1e-5 only as its
    default.
    """

    def numerical_gradient(f, x, h=1e-5):
        return numerical_gradient(f, x)


class another_default:
    """Your default for h is not 1e-5

    Called without h, your function takes another step. Leave the signature as the starter has it: h=1e-5.
    """

    def numerical_gradient(f, x, h=1e-4):
        return numerical_gradient(f, x, h)


class larger_default(another_default):
    def numerical_gradient(f, x, h=1e-3):
        return numerical_gradient(f, x, h)


class smaller_default(another_default):  # 1e-7 and 1e-8 give the same
    def numerical_gradient(f, x, h=1e-6):
        return numerical_gradient(f, x, h)


class five_points:
    """You take the difference of five points, not the central one

    It is more exact: with f at 2h on either side as well, the errors in h squared cancel too. Here the central
    difference is asked for, with its error: f at x + h and at x - h, and nothing else.
    """

    def numerical_gradient(f, x, h=1e-5):
        return (4 * numerical_gradient(f, x, h) - numerical_gradient(f, x, 2 * h)) / 3


class extrapolated:
    """You combine the central differences of two steps

    That is Richardson's extrapolation, and more exact: with h/2 as well, the errors in h squared cancel. Here the central
    difference is asked for, with its error: f at x + h and at x - h, and nothing else.
    """

    def numerical_gradient(f, x, h=1e-5):
        return (4 * numerical_gradient(f, x, h / 2) - numerical_gradient(f, x, h)) / 3


class x_left_changed:
    """You move an element of x and do not put it back

    The next element is then measured at another point, and the caller's array has changed when you return.
    Work on a copy, or keep the old value and write it back before you go on.
    """

    def numerical_gradient(f, x, h=1e-5):
        gradient = np.empty(x.shape)
        for i in np.ndindex(x.shape):
            x[i] += h
            right = f(x.copy())
            x[i] -= 2 * h
            gradient[i] = (right - f(x.copy())) / (2 * h)
        return gradient


class x_restored_by_arithmetic:
    """You bring x back by adding and subtracting h, and rounding remains

    In floating point, x + h - 2h + h is not always x: the last bits may differ. Keep the old value and write
    that back, or work on a copy.
    """

    def numerical_gradient(f, x, h=1e-5):
        gradient = np.empty(x.shape)
        for i in np.ndindex(x.shape):
            x[i] += h
            right = f(x.copy())
            x[i] -= 2 * h
            gradient[i] = (right - f(x.copy())) / (2 * h)
            x[i] += h
        return gradient


class one_array_under_two_names:
    """Your x + h and your x - h are the same array

    An assignment gives the same array a second name, so that moving one moves the other: both values of f are
    equal and the difference is 0. Make each a copy of x.
    """

    def numerical_gradient(f, x, h=1e-5):
        gradient = np.empty(x.shape)
        for i in np.ndindex(x.shape):
            right = left = x
            right[i] += h
            left[i] -= h
            gradient[i] = (f(right.copy()) - f(left.copy())) / (2 * h)
        return gradient


class all_elements_at_once:
    """You move all elements of x together

    `f(x + h)` moves every element, so each entry of your gradient is the sum of all slopes. Move one element, leave the
    others where they are, and go through the elements one by one.
    """

    def numerical_gradient(f, x, h=1e-5):
        return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


class whole_rows_at_once:
    """You go through the first axis only and move whole rows of x

    In an x of more than one axis, x[i] is a row, and `x[i] += h` moves all of it. Go through the indices of all axes;
    `np.ndindex(x.shape)` gives them.
    """

    def numerical_gradient(f, x, h=1e-5):
        gradient = np.empty(x.shape)
        for i in range(x.shape[0]):
            right, left = x.copy(), x.copy()
            right[i] += h
            left[i] -= h
            gradient[i] = (f(right) - f(left)) / (2 * h)
        return gradient


class flat_gradient:
    """Your gradient is flat, whatever the shape of x

    The gradient has one entry for each element of x, in the same place: reshape it to x.shape before you
    return it.
    """

    def numerical_gradient(f, x, h=1e-5):
        return numerical_gradient(f, x, h).ravel()


class f_called_with_flat_arrays:
    """You call f with a flattened x

    f takes arrays of the shape of x and nothing else. If you work on a flat copy, reshape it before you call
    f.
    """

    def numerical_gradient(f, x, h=1e-5):
        return numerical_gradient(f, x.ravel(), h).reshape(x.shape)


class f_called_with_single_elements:
    """You call f with single elements of x

    f is a function of the whole array, not of one number. Hand it a copy of x in which one element has moved.
    """

    def numerical_gradient(f, x, h=1e-5):
        gradient = np.empty(x.shape)
        for i in np.ndindex(x.shape):
            gradient[i] = (f(x[i] + h) - f(x[i] - h)) / (2 * h)
        return gradient


class returns_after_the_first:
    """You return inside the loop, after the first element

    Only the first entry of your gradient is filled; the others are still 0. Move the return out of the loop.
    """

    def numerical_gradient(f, x, h=1e-5):
        gradient = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            right, left = x.copy(), x.copy()
            right[i] += h
            left[i] -= h
            gradient[i] = (f(right) - f(left)) / (2 * h)
            break
        return gradient
