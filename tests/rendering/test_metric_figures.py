"""Figures of metrics hold what the table says."""

import numpy as np
import pytest
from table_rows import EVERY_ROW, row

from beyond_blur.rendering import extrapolation, metric_figures, tables
from beyond_blur.rendering.looks import looks
from beyond_blur.rendering.study import study
from beyond_blur.rendering.style import draw


def axes_titled(figure, title):
    return next(axes for axes in figure.axes if axes.get_title() == title)


def test_the_metric_figure_holds_what_the_table_says():
    figure = metric_figures.metric_against_peclet(tables.table(EVERY_ROW))
    lines = [line.get_ydata() for line in axes_titled(figure, "coverage").get_lines()]
    for expected in ([0.4, 0.6], [0.8, 0.8], [0.9, 0.9]):  # a path, and two horizontal lines
        assert any(len(y) == len(expected) and np.allclose(y, expected) for y in lines)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["flow", "DDPM", "held-out prior", "corrupted prior",
                     "one-step reconstruction", f"real: {tables.CEILING}"]  # fmt: skip


def test_a_metric_that_no_row_has_is_no_empty_axes():
    """Copies are of priors that were made of images: DDPM alone has none."""
    figure = metric_figures.metric_against_peclet(tables.table([row(process="ddpm", peclet=None)]))
    titles = [axes.get_title() for axes in figure.axes if axes.axison]
    assert "coverage" in titles and "copies of the prior's image" not in titles


def test_the_study_sets_both_kinds_of_prior_side_by_side():
    figure = study(tables.table(EVERY_ROW))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["flow, Pe = 0", "flow, Pe = 0.1", "DDPM"]
    shown = {look.marker for look in looks(labels).values()}
    marks = [(line.get_xdata()[0], line.get_ydata()[0], line.get_fillstyle())
             for line in axes_titled(figure, "coverage").get_lines()
             if line.get_marker() in shown]  # fmt: skip
    full = [mark for mark in marks if mark[2] == "full"]
    hollow = [mark for mark in marks if mark[2] == "none"]
    assert len(full) == 3 and len(hollow) == len(marks) - 3 > 0
    rows = tables.table(EVERY_ROW)
    held_out = rows[(rows["images"] == "samples") & (rows["prior"] == "held_out")]
    np.testing.assert_allclose(sorted(x for x, _, _ in hollow), sorted(held_out["coverage"]))


def test_the_extrapolation_ends_where_the_library_says():
    figure = extrapolation.fid_against_n([row(value=0.5)])
    points = [line for line in figure.axes[0].get_lines() if len(line.get_xdata()) == 1]
    ends = [line.get_ydata()[0] for line in points if line.get_xdata()[0] == 0]
    assert ends == [pytest.approx(8.5)]  # 10.5 at N = 5, 9.5 at N = 10
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert labels[0] == "∞" and {"5", "10"} <= set(labels)


def test_a_distance_that_comes_below_zero_leaves_the_layout_alone(tmp_path):
    """30 at N = 5 and 10 at N = 10 are -10 at infinity, which a logarithmic axis has no place for.

    A layout that cannot be applied is a warning of Matplotlib, and an error in these tests.
    """
    of_real = row("train", frechet_by_size=[30.0, 10.0])
    rows, made = [row(value=0.5), of_real], []

    def make():
        made.append(extrapolation.fid_against_n(rows))
        return made[-1]

    draw(make, tmp_path / "n.png")
    lines = made[0].axes[0].get_lines()
    ends = [line for line in lines if len(line.get_xdata()) == 1 and line.get_xdata()[0] == 0]
    assert [line.get_ydata()[0] for line in ends] == [pytest.approx(8.5)]
    for line in lines:
        heights = np.asarray(line.get_ydata(), float)
        assert (heights[~np.isnan(heights)] > 0).all()
