// The names of NumPy that exercises use, for completion: of the module itself, of linalg and of random.
const list = (text) => text.trim().split(/\s+/);

export const NAMES_OF_NUMPY = {
  "": list(`
    abs absolute add all allclose amax amin any append apply_along_axis arange arccos arcsin arctan arctan2 argmax argmin
    argpartition argsort argwhere around array array_equal array_split asarray astype atleast_1d atleast_2d average
    bincount block bool_ broadcast_arrays broadcast_shapes broadcast_to ceil choose clip column_stack concatenate copy
    copyto cos cosh count_nonzero cov cross cumprod cumsum diag diagonal diff digitize divide dot dstack dtype e einsum
    empty empty_like equal errstate exp expand_dims expm1 eye fft finfo flip float32 float64 floor floor_divide full
    full_like gradient greater greater_equal heaviside histogram hstack hypot identity iinfo inf inner int32 int64 interp
    invert isclose isfinite isinf isnan isscalar ix_ kron less less_equal lexsort linalg linspace log log10 log1p log2
    logaddexp logical_and logical_not logical_or logical_xor logspace mask_indices matmul matrix_transpose max maximum
    mean median meshgrid min minimum mod moveaxis multiply nan nan_to_num nanmax nanmean nanmin nansum ndarray ndim
    ndindex negative newaxis nonzero not_equal ones ones_like outer pad partition percentile permute_dims pi
    place polyfit polyval power prod ptp put quantile random ravel reciprocal repeat reshape roll rollaxis rot90 round
    searchsorted select set_printoptions shape sign sin sinc sinh size sort split sqrt square squeeze stack std subtract
    sum swapaxes take take_along_axis tan tanh tensordot tile trace transpose trapezoid tri tril triu true_divide trunc
    unique unravel_index var vdot vectorize vstack where zeros zeros_like
  `),
  linalg: list(`
    LinAlgError cholesky cond det eig eigh eigvals eigvalsh inv lstsq matrix_norm matrix_power matrix_rank multi_dot norm
    pinv qr slogdet solve svd tensorinv tensorsolve vector_norm
  `),
  random: list(`
    Generator SeedSequence beta binomial choice default_rng exponential gamma integers laplace lognormal
    multinomial multivariate_normal normal permutation permuted poisson rand randint randn random seed shuffle
    standard_normal uniform
  `),
};
