"""Without a flow the lattice blurs as the heat equation does."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from lattice import run, schedule
from PIL import Image

from beyond_blur.lbm.diffusion import wave_basis


def photograph(size):
    """Grey values (size, size) in [0, 1] of a natural photograph."""
    spec = find_spec("sklearn")  # the file only: the import takes seconds
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("scikit-learn brings the photograph")
    path = Path(spec.submodule_search_locations[0]) / "datasets/images/flower.jpg"
    image = np.asarray(Image.open(path), np.float64).mean(-1) / 255
    step = 384 // size
    return (
        image[: step * size, 100 : 100 + step * size].reshape(size, step, size, step).mean((1, 3))
    )


def test_without_flow_the_lattice_is_the_heat_kernel_within_the_grids_error():
    made, image = schedule(200, 128.0), photograph(128)
    basis, p = wave_basis(128, "mirror")
    spectrum = basis @ image @ basis.T
    levels = np.arange(1, 201, 6)
    states = run("diffusion", image[None, None], made, keep=levels[None])[0, :, 0]
    for level, state in zip(levels, states, strict=True):
        kernel = np.exp(-(p**2) / 2 * made.sigma[level] ** 2)
        exact = basis.T @ (kernel[:, None] * kernel * spectrum) @ basis
        error = np.abs(state - exact).max()
        assert error <= (1e-4 if made.sigma[level] >= 12 else 0.035)
