"""The figure of what reverse steps restore shows what was measured, level by level."""

import numpy as np
import pytest
from drawn import SIX, Results

from beyond_blur.analysis.restored import restored
from beyond_blur.rendering import style
from beyond_blur.rendering.restored import restored_octaves


@pytest.mark.parametrize("n", [1, 4, 6])
def test_lines_are_the_measured_numbers_of_their_process(n):
    sets = Results(SIX[:n]).strips()
    figure = restored_octaves(sets)
    shown = [axes for axes in figure.axes if axes.lines]
    assert len(shown) == 2 * n
    titled = {axes.get_title(): axes for axes in shown if axes.get_title()}
    for one in sets:
        above = titled[one.label]
        below = next(axes for axes in shown if is_below(axes, above))
        found = restored(one.backward)
        for axes, values in ((above, found.energy), (below, found.share)):
            for line, column in zip(axes.lines[1:], values.T, strict=True):
                np.testing.assert_array_equal(line.get_ydata(), column)
                np.testing.assert_allclose(line.get_xdata(), 1 - one.levels / one.levels[-1])


def is_below(axes, above):
    place, upper = (it.get_subplotspec() for it in (axes, above))
    return (place.rowspan.start, place.colspan.start) == (
        upper.rowspan.start + 1,
        upper.colspan.start,
    )


def test_the_same_states_are_the_same_bytes(tmp_path):
    paths = [tmp_path / f"{i}.{kind}" for i in range(2) for kind in ("png", "pdf")]
    for pair in (paths[:2], paths[2:]):
        style.draw(lambda: restored_octaves(Results(SIX[:2]).strips()), *pair)
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(paths[:2], paths[2:], strict=True))


def test_every_axis_that_is_named_has_numbers():
    """Of two rows of processes, the upper one, too."""
    shown = [axes for axes in restored_octaves(Results(SIX).strips()).axes if axes.lines]
    assert sum(bool(axes.get_xlabel()) for axes in shown) == len(SIX)
    for axes in shown:
        assert axes.xaxis.get_tick_params()["labelbottom"] == bool(axes.get_xlabel())
