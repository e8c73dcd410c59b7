"""Right answers to numerical_gradient, written otherwise."""

import numpy as np


class moves_x_in_place_and_restores_it:
    """Works on x itself with an iterator over its indices, and writes each old value back."""

    def numerical_gradient(f, x, h=1e-5):
        gradient = np.zeros_like(x)
        indices = np.nditer(x, flags=["multi_index"])
        while not indices.finished:
            i = indices.multi_index
            old = x[i]
            x[i] = old + h
            right = f(x)
            x[i] = old - h
            left = f(x)
            x[i] = old
            gradient[i] = (right - left) / (2 * h)
            indices.iternext()
        return gradient


class unit_vectors:
    """Adds and subtracts h times a unit vector, one row of the identity for each element."""

    def numerical_gradient(f, x, h=1e-5):
        directions = np.eye(x.size).reshape(x.size, *x.shape)
        slopes = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in directions]
        return np.array(slopes).reshape(x.shape)


class means_of_both_sides:
    """The mean of the forward and the backward difference, with f(x) computed once: the same number."""

    def numerical_gradient(f, x, h=1e-5):
        middle = f(x)
        gradient = np.empty_like(x)
        for i, old in np.ndenumerate(x):
            right, left = np.array(x), np.array(x)
            right[i], left[i] = old + h, old - h
            gradient[i] = 0.5 * ((f(right) - middle) / h + (middle - f(left)) / h)
        return gradient


class all_points_first:
    """Builds all the points on a flat copy, calls f on each, and subtracts two vectors of values."""

    def numerical_gradient(f, x, h=1e-5):
        shifts = np.diag(np.full(x.size, h))
        flat = x.reshape(-1)
        right = np.array([f(point.reshape(x.shape)) for point in flat + shifts])
        left = np.array([f(point.reshape(x.shape)) for point in flat - shifts])
        return ((right - left) * 0.5 / h).reshape(x.shape)


class flat_iterator:
    """One flat index on one working copy, which gets its element back after each difference."""

    def numerical_gradient(f, x, h=1e-5):
        point, gradient = x.astype(np.float64), np.empty(x.size)
        for i in range(x.size):
            values = []
            for step in (-h, h):
                point.flat[i] = x.flat[i] + step
                values.append(f(point))
            point.flat[i] = x.flat[i]
            gradient[i] = (values[1] - values[0]) / h / 2
        return gradient.reshape(x.shape)
