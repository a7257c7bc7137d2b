"""The same result is the same figure, byte for byte."""

import numpy as np
import pandas as pd
import pytest
from table_rows import EVERY_ROW

from beyond_blur.rendering import (
    amplitude,
    extrapolation,
    image_grids,
    losses,
    metric_figures,
    precision_recall,
    spectra,
    style,
    tables,
)
from beyond_blur.rendering.neighbours import NEIGHBOUR_ROWS, neighbours
from beyond_blur.rendering.strips import Strips, strips
from beyond_blur.rendering.study import study

AMPLITUDES = pd.DataFrame([
    {"process": "flow", "peclet": peclet, "mode_y": j, "mode_x": i, "amplitude": 0.5,
     "standard_error": 0.1, "correlation": 0.9, "pure_blur": 0.4, "n_images": 100}
    for peclet in (0.0, None) for j in range(5) for i in range(5)
])  # fmt: skip


@pytest.mark.workflow
def test_figures_are_drawn_and_reproducible(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.random((10, 1, 8, 8))
    states = rng.random((3, 4, 1, 8, 8))
    near = rng.random((len(NEIGHBOUR_ROWS), 8, 1, 8, 8))
    one = Strips("a", states, states, np.array([0, 1, 2, 3]))
    history = pd.DataFrame({"step": [1, 2], "loss": [1.0, 0.5], "loss_per_band": [[1, 2], [1, 1]]})
    drawn = {
        "samples": lambda: image_grids.sample_grids([("real", images), ("b", images)]),
        "strips": lambda: strips([one]),
        "spectrum": lambda: spectra.spectra([one, one]),
        "metric": lambda: metric_figures.metric_against_peclet(tables.table(EVERY_ROW)),
        "study": lambda: study(tables.table(EVERY_ROW)),
        "precision_recall": lambda: precision_recall.precision_recall(tables.table(EVERY_ROW)),
        "fid_against_n": lambda: extrapolation.fid_against_n(EVERY_ROW),
        "amplitude": lambda: amplitude.amplitudes(AMPLITUDES),
        "neighbours": lambda: neighbours([("a", near, near[:, :, 0, 0, 0] > 0.5)]),
        "loss": lambda: losses.losses([("a", history)]),
    }
    for name, draw in drawn.items():
        paths = [tmp_path / f"{name}{i}.{kind}" for i in range(2) for kind in ("png", "pdf")]
        style.draw(draw, *paths[:2])
        style.draw(draw, *paths[2:])
        for a, b in zip(paths[:2], paths[2:], strict=True):
            assert a.read_bytes() == b.read_bytes()
            assert a.stat().st_size > 2000
