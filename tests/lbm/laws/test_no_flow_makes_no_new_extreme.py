"""Without a flow no state is lighter or darker than the one before."""

import numpy as np
import pytest
from lattice import BACKENDS, images, run, schedule


@pytest.mark.parametrize("backend", [*BACKENDS, "diffusion"])
def test_without_flow_no_step_makes_a_new_extreme(backend, shape, walls):
    phi = images(shape, 1)
    states = np.concatenate([phi[:, None], run(backend, phi, schedule(), 0.0, walls)], axis=1)[0]
    slack = 1e-12 if backend == "reference" else 2e-7
    assert (np.diff(states.max((-2, -1)), axis=0) <= slack).all()
    assert (np.diff(states.min((-2, -1)), axis=0) >= -slack).all()
