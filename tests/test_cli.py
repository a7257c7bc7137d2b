"""The verbs: quick to ask for help, one line for an error, and killed training goes on."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.config import evaluation_specs, load_experiment, rule_specs
from beyond_blur.storage import artifacts

ROOT = Path(__file__).parent.parent
ENV = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
NAME = "advection_diffusion-pe0.1"


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "beyond_blur", *map(str, arguments)],
        env=ENV, capture_output=True, text=True,
    )  # fmt: skip


def experiment(**changes):
    return load_experiment({"preset": "tiny", **changes})


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Images and pairs of the tiny preset."""
    folder = tmp_path_factory.mktemp("shards")
    made = experiment(dataset={"shards": 1})
    paths = {name: folder / f"{name}.safetensors" for name in ("train", "held_out", "pairs")}
    spec, train = rule_specs.to_json(made.dataset), str(paths["train"])
    held_out = str(paths["held_out"])
    cli.main(["prepare_dataset", "--spec", spec, "--train", train, "--held-out", held_out])
    cli.main(["cache_pairs", "--spec", rule_specs.to_json(rule_specs.corruption_spec(made, NAME)),
              "--images", str(paths["train"]), "--out", str(paths["pairs"])])  # fmt: skip
    return paths


def test_help_is_instant_and_names_every_verb():
    start = os.times()
    text = run("--help").stdout
    taken = os.times()  # of the processor: others may use the machine, too
    assert sum(taken[2:4]) - sum(start[2:4]) < 2
    assert all(verb in text for verb in cli.VERBS)


@pytest.mark.parametrize(("word", "hint"), [("trian", " (did you mean train?)"), ("xyz", "")])
def test_a_verb_that_is_not_there_is_told_with_the_nearest_one(word, hint, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--traceback", word, "--out", "x"])
    assert ended.value.code == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.endswith(f"error: verb '{word}' is unknown{hint}; --help lists all of them")


def test_every_verb_of_the_rules_exists():
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    called = {part.split()[0] for part in rules.split("python -m beyond_blur ")[1:]}
    assert called <= set(cli.VERBS)
    by_hand = {"schema", "evaluate", "export", "corrupt", "peclets", "schemes", "cost"}
    by_hand |= {
        "architecture",
        "verify",
        "run",
        "status",
        "workflow",
        "pack_archive",
        "check_archive",
        "play",
        "report",
    }
    assert set(cli.VERBS) - called <= by_hand, "a verb that no rule calls"


def test_dataset_shards_carry_pixels_labels_and_manifest(shards):
    train, held_out = (artifacts.load(shards[name], "images") for name in ("train", "held_out"))
    assert train.arrays["images"].shape == (48, 1, 8, 8)
    assert not set(train.arrays["index"]) & set(held_out.arrays["index"])
    assert train.manifest["spec"]["name"] == "tiny"


def test_pairs_are_neighbouring_levels_of_the_named_images(shards):
    pairs = artifacts.load(shards["pairs"], "pairs")
    assert pairs.arrays["x_k"].shape == pairs.arrays["x_previous"].shape == (96, 1, 8, 8)
    assert set(pairs.arrays["k"]) == {1, 2, 3, 4}
    assert pairs.manifest["inputs"] == {
        "images": artifacts.load(shards["train"], "images").checksum
    }
    assert pairs.traits == {**artifacts.load(shards["train"], "images").traits, "process": NAME}
    first = pairs.arrays["k"] == 1  # x_0 is the clean image
    images = artifacts.load(shards["train"], "images").arrays
    clean = dict(zip(images["index"], images["images"] / np.float32(255), strict=True))
    for x, index in zip(
        pairs.arrays["x_previous"][first], pairs.arrays["index"][first], strict=True
    ):
        np.testing.assert_allclose(x, clean[index], atol=1e-6)


def test_an_error_is_one_line_and_a_non_zero_exit(shards, tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(shards["train"].read_bytes()[:-3])
    spec = rule_specs.to_json(rule_specs.corruption_spec(experiment(), NAME))
    done = run("terminal_states", "--spec", spec, "--images", broken, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "broken.safetensors is truncated" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_classifier_needs_labels(shards, tmp_path):
    images = artifacts.load(shards["train"], "images").arrays
    images.pop("labels")
    artifacts.save(tmp_path / "x.safetensors", images, kind="images", spec={},
                   traits={"split": "train"})  # fmt: skip
    spec = rule_specs.to_json(evaluation_specs.classifier_spec(experiment()))
    done = run("train_classifier", "--spec", spec, "--train", tmp_path / "x.safetensors",
               "--held-out", tmp_path / "x.safetensors", "--out", tmp_path / "out")  # fmt: skip
    assert done.returncode == 1
    assert "has no labels to train a classifier on" in done.stderr
