"""The verb explore draws what the workflow draws: samples, ways, interpolations."""

import av
import numpy as np
import pytest
from PIL import Image

from beyond_blur import cli
from beyond_blur.config import rule_specs
from beyond_blur.rendering import film_panels
from beyond_blur.storage import artifacts
from untrained_networks import EXPERIMENT, explore, sample_command, with_sampling


@pytest.mark.parametrize(("name", "prior"), [
    ("heat_dissipation", "images.safetensors"), ("heat_dissipation", "images.npz"),
    ("heat_dissipation", "png"), ("advection_diffusion-pe0", "terminal.safetensors"),
    ("ddpm", "images.npz"),
])  # fmt: skip
def test_weights_and_a_prior_are_enough(folder, name, prior):
    out = folder / f"{name} from {prior}.png"
    images, manifest = explore(folder, name, prior, "--n", 4, "--out", out)
    assert images.shape == (2, 4, 1, 8, 8)
    assert manifest["rows"] == ["start", "sample"]
    assert Image.open(out).size[0] > 500


def test_explored_samples_are_the_samples_of_the_seed(folder, tmp_path):
    job = with_sampling(rule_specs.sampling_spec(EXPERIMENT, "heat_dissipation"), batch_size=4)
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


def test_a_way_has_as_many_levels_as_are_asked_for(folder):
    options = ["--trajectory", "--n", 2]
    few, manifest = explore(folder, "ddpm", "images.npz", *options, "--levels", 3)
    every, _ = explore(folder, "ddpm", "images.npz", *options, "--levels", 100)
    assert manifest["columns"] == ["k = 6", "k = 3", "k = 0"]
    np.testing.assert_array_equal(few, every[:, ::3])


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_a_way_is_written_as_a_film(folder, suffix):
    out, options = folder / f"way{suffix}", ["--trajectory", "--n", 4]
    images, _ = explore(folder, "ddpm", "images.npz", *options, "--out", out)
    assert images.shape == (4, 7, 1, 8, 8), "all levels of a process with fewer than a film shows"
    with av.open(str(out)) as film:
        assert len(list(film.decode(video=0))) == 7 + (3 if suffix == ".mp4" else 0)


def test_a_film_of_a_way_shows_its_states_pixel_by_pixel(folder):
    out, options = folder / "states.gif", ["--trajectory", "--shared-state", "--n", 4]
    images, _ = explore(folder, "heat_dissipation", "images.npz", *options, "--out", out)
    times = 2 * film_panels.WIDTH // 17  # two pictures of 8 pixels, and one pixel between them
    with Image.open(out) as film:
        assert film.n_frames == images.shape[1] == 5
        for i in range(5):
            film.seek(i)
            frame = np.asarray(film.convert("L"))
            below = frame[len(frame) - film_panels.MARGIN - film_panels.BAR :]
            assert (below[2] < 200).mean() > 0.9 * i / 4 - 0.01, "the bar"
            top = next(y for y, row in enumerate(frame[:, film_panels.MARGIN :: times][:, :8])
                       if (row == images[0, i, 0, 0]).all())  # fmt: skip
            shown = frame[top:, film_panels.MARGIN :][: 17 * times : times, : 17 * times : times]
            np.testing.assert_array_equal(shown[:8, :8], images[0, i, 0])
            np.testing.assert_array_equal(shown[9:, 9:], images[3, i, 0])


def test_an_interpolation_is_a_film_there_and_back(folder):
    out = folder / "between.gif"
    images, _ = explore(folder, "ddpm", "images.npz", "--interpolate", 5, "--n", 1, "--out", out)
    with Image.open(out) as film:
        shown = []
        for i in range(film.n_frames):
            film.seek(i)
            shown.append(np.asarray(film.convert("RGB")))
    assert images.shape[1] == 5 and len(shown) == 9, "the far end is one frame, shown longer"
    for one, other in zip(shown, reversed(shown), strict=True):
        np.testing.assert_array_equal(one, other)
