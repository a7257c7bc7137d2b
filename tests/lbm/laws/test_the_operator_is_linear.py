"""The solver is linear in the image."""

import numpy as np
from lattice import images, run, schedule


def test_the_operator_is_linear(backend):
    a, b, made = images((16, 16), 1, 1, 1), images((16, 16), 1, 1, 2), schedule()
    of = [run(backend, x, made, 0.3) for x in (a, b, 2 * a - 3 * b)]
    np.testing.assert_allclose(of[2], 2 * of[0] - 3 * of[1], atol=2e-6)
