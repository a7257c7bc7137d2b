"""Samples of several networks side by side."""

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.rendering import panels
from beyond_blur.storage import artifacts


def test_the_gallery_puts_explorations_into_one_figure(tmp_path):
    made, files = tmp_path / "made.safetensors", [tmp_path / "a.png", tmp_path / "a.pdf"]
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 1, 8, 8), np.uint8)
    facts = {"rows": ["start", "sample"], "columns": [], "title": "ddpm, 6 network calls"}
    artifacts.save(made, {"images": images}, kind="exploration", spec={}, **facts)
    drawn = []
    for _ in range(2):
        cli.main(
            [
                "figure",
                "shared",
                "--inputs",
                str(made),
                str(made),
                str(made),
                "--png",
                str(files[0]),
                "--pdf",
                str(files[1]),
            ]
        )
        drawn.append([file.read_bytes() for file in files])
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("shape", [(1, 2), (3, 1), (2, 10)])
def test_labels_of_a_panel_keep_clear_of_the_title_and_images_are_not_blown_up(shape):
    images = np.zeros((*shape, 1, 8, 8))
    rows, columns = [["x"] * n for n in shape]
    figure = panels.draw_panels([panels.Panel(images, rows, columns, "title " * 12)])
    figure.draw_without_rendering()
    axes = figure.axes[0]
    title = axes._left_title.get_window_extent()
    assert all(text.get_window_extent().y1 <= title.y0 for text in axes.texts)
    assert axes.get_window_extent().width / figure.dpi / shape[1] < 1.3


def test_a_panel_shows_every_image_in_its_place():
    images = np.linspace(0, 1, 6).reshape(2, 3, 1, 1, 1) * np.ones((2, 3, 1, 4, 4))
    panel = panels.Panel(images, ["up", "down"], ["a", "b", "c"], "title")
    axes = panels.draw_panels([panel]).axes[0]
    shown = axes.images[0].get_array()
    np.testing.assert_allclose(shown[::5, ::5, 0], images[:, :, 0, 0, 0])
    assert [text.get_text() for text in axes.texts] == ["a", "b", "c", "up", "down"]
