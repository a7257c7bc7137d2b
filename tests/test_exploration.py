"""Samples that outlive a kill, the verb that looks at any trained network, and its figures."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from beyond_blur import cli
from beyond_blur.config import load_experiment, rule_specs, to_json_values
from beyond_blur.data import pixels
from beyond_blur.network.unet import UNet
from beyond_blur.rendering import network_calls, panels
from beyond_blur.storage import artifacts
from beyond_blur.storage.code import code_checksum
from beyond_blur.storage.unfinished import Parts

ROOT = Path(__file__).parent.parent
ENV = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
PROCESSES = [{"kind": "heat_dissipation"}, {"kind": "advection_diffusion"}, {"kind": "ddpm"}]
EXPERIMENT = load_experiment({
    "preset": "tiny", "processes": PROCESSES,
    "sampling": {"n_samples": 6, "batch_size": 1},
    "process_options": {"ddpm": {"n_steps": 6, "schedule": "cosine"}},
})  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Networks that were never trained, images and terminal states."""
    place = tmp_path_factory.mktemp("exploration")
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20, 1, 8, 8), dtype=np.uint8)
    index = np.arange(20)
    artifacts.save(place / "images.safetensors", {"images": images, "index": index},
                   kind="images", spec={})  # fmt: skip
    states = {"terminal": (images / 255).astype(np.float32), "index": index}
    artifacts.save(place / "terminal.safetensors", states, kind="terminal", spec={})
    colour = {"images": np.repeat(images, 3, axis=1), "index": index}
    artifacts.save(place / "colour.safetensors", colour, kind="images", spec={})
    np.savez(place / "images.npz", images=images)
    (place / "png").mkdir()
    for i in range(20):
        Image.fromarray(images[i, 0]).save(place / f"png/{i:02}.png")
    for name in ("heat_dissipation", "advection_diffusion-pe0", "ddpm"):
        save_network(place / f"{name}.safetensors", name)
    return place


def save_network(path, name):
    torch.manual_seed(0)
    model = UNet(EXPERIMENT.network, 1)
    for weights in model.parameters():
        torch.nn.init.normal_(weights, std=0.05)
    arrays = {name: values.numpy() for name, values in model.state_dict().items()}
    spec = to_json_values(rule_specs.training_job(EXPERIMENT, name))
    artifacts.save(path, arrays, kind="weights", spec=spec, image_channels=1, steps=0, skipped=0)


# --- a killed run goes on -------------------------------------------------------------------------


def sample_command(folder, out, job=None, seed=0):
    job = job or rule_specs.sampling_job(EXPERIMENT, "heat_dissipation")
    return ["sample", "--spec", rule_specs.to_json(job), "--seed", str(seed), "--out", str(out),
            "--weights", str(folder / "heat_dissipation.safetensors"),
            "--prior", str(folder / "images.safetensors")]  # fmt: skip


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(folder, tmp_path, capsys):
    whole, killed = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    job = dataclasses.replace(rule_specs.sampling_job(EXPERIMENT, "heat_dissipation"), n_samples=80)
    cli.main(sample_command(folder, whole, job))
    command = [sys.executable, "-m", "beyond_blur", *sample_command(folder, killed, job)]
    process = subprocess.Popen(command, env=ENV, stdout=subprocess.DEVNULL)
    parts, deadline = tmp_path / "killed.parts", time.monotonic() + 60
    while len(list(parts.glob("[!.]*"))) < 3:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert not killed.exists()
    kept = list(parts.glob("[!.]*"))
    assert 3 <= len(kept) < 80
    kept[0].write_bytes(b"hello")  # a part that cannot be read is drawn again
    capsys.readouterr()
    cli.main(sample_command(folder, killed, job))
    text = capsys.readouterr().out
    assert "is truncated or not a file of this project" in text
    assert f"{len(kept) - 1} of 80 batches are drawn already" in text
    assert killed.read_bytes() == whole.read_bytes()
    assert not parts.exists()


