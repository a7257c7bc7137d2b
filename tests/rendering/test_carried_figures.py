"""Streamlines with their dye, a row of Peclet numbers, what terminal states know: as measured."""

import numpy as np
import pytest
from drawn import FIGURES, SIX, Results

from beyond_blur import cli
from beyond_blur.rendering import style
from beyond_blur.rendering.image_grids import white_mosaic
from beyond_blur.rendering.peclet_row import peclet_pictures
from beyond_blur.rendering.streamlines import named, streamlines
from beyond_blur.rendering.terminal_knowledge import terminal_knowledge
from beyond_blur.storage import artifacts

RESULTS = Results(SIX)


def shown(axes):
    return np.asarray(axes.images[0].get_array())


def test_a_level_is_named_by_its_blur_width_and_fourier_number():
    assert named(0, 16) == "clean image\nFo = 0"
    assert named(4.0, 16) == "$\\sigma_B$ = 4 px\nFo = 0.031", "4^2 / (2 16^2)"


def test_the_dye_stands_over_its_flow_at_the_same_level():
    found = RESULTS.carried()
    figure = streamlines(found)
    dyes, flows = figure.axes[:6], figure.axes[7:13]
    for dye, sigma, state in zip(dyes, found.sigma, found.states, strict=True):
        assert dye.get_title() == named(sigma, 8)
        np.testing.assert_array_equal(shown(dye), white_mosaic(state[None], 1))
    for flow, field in zip(flows, found.fields, strict=True):
        bottom, top = flow.get_ylim()
        assert bottom > top, "y grows downwards, as rows do"
        assert flow.collections[0].get_array().max() <= np.hypot(*field).max() + 1e-9


def test_streamlines_run_where_the_flow_goes():
    found = RESULTS.carried()
    found.fields[:] = 0
    found.fields[:, 0] = 1  # to the right
    for axes in streamlines(found).axes[7:13]:
        ends = np.array([line[-1] - line[0] for line in axes.collections[0].get_segments()])
        assert ends[:, 0].min() >= 0 and ends[:, 0].max() > 0 and np.abs(ends[:, 1]).max() == 0


def test_a_row_of_peclet_numbers_has_its_states_and_their_changes():
    found = RESULTS.peclets()
    figure = peclet_pictures(found)
    above, below = figure.axes[:4], figure.axes[4:]
    for axes, peclet, state in zip(above, found.peclets, found.states, strict=True):
        assert axes.get_title() == f"Pe = {peclet:g}"
        np.testing.assert_array_equal(shown(axes), white_mosaic(state[None], 1))
    assert not below[0].images
    change = np.abs((found.states[2] - found.states[0]).mean(0)).max()
    assert below[2].get_title() == f"change, full $\\pm${change:.2g}"
    assert "Fo = 0.002" in figure.get_suptitle(), "0.5^2 / (2 8^2)"


def test_lines_of_what_terminal_states_know_are_the_measured_ones():
    found = RESULTS.known()
    left, right = terminal_knowledge(found).axes
    for lines, values in ((left.lines, "correlation"), (right.lines, "energy")):
        for line, one in zip(lines[: len(found)], found, strict=True):
            np.testing.assert_array_equal(line.get_xdata(), one.wavenumber)
            np.testing.assert_array_equal(line.get_ydata(), getattr(one, values))
            assert not line.get_label().startswith("Pe"), "a process by its whole name"


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["streamlines", "peclet_row", "terminal_knowledge"])
def test_the_same_numbers_are_the_same_bytes(name, tmp_path):
    paths = [tmp_path / f"{i}.{kind}" for i in range(2) for kind in ("png", "pdf")]
    for pair in (paths[:2], paths[2:]):
        style.draw(lambda: FIGURES[name](Results(SIX)), *pair)
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(paths[:2], paths[2:], strict=True))


@pytest.mark.parametrize("name", ["streamlines", "peclet_row"])
def test_without_a_flow_there_is_one_line(name, tmp_path, capsys):
    arrays = {"images": np.zeros((3, 1, 4, 4), np.uint8), "index": np.arange(3)}
    artifacts.save(tmp_path / "in", arrays, kind="images", spec={})
    out = ["--png", str(tmp_path / "a.png"), "--pdf", str(tmp_path / "a.pdf")]
    with pytest.raises(SystemExit):
        cli.main(["figure", name, "--inputs", str(tmp_path / "in"), *out])
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "no flow to draw: the configuration has no" in error
