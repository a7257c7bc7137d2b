import json

import numpy as np
import pytest

from beyond_blur import cli
from beyond_blur.storage import artifacts, workflow_files

IMAGES = "data/tiny/train/shard-0.safetensors"


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Results without a clone beside them, of one file."""
    monkeypatch.setattr(workflow_files, "PACKAGE", tmp_path / "src" / "beyond_blur")
    monkeypatch.chdir(tmp_path)
    artifacts.save(tmp_path / "results" / IMAGES, {"images": np.zeros((2, 1, 8, 8), np.uint8)},
                   kind="images", spec={},
                   traits={"dataset": "tiny", "split": "train", "shard": 0})  # fmt: skip
    return tmp_path / "results"


def test_sound_results_end_well_and_say_that_no_configuration_was_there(results, capsys):
    cli.main(["verify"])
    text = capsys.readouterr().out
    assert "no configuration" in text and "nothing is damaged, foreign or stale" in text


def test_unsound_results_end_with_1_and_are_named_in_text_and_json(results, capsys):
    (results / IMAGES).write_bytes(b"x")
    with pytest.raises(SystemExit) as end:
        cli.main(["verify", "results", "--json", "found.json", "--threads", "2"])
    assert end.value.code == 1
    text = capsys.readouterr().out
    assert f"results/{IMAGES}: is a text file, not a file of this project; move it away" in text
    found = json.loads((results.parent / "found.json").read_text())
    assert [one["path"] for one in found["findings"]] == [IMAGES]
    assert (results / IMAGES).read_bytes() == b"x", "nothing is deleted"


def test_a_configuration_makes_results_stale(results, capsys):
    (results.parent / "c.yaml").write_text("preset: tiny\n")
    with pytest.raises(SystemExit):
        cli.main(["verify", "--configfile", "c.yaml"])
    assert "stale (1)" in capsys.readouterr().out


def test_results_that_are_not_there_are_one_line(results, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["verify", "elsewhere"])
    assert end.value.code == 1
    assert (
        capsys.readouterr()
        .err.strip()
        .endswith("elsewhere is no folder of results: name that of a run")
    )
