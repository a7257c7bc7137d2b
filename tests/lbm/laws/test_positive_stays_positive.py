"""A field that is nowhere negative stays so, as fast as the flow may be."""

import numpy as np
from lattice import run, schedule


def test_what_is_positive_stays_positive_up_to_the_speed_limit(backend, shape, walls):
    phi = np.zeros((2, 1, *shape), np.float32)
    phi[:, :, shape[0] // 2, shape[1] // 2] = 1
    made = schedule(sigma_max=4.0)
    fastest = 0.99 * 0.01 * max(shape) / made.alpha.max()
    states = run(backend, phi, made, fastest, walls)
    assert states.min() >= (0 if backend == "reference" else -1e-7)
