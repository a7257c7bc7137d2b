"""Tables and pictures are as they were written, by the manifest beside them, or refused by name."""

import hashlib

import numpy as np
import pytest

from beyond_blur.storage import artifacts, outputs, records
from beyond_blur.storage.atomic import ArtifactError


@pytest.fixture
def table(tmp_path):
    (tmp_path / "figures").mkdir()
    for name in ("t.csv", "t.md", "figures/t.png"):
        (tmp_path / name).write_text(f"content of {name}")
    metrics = tmp_path / "m.json"
    records.save(metrics, {"rows": []}, kind="metrics", spec={})
    outputs.write_manifest(
        [tmp_path / "t.csv", tmp_path / "t.md", tmp_path / "figures/t.png"],
        kind="table", spec={"preset": "tiny"}, inputs={"metrics": [metrics], "none": []},
        packages=("numpy",),
    )  # fmt: skip
    return tmp_path


def test_a_manifest_lists_the_files_of_a_verb_and_what_they_were_made_of(table):
    record = outputs.check(table / "t.csv", "table")
    assert list(record["files"]) == ["t.csv", "t.md", "figures/t.png"]
    assert record["files"]["t.md"] == hashlib.sha256(b"content of t.md").hexdigest()
    assert record["inputs"] == {"metrics": records.load(table / "m.json")["seal"]}
    assert outputs.check(table / "t.md") == record


def test_an_output_that_was_changed_is_refused(table):
    (table / "t.csv").write_text("content of t.csV")
    with pytest.raises(ArtifactError, match=r"t\.csv is not what was written"):
        outputs.check(table / "t.csv")
    (table / "t.csv").unlink()
    with pytest.raises(ArtifactError, match=r"t\.csv does not exist"):
        outputs.check(table / "t.csv")


def test_an_output_without_its_manifest_is_refused(table):
    (table / "t.tex").write_text("x")
    with pytest.raises(ArtifactError, match=r"t\.manifest\.json does not list t\.tex"):
        outputs.check(table / "t.tex")
    (table / "t.manifest.json").unlink()
    with pytest.raises(ArtifactError, match=r"t\.csv has no t\.manifest\.json beside it"):
        outputs.check(table / "t.csv")


def test_a_file_is_named_by_what_it_holds(table):
    arrays = {"x": np.arange(3)}
    artifacts.save(table / "a.safetensors", arrays, kind="images", spec={})
    artifacts.save(table / "b.safetensors", arrays, kind="images", spec={"other": 1})
    first, second = (outputs.checksum(table / f"{name}.safetensors") for name in "ab")
    assert first == second == artifacts.checksum_of(arrays)
    assert outputs.checksum(table / "t.md") == hashlib.sha256(b"content of t.md").hexdigest()
