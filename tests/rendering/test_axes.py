"""Axes that figures share: a logarithmic one can be read whatever its range."""

import pytest
from matplotlib.figure import Figure

from beyond_blur.rendering.axes import use_plain_log_scale


@pytest.mark.parametrize("limits", [(9.0, 11.0), (57, 72), (0.3, 40), (1e-4, 1e5)])
@pytest.mark.parametrize("of", ["x", "y"])
def test_a_logarithmic_axis_has_two_to_eight_plain_numbers(limits, of):
    axes = Figure().subplots()
    axes.set(**{f"{of}lim": limits})
    use_plain_log_scale(axes, of)
    axis = axes.xaxis if of == "x" else axes.yaxis
    ticks = [tick for tick in axis.get_majorticklocs() if limits[0] <= tick <= limits[1]]
    assert 2 <= len(ticks) <= 8 and len(axis.get_minorticklocs()) == 0
    texts = axis.get_major_formatter().format_ticks(ticks)
    assert [float(text) for text in texts] == pytest.approx(ticks)
