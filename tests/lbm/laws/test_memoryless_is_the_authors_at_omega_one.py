"""Where the two schemes meet they are the same."""

import numpy as np
import pytest
from lattice import images

from beyond_blur.config import Velocity
from beyond_blur.lbm import reference
from beyond_blur.lbm.key_frames import Flow
from beyond_blur.lbm.units import omega


@pytest.mark.parametrize("alpha", [1 / 6])
def test_the_memoryless_scheme_is_the_authors_at_omega_one(shape, walls, alpha):
    phi = images(shape, 1, 1)[0, 0].astype(np.float64)
    flow = Flow(shape, Velocity(), 5, 1)
    assert omega(alpha) == pytest.approx(1)
    f = reference.equilibrium(phi, flow.at(0, 3e-3))
    for step in range(50):
        velocity = flow.at(step, 3e-3)
        f = reference.central_moment_step(f, velocity, omega(alpha), walls)
        phi = reference.memoryless_step(phi, velocity, alpha, walls)
        np.testing.assert_allclose(f.sum((0, 1)), phi, atol=1e-13)