@pytest.mark.parametrize("change", [{"delta": 0.5}, {"steps": 2}, {"last_noise": True}])
def test_parts_of_other_samples_are_not_taken_over(folder, tmp_path, change):
    """Neither of another seed nor of another job, although they lie in the same folder."""
    job = rule_specs.sampling_job(EXPERIMENT, "heat_dissipation")
    out, alone = tmp_path / "out.safetensors", tmp_path / "alone.safetensors"
    other = dataclasses.replace(job, **change)
    keep_parts(folder, out, other, seed=0)
    keep_parts(folder, out, job, seed=1)
    n_parts = len(list((tmp_path / "out.parts").iterdir()))
    assert n_parts == 2 * job.n_samples
    cli.main(sample_command(folder, out))
    cli.main(sample_command(folder, alone))
    assert out.read_bytes() == alone.read_bytes()


def keep_parts(folder, out, job, seed):
    """Draw samples as far as their parts: the run is stopped before the last is removed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Parts, "remove", lambda self: out.unlink())
        cli.main(sample_command(folder, out, job, seed))


def test_the_size_of_a_batch_changes_no_sample(folder, tmp_path):
    job, drawn = rule_specs.sampling_job(EXPERIMENT, "heat_dissipation"), []
    for size in (1, 7, 100):
        out = tmp_path / f"{size}.safetensors"
        cli.main(sample_command(folder, out, dataclasses.replace(job, batch_size=size)))
        drawn.append(artifacts.load(out, "samples").arrays)
    for other in drawn[1:]:
        np.testing.assert_array_equal(other["source"], drawn[0]["source"])
        difference = other["samples"].astype(int) - drawn[0]["samples"]
        assert np.abs(difference).max() <= 1  # rounding, and seldom


def test_a_change_of_code_makes_another_identity():
    assert code_checksum("sampling") != code_checksum("sampling", "noise")
    first, second = (Parts("x.safetensors", [code]).path("a") for code in ("one", "two"))
    assert first != second and first.parent == Path("x.parts")


# --- strips ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [
    {}, {"steps": 2}, {"prior_noise": False}, {"last_noise": True, "delta": 0.3},
], ids=str)  # fmt: skip
def test_strips_end_in_the_first_samples_of_the_first_seed(folder, tmp_path, changes):
    sampling = {"n_samples": 16, "batch_size": 16, "seeds": [3], **changes}
    made = load_experiment({"preset": "tiny", "processes": PROCESSES[:1], "sampling": sampling})
    job = rule_specs.sampling_job(made, "heat_dissipation")
    strips = rule_specs.trajectory_job(made, "heat_dissipation")
    out, way = tmp_path / "samples.safetensors", tmp_path / "way.safetensors"
    cli.main(sample_command(folder, out, job, seed=3))
    images, weights = (str(folder / f"{n}.safetensors") for n in ("images", "heat_dissipation"))
    cli.main(["trajectory", "--spec", rule_specs.to_json(strips), "--weights", weights,
              "--images", images, "--prior", images, "--out", str(way)])  # fmt: skip
    samples, shown = artifacts.load(out, "samples").arrays, artifacts.load(way, "trajectory").arrays
    levels = [0, 2, 4] if "steps" in changes else [0, 1, 2, 3, 4]
    assert shown["levels"].tolist() == levels
    np.testing.assert_array_equal(pixels.to_uint8(shown["backward"][:, 0]), samples["samples"])
    np.testing.assert_array_equal(pixels.to_uint8(shown["backward"][:, -1]), samples["prior"])


def test_no_option_of_the_sampler_changes_forward_states():
    others = {"steps": 2, "delta": 0.3, "prior_noise": False, "last_noise": True}
    usual, changed = (
        load_experiment({"preset": "tiny", "sampling": sampling}) for sampling in ({}, others)
    )
    name = "advection_diffusion-pe0.1"
    assert rule_specs.forward_job(usual, name) == rule_specs.forward_job(changed, name)
    for key, value in others.items():
        assert getattr(rule_specs.trajectory_job(changed, name), key) == value


# --- the verb explore -----------------------------------------------------------------------------


def explore(folder, name, prior, *options):
    save = folder / "made.safetensors"
    cli.main(["explore", "--weights", str(folder / f"{name}.safetensors"), "--prior",
              str(folder / prior), "--save", str(save), *map(str, options)])  # fmt: skip
    file = artifacts.load(save, "exploration")
    return file.arrays["images"], file.manifest


@pytest.mark.parametrize(("name", "prior"), [
    ("heat_dissipation", "images.safetensors"), ("heat_dissipation", "images.npz"),
    ("heat_dissipation", "png"), ("advection_diffusion-pe0", "terminal.safetensors"),
    ("ddpm", "images.npz"),
])  # fmt: skip
def test_weights_and_a_prior_are_enough(folder, name, prior):
    out = folder / f"{name}.png"
    images, manifest = explore(folder, name, prior, "--n", 4, "--out", out)
    assert images.shape == (2, 4, 1, 8, 8)
    assert manifest["rows"] == ["start", "sample"]
    assert Image.open(out).size[0] > 500


def test_explored_samples_are_the_samples_of_the_seed(folder, tmp_path):
    job = dataclasses.replace(rule_specs.sampling_job(EXPERIMENT, "heat_dissipation"), batch_size=4)
    out = tmp_path / "samples.safetensors"
    cli.main(sample_command(folder, out, job, seed=3))
    spec = ["--spec", rule_specs.to_json(job), "--seed", 3, "--n", 4]
    images, _ = explore(folder, "heat_dissipation", "images.safetensors", *spec)
    samples = artifacts.load(out, "samples").arrays
    np.testing.assert_array_equal(images[1], samples["samples"][:4])
    np.testing.assert_array_equal(images[0], samples["prior"][:4])


def test_shared_noise_and_shared_states(folder):
    noise, _ = explore(folder, "heat_dissipation", "images.npz", "--shared-noise", "--n", 4)
    both, manifest = explore(
        folder, "heat_dissipation", "images.npz", "--shared-noise", "--shared-state", "--n", 4
    )
    assert len(np.unique(noise[1], axis=0)) == 4
    assert both.shape == (1, 5, 1, 8, 8)  # the one start, then the samples, all alike
    assert len(np.unique(both[0, 1:], axis=0)) == 1
    assert manifest["title"].endswith("the same noise, one initial state")
    state, _ = explore(folder, "heat_dissipation", "images.npz", "--shared-state", "--n", 4)
    assert len(np.unique(state[0, 1:], axis=0)) == 4
    np.testing.assert_array_equal(state[0, :2], both[0, :2])


def test_a_shared_state_is_shared_by_noise_processes_too(folder):
    way, manifest = explore(
        folder, "ddpm", "images.npz", "--shared-state", "--trajectory", "--n", 3
    )
    assert manifest["columns"][0] == "k = 6"
    assert [len(np.unique(way[:, j], axis=0)) for j in (0, -1)] == [1, 3]


def test_interpolations_end_in_samples(folder):
    images, manifest = explore(folder, "ddpm", "images.npz", "--interpolate", 5, "--n", 2)
    plain_ones, _ = explore(folder, "ddpm", "images.npz", "--n", 4)
    assert images.shape == (2, 5, 1, 8, 8)
    ends = images[:, [0, -1]].reshape(4, 1, 8, 8).astype(int)
    assert np.abs(ends - plain_ones[1]).max() <= 1
    assert manifest["columns"] == ["0", "0.25", "0.5", "0.75", "1"]


def test_a_trajectory_goes_from_the_start_to_the_sample(folder):
    options = ["--n", 3, "--steps", 2]
    images, manifest = explore(folder, "heat_dissipation", "images.npz", "--trajectory", *options)
    ends, _ = explore(folder, "heat_dissipation", "images.npz", *options)
    assert manifest["columns"] == ["k = 4", "k = 2", "k = 0"]
    np.testing.assert_array_equal(images[:, [0, -1]].swapaxes(0, 1), ends)


def test_more_samples_than_a_row_holds_go_on_below(folder):
    images, manifest = explore(folder, "heat_dissipation", "images.npz", "--n", 13)
    assert images.shape == (4, 10, 1, 8, 8)
    assert manifest["rows"] == ["start", "sample"] * 2
    assert (images[2:, 3:] == 255).all()


@pytest.mark.parametrize(("name", "prior", "options", "message"), [
    ("heat_dissipation", "terminal.safetensors", [], "starts from clean images: give files of kin"),
    ("advection_diffusion-pe0", "images.npz", [], "starts from terminal states: give files of"),
    ("heat_dissipation", "colour.safetensors", [], "has 3 channels and the network 1"),
    ("heat_dissipation", "images.npz", ["--steps", 9], "sampling.steps = 9: this process has 4"),
    ("heat_dissipation", "images.npz", ["--interpolate", 1], "interpolation over 1 samples"),
    ("heat_dissipation", "images.npz", ["--interpolate", 5, "--trajectory"], "give one of them"),
    ("heat_dissipation", "images.npz", ["--out", "x.jpg"], "x.jpg has to end in one of .png, .pdf"),
    ("heat_dissipation", "images.npz", ["--n", 0], "--n 0: at least one sample"),
    ("heat_dissipation", "images.npz", ["--seed", -1], "--seed -1 is outside the range of seeds"),
    ("heat_dissipation", "images.npz", ["--delta", -1], "--delta -1 is no standard deviation"),
    ("ddpm", "images.npz", ["--delta", 0.1], "--delta has no effect on ddpm"),
    ("ddpm", "images.npz", ["--no-prior-noise"], "--no-prior-noise has no effect on ddpm"),
    ("advection_diffusion-pe0", "nothing", [], "nothing does not exist"),
    ("heat_dissipation", "png", ["--out", "/proc/no.png"], "/proc/no.png cannot be written"),
])  # fmt: skip
def test_what_cannot_be_explored_is_one_line(folder, capsys, name, prior, options, message):
    with pytest.raises(SystemExit):
        explore(folder, name, prior, *options)
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_shards_may_be_named_by_their_folder_and_sets_not_be_mixed(folder, tmp_path, capsys):
    shards = tmp_path / "shards"
    shards.mkdir()
    shutil.copy(folder / "terminal.safetensors", shards / "shard-0.safetensors")
    by_folder, _ = explore(folder, "advection_diffusion-pe0", shards, "--n", 3)
    by_name, manifest = explore(folder, "advection_diffusion-pe0", "terminal.safetensors", "--n", 3)
    np.testing.assert_array_equal(by_folder, by_name)
    assert f"made.safetensors ({manifest['title']})" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        explore(folder, "heat_dissipation", "png", "--prior", folder / "png", folder / "images.npz")
    assert "several files have to be shards of one set" in capsys.readouterr().err


def test_one_initial_state_is_that_of_a_row_of_an_interpolation(folder):
    options = ["--interpolate", 3, "--n", 2, "--shared-state"]
    _, manifest = explore(folder, "heat_dissipation", "images.npz", *options)
    assert manifest["title"].endswith("interpolated, one initial state in each row")


def test_nothing_to_write_is_an_error(folder, capsys):
    with pytest.raises(SystemExit):
        cli.main(["explore", "--weights", "x", "--prior", "y"])
    assert "give --out FILE.png, --save FILE.safetensors or both" in capsys.readouterr().err


# --- figures --------------------------------------------------------------------------------------


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
