"""The page is put together for any picture, and says what cannot be done."""

import io

import numpy as np
import pytest
from PIL import Image

from beyond_blur.cli import main

pn = pytest.importorskip("panel")

from beyond_blur.play import page  # noqa: E402
from beyond_blur.play.samples import Samples, networks_in  # noqa: E402
from beyond_blur.play.state import levels_by_name  # noqa: E402


def png_file(mode, size):
    stream = io.BytesIO()
    Image.new(mode, size, 100).save(stream, "png")
    return stream.getvalue()


def texts(view):
    return [one.object for one in view.select(pn.pane.Markdown)]


def test_a_picture_of_ones_own_becomes_its_centre_square():
    assert page.picture_of(None, 64).shape == (3, 64, 64)
    own = page.picture_of(png_file("L", (90, 50)), 64)
    assert own.shape == (1, 64, 64) and own == pytest.approx(100 / 255)


def test_each_process_is_shown_with_its_numbers_and_a_flow_where_it_has_one():
    for method, pictures in (("Beyond Blur", 3), ("IHDM", 2), ("DDPM", 2)):
        view = page.view_of(None, 64, method=method)
        assert len(view.select(pn.pane.PNG)) == pictures
        assert any("mean green" in text for text in texts(view))


def test_what_cannot_be_solved_is_said_in_the_place_of_pictures():
    (alert,) = page.view_of(None, 64, peclet=50.0).select(pn.pane.Alert)
    assert "Peclet" in alert.object or "peclet" in alert.object


def test_a_file_that_is_no_picture_is_said_in_the_place_of_pictures():
    (alert,) = page.view_of(b"no picture", 64).select(pn.pane.Alert)
    assert alert.object.startswith("the picture")


def test_samples_are_offered_where_there_is_a_network_only(tmp_path):
    def names(networks):
        return {one.label for one in page.page(networks).select(pn.widgets.Button)}

    assert names(networks_in(tmp_path)) == set()
    weights = tmp_path / "results/checkpoints/mnist/ddpm/weights.safetensors"
    weights.parent.mkdir(parents=True)
    weights.touch()
    networks = networks_in(tmp_path)
    assert list(networks) == ["mnist/ddpm"] and names(networks) == {"draw a sample"}


def test_a_sample_is_a_row_of_states_under_their_levels():
    made = Samples(np.zeros((3, 1, 8, 8), np.uint8), ["k = 2", "k = 1", "k = 0"], "DDPM")
    view = page.strip(made)
    assert len(view.select(pn.pane.PNG)) == 3 and "k = 1" in texts(view)


def test_without_panel_one_line_says_what_to_install(monkeypatch):
    from beyond_blur.cli import play

    monkeypatch.setattr(play.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        main(["play"])


def test_the_page_is_there_before_anything_is_computed(monkeypatch, tmp_path):
    """A browser shows nothing of a page that waits for the solver's loops to be compiled."""
    monkeypatch.setattr(page, "state_of", lambda *_: pytest.fail("computed too early"))
    weights = tmp_path / "results/checkpoints/mnist/ddpm/weights.safetensors"
    weights.parent.mkdir(parents=True)
    weights.touch()
    assert page.page(networks_in(tmp_path)).select(pn.widgets.Button)


def test_the_level_keeps_its_place_when_its_fourier_number_changes():
    made = page.page({})
    (slider,) = made.select(pn.widgets.DiscreteSlider)
    (size,) = made.select(pn.widgets.RadioButtonGroup)
    (method,) = made.select(lambda one: isinstance(one, pn.widgets.Select))
    names = set()
    for side, process in ((64, "IHDM"), (128, "IHDM"), (128, "DDPM")):
        size.value, method.value = side, process
        assert slider.value == 100 and slider.options == levels_by_name(process, side)
        names.add(list(slider.options)[100])
    assert len(names) == 3
