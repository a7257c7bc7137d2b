"""Verbs on files whose arrays are not there, of another form or of another run: one line each."""

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.config.evaluation_specs import (
    AmplitudeSpec,
    FeaturesSpec,
    MetricsSpec,
    NeighboursSpec,
    of_samples,
)
from beyond_blur.config.rule_specs import to_json
from beyond_blur.metrics import copies, nearest_images
from beyond_blur.storage import artifacts, belonging
from known_run import known_samples

KINDS = {"samples-train": "samples", "train": "images", "held_out": "images",
         "features-samples-train": "features", "features-train": "features",
         "features-held_out": "features"}  # fmt: skip

JOB = of_samples(MetricsSpec("random", 3, 3, 5, 60, 0), known_samples("train"))
NEIGHBOURS_JOB = NeighboursSpec("random", known_samples("train"), 0)
AMPLITUDE_JOB = AmplitudeSpec("p", None, 2.0, 0.0, "train")
FEATURES_JOB = FeaturesSpec("random", None, 64, samples=known_samples("train"), seed=0)

COMMANDS = {
    "features": ["features", "--spec", to_json(FEATURES_JOB), "--images", "samples-train",
                 "--out", "out"],
    "metrics": ["metrics", "--spec", to_json(JOB), "--train", "features-train",
                "--held-out", "features-held_out", "--features", "features-samples-train",
                "--samples", "samples-train", "--images", "train", "--out", "out"],
    "neighbours": ["neighbours", "--spec", to_json(NEIGHBOURS_JOB), "--samples",
                   "samples-train", "--features", "features-samples-train",
                   "--train", "features-train", "--images", "train",
                   "--prior-images", "train", "--out", "out"],
    "amplitude": ["amplitude", "--spec", to_json(AMPLITUDE_JOB), "--states", "samples-train",
                  "--images", "train", "--out", "out"],
}  # fmt: skip


def drop(*names):
    return lambda arrays: {name: v for name, v in arrays.items() if name not in names}


def change(name, function):
    return lambda arrays: {**arrays, name: function(arrays[name])}


def cut(n, *names):
    return lambda arrays: {**arrays, **{name: arrays[name][:n] for name in names}}


CASES = [
    ("features", "samples-train", drop("samples", "prior", "one_step"), "no images to take"),
    ("features", "samples-train", change("prior", lambda v: v / np.float32(255)), "expected uint8"),
    ("features", "samples-train", change("source", lambda v: v[:, None]), "expected whole numbers"),
    ("metrics", "features-train", drop("images"), "holds no array 'images'"),
    ("metrics", "features-train", drop("index"), "holds no array 'index'"),
    ("metrics", "features-train", change("index", lambda v: v[:-1]), "has 199 rows where 200"),
    ("metrics", "features-train", change("index", lambda v: v * 0), "number of an image twice"),
    ("metrics", "features-held_out", drop("images"), "holds no array 'images'"),
    ("metrics", "features-held_out", change("images", lambda v: v[:, :9]), "dimensions and"),
    ("metrics", "features-held_out", cut(4, "images", "images_rings"), "at least 5 are needed"),
    ("metrics", "features-held_out", cut(4, "images"), "images_rings has 100 rows where 4"),
    ("metrics", "features-samples-train", drop("samples"), "holds no array 'samples'"),
    ("metrics", "features-samples-train", change("prior", lambda v: v * np.nan), "nan at row 0"),
    ("metrics", "features-samples-train", cut(50, "samples", "samples_rings"), "50 rows where 60"),
    ("metrics", "features-samples-train", drop("prior_rings"), "no array 'prior_rings'"),
    ("metrics", "samples-train", change("source", lambda v: v + 0.5), "expected whole numbers"),
    (
        "metrics",
        "samples-train",
        change("source", lambda v: v - 10_000),
        "belong to different runs",
    ),
    ("metrics", "samples-train", drop("one_step"), "holds no array 'one_step'"),
    ("metrics", "samples-train", drop("source"), "holds no array 'source'"),
    (
        "metrics",
        "samples-train",
        change("samples", lambda v: v[:, :, :4]),
        "where the samples have",
    ),
    ("metrics", "train", drop("images"), "holds no array 'images'"),
    ("metrics", "train", change("images", lambda v: v[:150]), "150 images for 200 rows"),
    ("neighbours", "samples-train", drop("samples"), "holds no array 'samples'"),
    ("neighbours", "samples-train", change("samples", lambda v: v[:, :, :4]), "of different data"),
    ("neighbours", "samples-train", change("source", lambda v: v[:3]), "has 3 rows where 60"),
    ("neighbours", "samples-train", change("source", lambda v: v + 7777), "different runs"),
    ("neighbours", "features-samples-train", drop("samples"), "holds no array 'samples'"),
    ("neighbours", "features-samples-train", change("samples", lambda v: v[:9]), "9 rows where 60"),
    ("neighbours", "features-train", drop("images"), "holds no array 'images'"),
    ("neighbours", "features-train", change("images", lambda v: v[:20]), "20 rows where 200"),
    ("neighbours", "train", drop("index"), "holds no array 'index'"),
    ("amplitude", "samples-train", drop("prior"), "holds no array 'prior'"),
    ("amplitude", "samples-train", drop("source"), "holds no array 'source'"),
    ("amplitude", "samples-train", change("source", lambda v: v[:5]), "has 5 rows where 60"),
    ("amplitude", "train", drop("index"), "holds no array 'index'"),
    ("amplitude", "train", change("images", lambda v: v[:, 0]), "expected uint8"),
]


@pytest.mark.parametrize(("verb", "spoilt", "spoil", "words"), CASES, ids=range(len(CASES)))
def test_an_array_that_does_not_belong_is_one_line(
    known_run, tmp_path, capsys, monkeypatch, verb, spoilt, spoil, words
):
    file = artifacts.load(known_run / f"{spoilt}.safetensors", KINDS[spoilt])
    facts = {name: file.manifest[name] for name in ("spec", "inputs", "traits")}
    # As of files that were made of each other, whatever they hold.
    monkeypatch.setattr(belonging, "check_input", lambda *what: None)
    artifacts.save(tmp_path / f"{spoilt}.safetensors", spoil(dict(file.arrays)),
                   kind=KINDS[spoilt], **facts)  # fmt: skip
    places = {name: (tmp_path if name == spoilt else known_run) / f"{name}.safetensors"
              for name in KINDS} | {"out": tmp_path / "out"}  # fmt: skip
    with pytest.raises(SystemExit):
        cli.main([str(places.get(word, word)) for word in COMMANDS[verb]])
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(f"beyond_blur {verb}: error: ") and words in error, error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("index", [np.zeros(0, np.int64), np.array([3, 4, 3])])
def test_a_set_without_a_number_for_each_image_is_refused(index):
    with pytest.raises(ValueError, match="is empty, or has the number of an image twice"):
        copies.rows_of(np.array([3]), index)


def test_no_shard_at_all_is_refused():
    with pytest.raises(ValueError, match="0 images for 4 rows of features"):
        copies.vectors_of([], 4, (1, 8, 8))


def test_samples_of_noise_have_no_prior_to_show(known_run):
    load = artifacts.load
    samples = load(known_run / "samples-noise.safetensors", "samples").arrays
    features = load(known_run / "features-samples-noise.safetensors", "features").arrays
    base = load(known_run / "train.safetensors", "images").arrays
    of_base = load(known_run / "features-train.safetensors", "features").arrays
    found = nearest_images.nearest_images(samples, (features["samples"], of_base["images"]), base)
    assert np.isnan(found["images"][1]).all()
