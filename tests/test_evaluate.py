"""Rows of the table from known sets, any image set against any other, what states still hold."""

import json
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from beyond_blur import cli
from beyond_blur.analysis.amplitude import heat_kernel, terminal_amplitude
from beyond_blur.config import load_experiment, rule_specs
from beyond_blur.data import image_sets
from beyond_blur.data.readers import read_digits, read_idx
from beyond_blur.metrics import FewSamples, copies, frechet_distance, measure
from beyond_blur.storage import artifacts, atomic

OPTIONS = {"nearest_k": 3, "seed": 0, "threads": 1, "kid_subsets": 10}


def gaussian(n, d=8, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.fixture(scope="module")
def digits():
    return read_digits().pixels


# --- measure --------------------------------------------------------------------------------------


def test_measure_gives_the_metrics_of_the_library():
    fake, real = gaussian(200, seed=1) + 0.5, gaussian(150, seed=2)
    found = measure.measure(fake, real, **OPTIONS)
    assert found["frechet_distance"] == frechet_distance(fake, real)
    assert (found["n_samples"], found["n_reference"], found["feature_dim"]) == (200, 150, 8)
    assert found["frechet_sizes"] == [50, 88, 125, 162, 200]
    assert found["frechet_by_size"][-1] == found["frechet_distance"]
    assert 0 <= found["coverage"] <= 1
    json.dumps(found)


def test_measure_is_the_same_for_the_same_seed_and_orders_known_gaussians():
    real = gaussian(300, seed=0)
    near, far = (measure.measure(gaussian(300, seed=1) + s, real, **OPTIONS) for s in (0, 1))
    assert near == measure.measure(gaussian(300, seed=1), real, **OPTIONS)
    for metric in ("frechet_distance", "frechet_infinity", "kernel_distance"):
        assert near[metric] < far[metric]
    for metric in ("precision", "recall", "density", "coverage"):
        assert near[metric] > far[metric]


def test_infinite_n_removes_the_bias_of_few_samples():
    """Gaussians a known step apart: what finite N adds is what the line takes away."""
    real, shift, errors = gaussian(20_000, 16), 0.3, []
    for seed in range(1, 8):
        fake = gaussian(400, 16, seed) + shift
        plain = frechet_distance(fake, real)
        found = measure.extrapolate(fake, real, plain, 5, np.random.default_rng(0))
        errors.append(np.array([plain, found["frechet_infinity"]]) - 16 * shift**2)
    bias, left = np.mean(errors, axis=0)
    assert bias > 0.2
    assert abs(left) < bias / 3


@pytest.mark.parametrize(("n", "shift", "most"), [(60, 0.5, 1.4), (60, 0.0, 2.5), (300, 0.5, 1.4)])
def test_the_kernel_distances_error_is_what_new_samples_show(n, shift, most):
    """The spread over fresh pairs of sets, against the error that each pair states by itself."""
    found = [
        measure.kernel(gaussian(n, 4, 2 * s) + shift, gaussian(n, 4, 2 * s + 1),
                          np.random.default_rng(s), 40, 1)
        for s in range(1, 61)
    ]  # fmt: skip
    values, errors = (
        np.array([f[name] for f in found]) for name in ("kernel_distance", "kernel_standard_error")
    )
    assert 0.7 < np.median(errors) / values.std(ddof=1) < most


def test_few_samples_are_warned_of_for_every_set():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for seed in (1, 2):
            measure.measure(gaussian(8, seed=seed), gaussian(30), **OPTIONS)
    assert [w.category for w in caught] == [FewSamples, FewSamples]


@pytest.mark.parametrize("n", [5, 6, 7])
def test_the_smallest_sets_there_can_be_are_measured(n):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewSamples)
        found = measure.measure(gaussian(n, 2, 1), gaussian(n, 2, 2), **OPTIONS)
    assert np.isfinite(found["frechet_infinity"])


def test_rows_are_found_whatever_their_order():
    index = np.array([7, 3, 9, 4])
    np.testing.assert_array_equal(copies.rows_of(np.array([9, 7, 9]), index), [2, 0, 2])
    with pytest.raises(ValueError, match=r"1 samples started from .* \(image 5"):
        copies.rows_of(np.array([3, 5]), index)
    with pytest.raises(ValueError, match="image 10"):
        copies.rows_of(np.array([10]), index)


