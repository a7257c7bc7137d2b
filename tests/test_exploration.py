"""Figures of what trained networks draw, and the verb that caches pairs."""

import json

import numpy as np
import pandas as pd
import pytest

from beyond_blur import cli
from beyond_blur.config import load_experiment, rule_specs
from beyond_blur.rendering import network_calls, panels
from beyond_blur.storage import artifacts
from untrained_networks import explore, save_everything


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_everything(tmp_path_factory.mktemp("exploration"))


def test_the_gallery_puts_explorations_into_one_figure(folder, tmp_path):
    explore(folder, "ddpm", "images.npz", "--n", 3)
    made, files = folder / "made.safetensors", [tmp_path / "a.png", tmp_path / "a.pdf"]
    drawn = []
    for _ in range(2):
        cli.main(["gallery", "--inputs", str(made), str(made), str(made), "--across", "2",
                  "--png", str(files[0]), "--pdf", str(files[1])])  # fmt: skip
        drawn.append([file.read_bytes() for file in files])
    assert drawn[0] == drawn[1]


def metrics_row(calls, peclet=None, images="samples"):
    names = ("precision", "recall", "density", "coverage", "kernel_distance")
    return {"process": "a_b", "peclet": peclet, "prior": "train", "images": images, "seed": 0,
            "extractor": "classifier", "nearest_k": 3, "n_samples": 9, "n_reference": 8,
            "reference": "held_out", "frechet_distance": 100 / calls, "frechet_infinity": 1.0,
            "kernel_standard_error": 0.1, "feature_dim": 2,
            **dict.fromkeys(names, calls / 100)}  # fmt: skip


def test_steps_gather_the_metrics_of_samples_by_calls(tmp_path):
    points = [(calls, peclet) for peclet in (None, 0.06) for calls in (1, 7, 30)]
    paths = []
    for i, (calls, peclet) in enumerate(points):
        rows = [metrics_row(calls, peclet), metrics_row(calls, peclet, "one_step")]
        paths.append(tmp_path / f"{i}.json")
        paths[-1].write_text(json.dumps({"rows": rows}))
    csv, png, pdf = (tmp_path / f"steps.{kind}" for kind in ("csv", "png", "pdf"))
    cli.main(["steps", "--metrics", *map(str, paths), "--calls", *(str(c) for c, _ in points),
              "--csv", str(csv), "--png", str(png), "--pdf", str(pdf)])  # fmt: skip
    frame = pd.read_csv(csv)
    assert frame["calls"].tolist() == [1, 7, 30] * 2
    assert frame["label"].tolist() == ["a b"] * 3 + ["a b, Pe = 0.06"] * 3
    np.testing.assert_allclose(frame["frechet_distance"], 100 / frame["calls"], rtol=1e-5)
    assert png.stat().st_size > 1000 and pdf.stat().st_size > 1000


def test_no_metrics_to_draw_over_calls_is_one_line(tmp_path, capsys):
    files = [str(tmp_path / f"steps.{kind}") for kind in ("csv", "png", "pdf")]
    with pytest.raises(SystemExit):
        cli.main(["steps", "--metrics", "--calls", "--csv", files[0], "--png", files[1],
                  "--pdf", files[2]])  # fmt: skip
    error = capsys.readouterr().err
    assert "processes of kind own are left out" in error and error.count("\n") == 1


def test_every_curve_is_drawn_over_its_calls():
    rows = [[metrics_row(calls, peclet)] for peclet in (None, 0.06) for calls in (30, 1, 7)]
    frame = network_calls.over_calls(rows, [30, 1, 7] * 2)
    figure = network_calls.metrics_over_calls(frame)
    assert len(figure.axes) == 4
    for axes in figure.axes:
        assert [line.get_xdata().tolist() for line in axes.lines] == [[1, 7, 30]] * 2


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


@pytest.mark.parametrize(("trained", "levels"), [(True, {1, 2, 3, 4}), (False, {1, 2, 3})])
def test_the_verb_pairs_leaves_level_K_out_where_told_to(folder, tmp_path, trained, levels):
    made = load_experiment({"preset": "tiny", "levels": {"train_last_level": trained}})
    job = rule_specs.corruption_job(made, "advection_diffusion-pe0")
    cli.main(["cache_pairs", "--spec", rule_specs.to_json(job), "--images",
              str(folder / "images.safetensors"), "--out", str(tmp_path / "pairs")])  # fmt: skip
    assert set(artifacts.load(tmp_path / "pairs", "pairs").arrays["k"].tolist()) == levels
