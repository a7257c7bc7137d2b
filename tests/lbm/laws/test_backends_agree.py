"""Every fast solver agrees with the float64 reference."""

import numpy as np
import pytest
from lattice import BACKGROUND, FAST, images, run, schedule


@pytest.mark.parametrize(
    "flow",
    [
        {},
        {"divergence_free": True},
        {"phase_step": 0.0},
        {"flow": "vortex"},
        {"flow": "stream"},
        {"frame_spacing": 1},
    ],
)
@pytest.mark.parametrize("backend", FAST)
def test_backends_agree(backend, shape, walls, flow):
    phi = images(shape)
    states = [run(b, phi, schedule(), 0.3, walls, background=BACKGROUND, **flow)
              for b in ("reference", backend)]  # fmt: skip
    assert np.abs(states[1] - states[0]).max() <= 1e-5


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("flow", [{}, {"frame_spacing": 1}, {"speed_limit": 0.003}])
def test_backends_agree_on_a_flow_between_walls(shape, threads, flow):
    phi, made = images(shape, 1), schedule(8, 4.0)
    for background in (BACKGROUND, 0.0):
        states = [run(b, phi, made, 0.02, background=background, threads=threads, basis="walls",
                      **flow) for b in ("reference", "cpu")]  # fmt: skip
        assert np.abs(states[1] - states[0]).max() <= 1e-5


@pytest.mark.parametrize("background", [0.0, -0.5, 1e-9, 49.5])
@pytest.mark.parametrize("backend", FAST)
def test_backends_agree_on_any_background(backend, background):
    phi = images((16, 16))
    states = [run(b, phi, schedule(), 0.3, background=background) for b in ("reference", backend)]
    assert np.abs(states[1] - states[0]).max() <= 1e-5


@pytest.mark.parametrize("backend", FAST)
def test_backends_agree_where_the_tanh_limit_bites(backend):
    phi, made = images((16, 16)), schedule()
    fastest = 0.99 * 0.01 * 16 / made.alpha.max()
    states = [run(b, phi, made, fastest, background=BACKGROUND) for b in ("reference", backend)]
    assert np.abs(states[1] - states[0]).max() <= 1e-5


def test_the_cpu_finds_the_walls_at_every_width(walls):
    """Columns fill the lanes of the vectors differently at every width."""
    made = schedule(4, 3.0)
    for width in range(2, 52):
        phi = images((5, width), 1, 1)
        states = [
            run(b, phi, made, 0.3, walls, background=BACKGROUND) for b in ("reference", "cpu")
        ]
        assert np.abs(states[1] - states[0]).max() <= 1e-5, f"width {width}"