@pytest.mark.parametrize("size", [(8, 8), (64, 64), (40, 33)])
def test_pixel_vectors_are_block_means(size):
    images = np.random.default_rng(0).integers(0, 256, (3, 3, *size), dtype=np.uint8)
    vectors = copies.pixel_vectors(images)
    assert vectors.shape == (3, 3 * min(size[0], 32) * min(size[1], 32))
    if size == (8, 8):
        np.testing.assert_array_equal(vectors, images.reshape(3, -1))
    if size == (64, 64):
        blocks = images.reshape(3, 3, 32, 2, 32, 2).mean((3, 5))
        np.testing.assert_allclose(vectors, blocks.reshape(3, -1), rtol=1e-6)
    flat = copies.pixel_vectors(np.full_like(images, 100))
    np.testing.assert_allclose(flat, 100, rtol=1e-6)


# --- the verb metrics -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(digits, tmp_path_factory):
    """Files of a run whose samples are known: half are copies of their prior's image."""
    folder = tmp_path_factory.mktemp("metrics")
    images = {"train": digits[:200], "held_out": digits[200:300]}
    first = {"train": 0, "held_out": 1000}
    for split, pixels in images.items():
        index = np.arange(len(pixels)) + first[split]
        artifacts.save(folder / f"{split}.safetensors", {"images": pixels, "index": index},
                       kind="images", spec={})  # fmt: skip
    rng = np.random.default_rng(0)
    for prior in ("train", "held_out", "noise"):
        base = images["train" if prior == "noise" else prior]
        rows = rng.permutation(len(base))[:60]
        samples = base[rows].copy()
        samples[30:] = 255 - samples[30:]
        arrays = {"samples": samples, "prior": samples // 2 + 60, "one_step": samples // 2}
        if prior != "noise":
            arrays["source"] = rows + first[prior]
        artifacts.save(folder / f"samples-{prior}.safetensors", arrays, kind="samples", spec={})
    job = rule_specs.to_json(rule_specs.FeaturesJob("random", None, 64))
    for name in ("train", "held_out", *(f"samples-{p}" for p in ("train", "held_out", "noise"))):
        cli.main(["features", "--spec", job, "--images", str(folder / f"{name}.safetensors"),
                  "--out", str(folder / f"features-{name}.safetensors")])  # fmt: skip
    return folder


def measured(folder, prior):
    job = rule_specs.MetricsJob(
        "random", 3, 3, 5, 60, 0, None if prior is None else "p", None, prior
    )
    real = ["--train", folder / "features-train.safetensors",
            "--held-out", folder / "features-held_out.safetensors"]  # fmt: skip
    sources = []
    if prior is not None:
        sources = ["--features", folder / f"features-samples-{prior}.safetensors",
                   "--samples", folder / f"samples-{prior}.safetensors"]  # fmt: skip
    if prior in ("train", "held_out"):
        sources += ["--images", folder / f"{prior}.safetensors"]
    out = folder / f"metrics-{prior}.json"
    with pytest.warns(FewSamples, match="60 samples of 256"):
        arguments = ["metrics", "--spec", rule_specs.to_json(job), *real, *sources, "--out", out]
        cli.main(list(map(str, arguments)))
    return {row["images"]: row for row in atomic.read_json(out)["rows"]}


def test_copies_of_the_prior_are_counted_by_features_and_in_pixels(run):
    rows = measured(run, "train")
    assert list(rows) == ["samples", "prior", "one_step"]
    assert rows["samples"]["copy_share_pixels"] == 0.5
    assert rows["samples"]["copy_share"] == pytest.approx(0.5, abs=0.05)
    assert all("held_out_copy_share" not in row for row in rows.values())
    assert rows["samples"]["reference"] == "held_out"


def test_held_out_priors_are_never_measured_against_their_own_images(run):
    rows = measured(run, "held_out")
    assert rows["samples"]["held_out_copy_share_pixels"] == 0.5
    assert "copy_share" not in rows["samples"]
    assert (rows["samples"]["reference"], rows["samples"]["n_reference"]) == ("train", 100)


def test_noise_has_no_corrupted_prior_and_no_copies(run):
    rows = measured(run, "noise")
    assert list(rows) == ["samples", "one_step"]
    assert "copy_share" not in rows["samples"]


def test_the_ceiling_is_real_images_and_beats_the_floors(run):
    rows = measured(run, None)
    assert list(rows) == ["train"]
    assert rows["train"]["n_samples"] == 60
    floors = measured(run, "train")
    for floor in ("prior", "one_step"):
        assert rows["train"]["frechet_distance"] < floors[floor]["frechet_distance"] / 2
        assert rows["train"]["coverage"] > floors[floor]["coverage"]


def test_samples_of_another_run_are_refused(run, tmp_path, capsys):
    file = artifacts.load(run / "samples-train.safetensors", "samples")
    arrays = {**file.arrays, "source": file.arrays["source"] + 500}
    artifacts.save(tmp_path / "s.safetensors", arrays, kind="samples", spec={})
    job = rule_specs.MetricsJob("random", 3, 3, 5, 60, 0, "p", None, "train")
    with pytest.raises(SystemExit):
        cli.main(["metrics", "--spec", rule_specs.to_json(job),
                  "--train", str(run / "features-train.safetensors"),
                  "--held-out", str(run / "features-held_out.safetensors"),
                  "--features", str(run / "features-samples-train.safetensors"),
                  "--samples", str(tmp_path / "s.safetensors"),
                  "--images", str(run / "train.safetensors"),
                  "--out", str(tmp_path / "out")])  # fmt: skip
    assert "belong to different runs" in capsys.readouterr().err


def test_neighbours_mark_copies(run, tmp_path):
    for prior in ("train", "noise"):
        prior_images = ["--prior-images", str(run / "train.safetensors")]
        cli.main(["neighbours", "--samples", str(run / f"samples-{prior}.safetensors"),
                  "--features", str(run / f"features-samples-{prior}.safetensors"),
                  "--train", str(run / "features-train.safetensors"),
                  "--images", str(run / "train.safetensors"),
                  *(prior_images if prior == "train" else []),
                  "--out", str(tmp_path / f"{prior}.safetensors")])  # fmt: skip
    found = artifacts.load(tmp_path / "train.safetensors", "neighbours").arrays
    assert found["images"].shape == (6, 8, 1, 8, 8)
    np.testing.assert_array_equal(found["images"][0], found["images"][1])  # the first are copies
    assert found["copies"][[2, 5]].all() and not found["copies"][[0, 1, 3, 4]].any()
    noise = artifacts.load(tmp_path / "noise.safetensors", "neighbours").arrays
    assert np.isnan(noise["images"][1]).all() and not noise["copies"].any()


def test_the_metrics_job_has_no_peclet_number_where_the_process_has_none():
    experiment = load_experiment({"preset": "tiny", "processes": [{"kind": "ddpm"}]})
    job = rule_specs.metrics_job(experiment, 0, "ddpm", "noise")
    assert (job.process, job.peclet, job.prior) == ("ddpm", None, "noise")
    assert rule_specs.from_json(rule_specs.MetricsJob, rule_specs.to_json(job)) == job


# --- any set against any other --------------------------------------------------------------------


def write_pngs(folder, images):
    folder.mkdir(parents=True)
    for i, image in enumerate(images):
        pixels = image[0] if image.shape[0] == 1 else image.transpose(1, 2, 0)
        Image.fromarray(pixels).save(folder / f"{i:04d}.png")
    return folder


@pytest.fixture(scope="module")
def sets(digits, tmp_path_factory):
    """The same digits as PNGs, npz files and a shard; halves that do not overlap."""
    folder = tmp_path_factory.mktemp("sets")
    write_pngs(folder / "a", digits[:300])
    write_pngs(folder / "b/1", digits[300:450])
    write_pngs(folder / "b/2", digits[450:600])
    np.savez(folder / "b.npz", images=digits[300:600, 0])
    np.savez(folder / "unnamed.npz", digits[300:600].transpose(0, 2, 3, 1))
    np.savez(folder / "colour.npz", np.repeat(digits[300:600].transpose(0, 2, 3, 1), 3, 3))
    for i, part in enumerate(np.split(digits[300:600], 2)):
        path = folder / f"shards/shard-{i}.safetensors"
        artifacts.save(path, {"images": part}, kind="images", spec={})
    return folder


@pytest.mark.parametrize(
    "name", ["b", "b.npz", "unnamed.npz", "shards", "shards/shard-0.safetensors"]
)
def test_every_form_of_a_set_is_read_as_the_same_images(sets, digits, name):
    images = image_sets.read_images(sets / name)
    expected = digits[300:450] if name.endswith("shard-0.safetensors") else digits[300:600]
    np.testing.assert_array_equal(images, expected)


def evaluate(capsys, *arguments):
    """Output of the verb, or its error where it fails."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FewSamples)
            cli.main(["evaluate", "--extractor", "random", *map(str, arguments)])
    except SystemExit:
        return capsys.readouterr().err
    return capsys.readouterr().out


def test_evaluate_writes_what_the_library_says(sets, capsys, tmp_path):
    out = tmp_path / "report.json"
    text = evaluate(capsys, "--images", sets / "a", "--reference", sets / "b", "--out", out)
    found = json.loads(out.read_text())
    assert found["n_samples"] == found["n_reference"] == 300
    assert f"{found['frechet_distance']:.4g}" in text and "(not FID)" in text
    assert found["extractor"] == "random" and len(found["weights_sha256"]) == 64
    again = evaluate(capsys, "--images", sets / "a", "--reference", sets / "b.npz")
    assert f"{found['frechet_distance']:.4g}" in again


def test_a_set_against_itself_is_perfect(sets, capsys, tmp_path):
    out = tmp_path / "report.json"
    evaluate(capsys, "--images", sets / "b", "--reference", sets / "unnamed.npz", "--out", out)
    found = json.loads(out.read_text())
    assert found["frechet_distance"] == pytest.approx(0, abs=1e-6)
    assert found["precision"] == found["recall"] == found["coverage"] == 1


def test_grey_against_colour_is_repeated_and_said(sets, capsys, tmp_path):
    out = tmp_path / "report.json"
    text = evaluate(
        capsys, "--images", sets / "b", "--reference", sets / "colour.npz", "--out", out
    )
    assert "is grey and the other set colour: grey was repeated" in text
    assert json.loads(out.read_text())["frechet_distance"] == pytest.approx(0, abs=1e-6)


def test_a_few_images_are_measured_with_a_caution(sets, capsys):
    text = evaluate(capsys, "--images", sets / "a", "--reference", sets / "b", "--size", 4)
    assert "300 images are too few" not in text  # 256 dimensions
    images = sets / "shards/shard-0.safetensors"
    text = evaluate(capsys, "--images", images, "--reference", sets / "b")
    assert "150 images are too few for 256 feature dimensions" in text


def test_images_of_several_sizes_need_a_size(sets, digits, capsys, tmp_path):
    mixed = write_pngs(tmp_path / "mixed", digits[:10])
    write_pngs(mixed / "larger", np.kron(digits[10:16], np.ones((2, 2), np.uint8)))
    arguments = ["--images", mixed, "--reference", sets / "b"]
    error = evaluate(capsys, *arguments)
    assert "2 sizes (10 of 8 x 8, 6 of 16 x 16 pixels): give --size N" in error
    assert error.count("\n") == 1
    assert "16 images of" in evaluate(capsys, *arguments, "--size", 8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--images", "five", "--reference", "b"],
            "holds 5 images: --nearest-k 5 needs",
        ),
        (["--images", "empty", "--reference", "b"], "holds no images"),
        (["--images", "nowhere", "--reference", "b"], "does not exist"),
        (["--images", "large", "--reference", "b"], "of 16 x 16 pixels and"),
        (["--images", "floats.npz", "--reference", "b"], "expected uint8"),
        (["--images", "other.npz", "--reference", "b"], "images, samples, arr_0 is needed"),
        (["--images", "broken.npz", "--reference", "b"], "truncated or not an npz"),
        (["--images", "broken", "--reference", "b"], "cannot be read as an image"),
        (["--images", "a", "--reference", "b", "--extractor", "classifier"], "--classifier FILE"),
        (["--images", "a", "--reference", "b", "--extractor", "dinov2"], "--weights FILE"),
        (
            [
                "--images",
                "a",
                "--reference",
                "b",
                "--extractor",
                "inception",
                "--weights",
                "no.pth",
            ],
            "no.pth do not exist",
        ),
    ],
)
def test_what_cannot_be_measured_is_one_line(sets, digits, capsys, tmp_path, arguments, message):
    write_pngs(tmp_path / "five", digits[:5])
    write_pngs(tmp_path / "large", np.kron(digits[:10], np.ones((2, 2), np.uint8)))
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/x.png").write_bytes(b"no image")
    np.savez(tmp_path / "floats.npz", images=np.zeros((10, 8, 8)))
    np.savez(tmp_path / "other.npz", pictures=digits[:10])
    (tmp_path / "broken.npz").write_bytes(b"PK no zip")
    places = [
        sets / a if (sets / a).exists() else tmp_path / a
        if not a.startswith("--") and arguments[i - 1] in ("--images", "--reference") else a
        for i, a in enumerate(arguments)
    ]  # fmt: skip
    error = evaluate(capsys, *places)
    assert message in error
    assert error.count("\n") == 1


# --- what terminal states hold --------------------------------------------------------------------


def test_pure_blur_keeps_what_the_heat_kernel_says():
    """The lattice's own blur, at a width where the lowest modes are still large."""
    from beyond_blur.config import Levels
    from beyond_blur.corruption.pairs import terminal_states
    from beyond_blur.lbm.levels import blur_widths
    from beyond_blur.lbm.trajectory import Trajectory

    rng = np.random.default_rng(0)
    images = rng.random((12, 1, 16, 16), dtype=np.float32)
    levels = Levels(n_levels=3, sigma_min=0.5, sigma_max=4.0)
    states = terminal_states(images, np.arange(12), Trajectory(tuple(blur_widths(levels))), 0)
    for mode in terminal_amplitude(images, states):
        wavenumber = np.hypot(mode["mode_y"], mode["mode_x"])
        assert mode["amplitude"] == pytest.approx(heat_kernel(wavenumber, 4.0, 16), abs=2e-3)
        if wavenumber <= 2:
            assert mode["correlation"] == pytest.approx(1, abs=1e-4)


def test_amplitudes_of_known_states():
    rng = np.random.default_rng(1)
    clean = rng.random((400, 2, 8, 8))
    same, half, alien = clean, 0.5 * clean + 3.0, rng.random((400, 2, 8, 8))
    for mode in terminal_amplitude(clean, same):
        assert mode["amplitude"] == mode["correlation"] == pytest.approx(1)
    for mode in terminal_amplitude(clean, half):
        assert mode["amplitude"] == pytest.approx(0.5)
        assert mode["correlation"] == pytest.approx(1)
    found = terminal_amplitude(clean, alien)
    within = [abs(m["amplitude"]) < 2 * m["standard_error"] for m in found]
    assert np.mean(within) > 0.8
    for mode in terminal_amplitude(clean, np.full_like(clean, 0.3)):
        assert (mode["amplitude"], mode["correlation"]) == (pytest.approx(0), None)


def test_noise_that_is_to_come_counts_as_if_it_were_there():
    rng = np.random.default_rng(2)
    clean = rng.random((4000, 1, 4, 4))
    state = 0.3 * clean
    drawn = terminal_amplitude(clean, state + rng.normal(0, 0.1, clean.shape))
    for counted, found in zip(terminal_amplitude(clean, state, 0.1), drawn, strict=True):
        assert counted["amplitude"] == pytest.approx(0.3)
        assert counted["standard_error"] == pytest.approx(found["standard_error"], rel=0.05)
        assert counted["correlation"] == pytest.approx(found["correlation"], abs=0.03)


def test_states_of_other_images_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        terminal_amplitude(np.zeros((5, 1, 8, 8)), np.zeros((4, 1, 8, 8)))


def test_the_amplitude_table_holds_every_process(run, tmp_path):
    for name, options in (("flow", ["--peclet", "0.1"]), ("blur", [])):
        cli.main(["amplitude", "--states", str(run / "samples-train.safetensors"),
                  "--images", str(run / "train.safetensors"), "--process", name, "--sigma", "8",
                  *options, "--out", str(tmp_path / f"{name}.json")])  # fmt: skip
    cli.main(["terminal_amplitude", "--csv", str(tmp_path / "t.csv"),
              "--inputs", str(tmp_path / "flow.json"), str(tmp_path / "blur.json")])  # fmt: skip
    frame = pd.read_csv(tmp_path / "t.csv")
    assert frame.groupby("process").size().to_dict() == {"flow": 25, "blur": 25}
    assert frame["peclet"].isna().sum() == 25
    # Half of the states are the image at half contrast, the other half its negative.
    assert frame["amplitude"].abs().max() < 0.3


# --- real files, where there are any --------------------------------------------------------------


@pytest.mark.skipif("BEYOND_BLUR_DATA" not in os.environ, reason="BEYOND_BLUR_DATA names no folder")
def test_metrics_move_as_they_should_on_fashion_mnist():
    from beyond_blur.features import build_extractor

    folder = Path(os.environ["BEYOND_BLUR_DATA"]) / "fashion-mnist"
    train = read_idx(folder / "train-images-idx3-ubyte.gz")[:1000, None]
    test = read_idx(folder / "t10k-images-idx3-ubyte.gz")[:500, None]
    noise = np.random.default_rng(0).normal(0, 25, train[:500].shape)
    sets = {
        "half": train[:500],
        "held out": test,
        "noised": np.clip(train[:500] + noise, 0, 255).astype(np.uint8),
        "shifted": np.roll(train[:500], 4, axis=3),
    }
    extractor = build_extractor("random")
    real = extractor(train[500:])
    found = {n: measure.measure(extractor(x), real, **OPTIONS) for n, x in sets.items()}
    assert found["held out"]["frechet_distance"] < 2 * found["half"]["frechet_distance"]
    for name in ("noised", "shifted"):
        assert found[name]["frechet_distance"] > 2 * found["half"]["frechet_distance"]
        assert found[name]["coverage"] < found["half"]["coverage"]
