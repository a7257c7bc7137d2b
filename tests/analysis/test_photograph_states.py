"""One photograph under each process, at its own size."""

import numpy as np

from beyond_blur.analysis.photograph import at_size, photograph_panels


def test_a_process_on_a_larger_image_keeps_its_dimensionless_numbers(forward_jobs):
    small = forward_jobs["advection_diffusion-pe0.1"]
    large = at_size(small, 64)
    assert large.levels.sigma_max / 64 == small.levels.sigma_max / 8
    assert large.process == small.process
    blurring = at_size(forward_jobs["blurring_diffusion"], 64)
    assert blurring.process.blur_width_max == 32.0


def test_a_photograph_is_shown_from_clean_to_the_last_level_with_its_noise_floor(forward_jobs):
    picture = np.random.default_rng(0).random((1, 16, 16), dtype=np.float32)
    chosen = {name: forward_jobs[name] for name in ("ddpm", "heat_dissipation")}
    ddpm, heat = photograph_panels(chosen, picture)
    assert ddpm.shares == heat.shares == (0, 0.25, 0.5, 0.75, 1)
    for panel in (ddpm, heat):
        assert panel.states.shape == (5, 16, 16)
        np.testing.assert_allclose(panel.states[0], picture[0], atol=0.05)
    assert ddpm.floor[0] < ddpm.floor[1] < ddpm.floor[-1]
