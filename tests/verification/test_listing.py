import os

import pytest

from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.verification.listing import list_results
from beyond_blur.verification.registry import KINDS


@pytest.fixture
def put(tmp_path):
    def put(path):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"x")

    return put


def findings(folder):
    return [(one.what, one.path) for one in list_results(folder, KINDS).findings]


def test_results_manifests_and_what_is_neither_are_told_apart(tmp_path, put):
    for path in ("data/d/train/shard-0.safetensors", "logs/a/b.log", "figures/loss.png",
                 "checkpoints/d/p/watch/step-3.png", "figures/loss.manifest.json",
                 "films/ways.gif", "films/ways.manifest.json",
                 "figures/other.png", "data/d/test/shard-0.safetensors"):  # fmt: skip
        put(path)
    listing = list_results(tmp_path, KINDS)
    assert {path: file.kind.name for path, file in listing.results.items()} == {
        "checkpoints/d/p/watch/step-3.png": "picture of a training run",
        "data/d/train/shard-0.safetensors": "images",
        "figures/loss.png": "figure",
        "films/ways.gif": "film",
        "logs/a/b.log": "log",
    }
    assert listing.manifests == ["figures/loss.manifest.json", "films/ways.manifest.json"]
    assert findings(tmp_path) == [
        ("foreign", "data/d/test/shard-0.safetensors"), ("foreign", "figures/other.png"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "data/d/train/.shard-0.safetensors.ab.safetensors",
        "checkpoints/d/p/state.at-6.pt",
        "checkpoints/d/p/state.damaged-2.pt",
        "checkpoints/d/p/state.pt.lock",
    ],
)
def test_what_killed_and_ended_runs_leave_is_left_over(tmp_path, put, path):
    put(path)
    assert findings(tmp_path) == [("left over", path)]


@pytest.mark.parametrize("name", ["samples/d/p/train/seed-0.parts", "samples/.unfinished-ab-c"])
def test_a_folder_of_unfinished_work_is_told_as_one(tmp_path, put, name):
    put(f"{name}/1.safetensors")
    put(f"{name}/2.safetensors")
    assert findings(tmp_path) == [("left over", name)]


def test_what_is_no_file_is_never_opened(tmp_path, put):
    put("table1.md")
    os.mkfifo(tmp_path / "table1.csv")
    (tmp_path / "table1.txt").mkdir()
    (tmp_path / "table1.tex").symlink_to("nowhere")
    assert findings(tmp_path) == [
        ("damaged", f"table1.{ending}") for ending in ("csv", "tex", "txt")
    ]


def test_links_are_followed_and_no_folder_twice(tmp_path, put):
    put("disk/train/shard-0.safetensors")
    results = tmp_path / "results"
    (results / "data").mkdir(parents=True)
    (results / "data/d").symlink_to(tmp_path / "disk")
    (tmp_path / "disk/again").symlink_to(results)
    assert list(list_results(results, KINDS).results) == ["data/d/train/shard-0.safetensors"]


def test_snakemakes_own_folder_is_none_of_the_results(tmp_path, put):
    put(".snakemake/metadata/x")
    assert findings(tmp_path) == []


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.write_text("x")])
def test_a_place_that_is_no_folder_is_refused_by_name(tmp_path, make):
    make(tmp_path / "results")
    with pytest.raises(ArtifactError, match="results is no folder of results"):
        list_results(tmp_path / "results", KINDS)
