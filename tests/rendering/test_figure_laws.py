"""What every figure keeps: it fits a page, is readable there, cuts nothing off, leaves no void."""

import numpy as np
import pytest
from drawn import FIGURES, ONE, SIX, Results
from matplotlib.text import Text

from beyond_blur.rendering import style

CASES = {
    "one process, 16 samples": Results(ONE, n_images=16),
    "six processes in colour": Results(SIX, channels=3),
    "three levels, 10 samples": Results(SIX[-2:], n_images=10, n_levels=4),
}


def drawn(name, results):
    """A figure as it is saved: laid out, in the house's style."""
    with style.house_style():
        made = FIGURES[name](results)
        made.draw_without_rendering()
    return made


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_fits_a_page_whatever_is_drawn(name, case):
    check_figure(drawn(name, CASES[case]))


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("strips", "three levels, 10 samples"),
        ("metrics", "three levels, 10 samples"),
        ("neighbours", "one process, 16 samples"),
    ],
)
def test_a_figure_fits_a_page(name, case):
    check_figure(drawn(name, CASES[case]))


def texts_of(figure):
    """What can be read: labels of ticks outside the limits are not drawn."""
    hidden = {text for axes in figure.axes for text in undrawn_ticks_of(axes)}
    texts = figure.findobj(lambda it: isinstance(it, Text) and it.get_visible() and it.get_text())
    return [text for text in texts if text not in hidden]


def undrawn_ticks_of(axes):
    for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        low, high = sorted(limits)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not (axes.axison and low <= tick.get_loc() <= high):
                yield from (tick.label1, tick.label2)


def check_figure(figure):
    """It has the size of a page at most, letters to be read, all that is plotted, and no void."""
    width, height = figure.get_size_inches()
    assert width <= style.PAGE + 1e-9 and height <= 9
    for text in texts_of(figure):
        assert text.get_fontsize() >= style.SMALLEST, text
        box, canvas = text.get_window_extent(), figure.bbox.padded(2)
        inside = canvas.contains(box.x0, box.y0) and canvas.contains(box.x1, box.y1)
        assert inside, f"{text.get_text()!r} reaches out of the figure"
    for axes in figure.axes:
        for line in axes.lines:
            if line.get_transform() == axes.transData:
                for values, limits in zip(line.get_data(), (axes.get_xlim(), axes.get_ylim()),
                                          strict=True):  # fmt: skip
                    check_inside(np.asarray(values, dtype=float), sorted(limits))

    check_filled(figure)


def check_inside(values, limits):
    values, slack = values[np.isfinite(values)], 1e-9 * np.ptp(limits)
    assert (values >= limits[0] - slack).all() and (values <= limits[1] + slack).all()


def check_filled(figure):
    """Axes with their labels, and legends, cover more than half of it, counted in 60 x 60 cells."""
    shown = [axes for axes in figure.axes if axes.axison or axes.images or axes.collections]
    boxes = [axes.get_tightbbox() for axes in shown]
    boxes += [legend.get_window_extent() for legend in figure.legends]
    cells = np.zeros((60, 60), bool)
    for box in boxes:
        shares = box.extents / np.tile(figure.bbox.size, 2)
        x0, y0, x1, y1 = (60 * np.clip(shares, 0, 1)).round().astype(int)
        cells[y0:y1, x0:x1] = True
    assert cells.mean() > 0.5
