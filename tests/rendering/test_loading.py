"""What a figure is drawn from is there and of its form, or one line names the file."""

import json

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.storage import artifacts, outputs

STATES = np.random.default_rng(0).random((2, 3, 1, 4, 4), np.float32)
TRAJECTORY = {"forward": STATES, "backward": STATES, "levels": np.arange(3)}
NEIGHBOURS = {"images": np.full((6, 2, 1, 4, 4), 0.5, np.float32), "copies": np.zeros((6, 2), bool)}
PIXELS = np.zeros((3, 1, 4, 4), np.uint8)


def drawn(folder, capsys, figure, labels=("a",)):
    """The error of a figure that is drawn from a file; nothing where it can be."""
    command = ["figure", figure, "--inputs", str(folder / "in"), "--labels", *labels]
    try:
        cli.main([*command, "--png", str(folder / "a.png"), "--pdf", str(folder / "a.pdf")])
    except SystemExit:
        error = capsys.readouterr().err
        assert error.count("\n") == 1, error
        assert "/in" in error
        return error
    return None


@pytest.mark.parametrize(
    ("figure", "kind", "arrays", "change", "words"),
    [
        ("strips", "trajectory", TRAJECTORY, {"forward": None}, "holds no array 'forward'"),
        ("strips", "trajectory", TRAJECTORY, {"levels": np.arange(2)}, "3 levels for 2 levels"),
        ("strips", "trajectory", TRAJECTORY, {"backward": STATES[0]}, "expected floating-point"),
        ("spectrum", "trajectory", TRAJECTORY, {"forward": STATES * np.float32(np.nan)},
         "states are not finite"),
        ("neighbours", "neighbours", NEIGHBOURS, {"copies": None}, "holds no array 'copies'"),
        ("neighbours", "neighbours", NEIGHBOURS, {"copies": np.zeros((5, 2), bool)}, "5 rows"),
        ("samples", "samples", {"samples": PIXELS}, {"samples": None, "prior": PIXELS},
         "holds no array 'samples'"),
        ("samples", "images", {"images": PIXELS}, {"images": PIXELS / 255}, "expected uint8"),
        ("samples", "features", {"images": PIXELS}, {"images": np.ones((3, 2), np.float32)},
         "expected uint8"),
    ],
)  # fmt: skip
def test_arrays_of_another_form_are_refused(tmp_path, capsys, figure, kind, arrays, change, words):
    artifacts.save(tmp_path / "in", arrays, kind=kind, spec={})
    assert drawn(tmp_path, capsys, figure) is None
    held = {name: v for name, v in {**arrays, **change}.items() if v is not None}
    artifacts.save(tmp_path / "in", held, kind=kind, spec={})
    assert words in drawn(tmp_path, capsys, figure)


STEP = {"step": 1, "loss": 0.5, "loss_per_band": [0.5, None], "held_out_loss": None}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no step"),
        ("{", "is no history of a training"),
        (json.dumps(STEP)[:-9] + "\n", "is no history of a training"),
        (
            json.dumps({**STEP, "step": 2, "Loss": 1}).replace('"loss":', '"lose":') + "\n",
            "no loss",
        ),
    ],
)
def test_a_history_that_is_none_is_refused(tmp_path, capsys, text, words):
    for content in (json.dumps(STEP) + "\n", text):
        (tmp_path / "in").write_text(content)
        outputs.write_manifest([tmp_path / "in"], kind="history", spec={})
        said = drawn(tmp_path, capsys, "loss")
        assert words in said if content == text else said is None
    (tmp_path / "in").unlink()
    assert "does not exist" in drawn(tmp_path, capsys, "loss")


def test_an_exploration_says_what_it_shows(tmp_path, capsys):
    images = np.zeros((2, 3, 1, 4, 4), np.uint8)
    facts = {"rows": [], "columns": [], "title": "a"}
    artifacts.save(tmp_path / "in", {"images": images}, kind="exploration", spec={}, **facts)
    assert drawn(tmp_path, capsys, "interpolation") is None
    artifacts.save(tmp_path / "in", {"images": images}, kind="exploration", spec={}, rows=[])
    assert "does not say its columns" in drawn(tmp_path, capsys, "interpolation")
