"""Figure 2 of the paper: spectra with their levels, reference slopes and noise floors."""

import io

import numpy as np
import pytest

from beyond_blur.analysis.photograph import SpectrumPanel
from beyond_blur.rendering.photograph import spectra_of_one_photograph


@pytest.fixture
def states():
    return np.random.default_rng(0).random((3, 24, 24))


@pytest.mark.parametrize("floor", [(0, 1e-3, 1e-3), (0, 1e-3, 1e-2), (0, 0, 0)])
def test_spectra_mark_levels_slopes_and_floors(states, floor):
    panel = SpectrumPanel("one", states, [0, 0.5, 1], floor)
    figure = spectra_of_one_photograph([panel, panel], slopes=(-2.0,))
    for axes in figure.axes:
        dotted = [line for line in axes.lines if line.get_linestyle() == ":"]
        dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
        assert len(dotted) == sum(f > 0 for f in floor) and len(dashed) == 1
        k, energy = dashed[0].get_data()
        assert np.polyfit(np.log(k), np.log(energy), 1)[0] == pytest.approx(-2)
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named == ["0", "0.5", "1", *(["noise floor"] if any(floor) else [])]
    figure.savefig(io.BytesIO(), dpi=50)  # every artist can be drawn


def test_no_name_of_a_slope_lies_on_a_line():
    falling = np.outer(np.exp(-np.arange(64) / 4), np.exp(-np.arange(64) / 4))[None]
    panel = SpectrumPanel("one", np.repeat(falling, 2, 0), [0, 1], (0, 1e-6))
    figure = spectra_of_one_photograph([panel] * 4)
    figure.canvas.draw()
    for axes in figure.axes:
        boxes = [text.get_window_extent().padded(-1) for text in axes.texts]
        assert len(boxes) == 2
        for line in axes.lines:
            path = line.get_transform().transform_path(line.get_path())
            assert not any(path.intersects_bbox(box, filled=False) for box in boxes)
