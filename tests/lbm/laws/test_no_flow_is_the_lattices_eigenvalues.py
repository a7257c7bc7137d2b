"""Without a flow every wave decays by the lattice's own eigenvalue."""

import numpy as np
import pytest
from lattice import ON_DEVICE, images, run, schedule

from beyond_blur.lbm.diffusion import decay, wave_basis


@pytest.mark.parametrize(
    ("backend", "bar"),
    [
        ("reference", 1e-12),
        ("cpu", 1e-5),
        pytest.param("gpu", 1e-5, marks=ON_DEVICE.marks),
        ("diffusion", 1e-6),
    ],
)
def test_no_flow_is_the_eigenvalues_of_the_lattice(backend, bar, shape, walls):
    phi, made = images(shape).astype(np.float64), schedule()
    phi -= phi.mean((-2, -1), keepdims=True)
    states = run(backend, phi, made, 0.0, walls)
    (along_y, q), (along_x, p) = (wave_basis(n, walls) for n in shape)
    for level in range(1, made.n_levels + 1):
        left = decay(made, level, q)[:, None] * decay(made, level, p)
        expected = along_y.T @ (left * (along_y @ phi @ along_x.T)) @ along_x
        np.testing.assert_allclose(states[:, level - 1], expected, atol=bar)


@pytest.mark.parametrize("n", [2, 7, 16])
def test_the_basis_is_orthonormal(n, walls):
    basis, _ = wave_basis(n, walls)
    np.testing.assert_allclose(basis @ basis.T, np.eye(n), atol=1e-13)
