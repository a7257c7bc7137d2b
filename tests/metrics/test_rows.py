"""Rows of the table from samples half of which are copies of their prior's image."""

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.config import evaluation_specs, load_experiment, rule_specs
from beyond_blur.features.ring_energies import ring_energies
from beyond_blur.metrics import FewSamples
from beyond_blur.metrics.spectral import spectral_distance
from beyond_blur.storage import artifacts, records
from known_run import known_samples

REAL = evaluation_specs.MetricsSpec("random", 3, 3, 5, 60, 0)


def measured(folder, prior):
    job = REAL if prior is None else evaluation_specs.of_samples(REAL, known_samples(prior))
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
    return {row["images"]: row for row in records.load(out, "metrics")["rows"]}


def test_copies_of_the_prior_are_counted_by_features_and_in_pixels(known_run):
    rows = measured(known_run, "train")
    assert list(rows) == ["samples", "prior", "one_step"]
    assert rows["samples"]["copy_share_pixels"] == 0.5
    assert rows["samples"]["copy_share"] == pytest.approx(0.5, abs=0.05)
    assert all("held_out_copy_share" not in row for row in rows.values())
    assert rows["samples"]["reference"] == "held_out"


def test_held_out_priors_are_never_measured_against_their_own_images(known_run):
    rows = measured(known_run, "held_out")
    assert rows["samples"]["held_out_copy_share_pixels"] == 0.5
    assert "copy_share" not in rows["samples"]
    assert (rows["samples"]["reference"], rows["samples"]["n_reference"]) == ("train", 100)


def test_noise_has_no_corrupted_prior_and_no_copies(known_run):
    rows = measured(known_run, "noise")
    assert list(rows) == ["samples", "one_step"]
    assert "copy_share" not in rows["samples"]


def test_copies_of_any_training_image_are_looked_for_whatever_the_prior(known_run):
    """Half the samples are training images, but for those of held-out priors."""
    rows = {
        prior: measured(known_run, prior)["samples"] for prior in ("train", "held_out", "noise")
    }
    for prior in ("train", "noise"):
        assert rows[prior]["authenticity"] <= 0.5
        assert rows[prior]["held_out_authenticity"] > 0.2
    assert rows["noise"]["copying_statistic"] < rows["held_out"]["copying_statistic"]
    assert "authenticity" not in measured(known_run, None)["train"]


def test_the_spectral_distance_is_that_of_the_pixels(known_run):
    pixels = {
        name: artifacts.load(known_run / f"{name}.safetensors", kind).arrays[of]
        for name, kind, of in (
            ("samples-train", "samples", "samples"), ("held_out", "images", "images")
        )
    }  # fmt: skip
    expected = spectral_distance(*map(ring_energies, pixels.values()))
    found = measured(known_run, "train")["samples"]
    assert found["spectral_distance"] == pytest.approx(expected.spectral_distance)
    assert found["spectral_by_ring"] == pytest.approx(expected.spectral_by_ring)
    ceiling = measured(known_run, None)["train"]
    assert ceiling["spectral_distance"] < found["spectral_distance"]


def test_the_ceiling_is_real_images_and_beats_the_floors(known_run):
    rows = measured(known_run, None)
    assert list(rows) == ["train"]
    assert rows["train"]["n_samples"] == 60
    floors = measured(known_run, "train")
    for floor in ("prior", "one_step"):
        assert rows["train"]["frechet_distance"] < floors[floor]["frechet_distance"] / 2
        assert rows["train"]["coverage"] > floors[floor]["coverage"]


def test_samples_of_another_run_are_refused(known_run, tmp_path, capsys):
    file = artifacts.load(known_run / "samples-train.safetensors", "samples")
    arrays = {**file.arrays, "source": file.arrays["source"] + 500}
    artifacts.save(tmp_path / "s.safetensors", arrays, kind="samples",
                   spec=file.manifest["spec"], traits=file.traits)  # fmt: skip
    job = evaluation_specs.of_samples(REAL, known_samples("train"))
    with pytest.raises(SystemExit):
        cli.main(["metrics", "--spec", rule_specs.to_json(job),
                  "--train", str(known_run / "features-train.safetensors"),
                  "--held-out", str(known_run / "features-held_out.safetensors"),
                  "--features", str(known_run / "features-samples-train.safetensors"),
                  "--samples", str(tmp_path / "s.safetensors"),
                  "--images", str(known_run / "train.safetensors"),
                  "--out", str(tmp_path / "out")])  # fmt: skip
    assert "is stale: it was made from other images than those" in capsys.readouterr().err


def test_neighbours_mark_copies(known_run, tmp_path):
    for prior in ("train", "noise"):
        prior_images = ["--prior-images", str(known_run / "train.safetensors")]
        job = evaluation_specs.NeighboursSpec("random", known_samples(prior), 0)
        cli.main(["neighbours", "--spec", rule_specs.to_json(job),
                  "--samples", str(known_run / f"samples-{prior}.safetensors"),
                  "--features", str(known_run / f"features-samples-{prior}.safetensors"),
                  "--train", str(known_run / "features-train.safetensors"),
                  "--images", str(known_run / "train.safetensors"),
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
    job = evaluation_specs.metrics_spec(experiment, 0, "ddpm", "noise")
    assert (job.process, job.peclet, job.prior) == ("ddpm", None, "noise")
    assert rule_specs.from_json(evaluation_specs.MetricsSpec, rule_specs.to_json(job)) == job
