import numpy as np

from mariel.numerics import matrix_square_root


def test_the_root_of_a_matrix_times_itself_is_the_matrix():
    np.testing.assert_allclose(matrix_square_root(np.diag([4.0, 9.0])), np.diag([2.0, 3.0]), atol=1e-12)
    turned = np.array([[2.0, 1.0], [1.0, 2.0]])  # eigenvalues 1 and 3, along (1, -1) and (1, 1)
    root = matrix_square_root(turned)
    np.testing.assert_allclose(root, [[(3**0.5 + 1) / 2, (3**0.5 - 1) / 2], [(3**0.5 - 1) / 2, (3**0.5 + 1) / 2]])
    np.testing.assert_allclose(root @ root, turned)


def test_an_eigenvalue_that_rounding_made_negative_is_zero():
    assert matrix_square_root(np.diag([-1e-18, 1.0])).tolist() == [[0.0, 0.0], [0.0, 1.0]]
