"""A list stands for its shards: those that were listed, and no others."""

import shutil

import pytest

from beyond_blur import cli
from beyond_blur.storage import shard_lists
from beyond_blur.storage.atomic import ArtifactError
from storage.caching import corrupt


@pytest.fixture
def folder(made, tmp_path):
    """Two shards of images and their list."""
    shutil.copytree(made / "images", tmp_path / "images")
    pattern = str(tmp_path / "images/shard-{shard}.safetensors")
    cli.main(["list_shards", "--pattern", pattern, "--shards", "2", "--holds", "images",
              "--out", str(tmp_path / "images/shards.json")])  # fmt: skip
    return tmp_path / "images"


def shards(folder):
    return [str(folder / f"shard-{i}.safetensors") for i in range(2)]


def test_a_list_stands_for_its_shards_in_their_order_and_other_paths_for_themselves(folder):
    paths = ["a.safetensors", str(folder / "shards.json"), "b"]
    assert shard_lists.expanded(paths) == ["a.safetensors", *shards(folder), "b"]
    assert shard_lists.picked(str(folder / "shards.json"), 1) == shards(folder)[1]
    assert shard_lists.picked("shard-1.safetensors", 0) == "shard-1.safetensors"


def test_a_moved_set_is_found_beside_its_list(folder):
    moved = folder.rename(folder.with_name("elsewhere"))
    assert shard_lists.listed(str(moved / "shards.json")) == shards(moved)


def test_a_job_of_one_shard_makes_the_same_of_the_list(folder, made, tmp_path):
    corrupt("cache_pairs", folder / "shard-1.safetensors", tmp_path / "a/shard-1.safetensors")
    corrupt("cache_pairs", folder / "shards.json", tmp_path / "b/shard-1.safetensors", shard=1)
    one, other = ((tmp_path / f"{name}/shard-1.safetensors").read_bytes() for name in "ab")
    assert one == other


def test_a_pattern_stands_for_every_number():
    assert shard_lists.of_pattern(["x-{shard}", "y"], 3) == ["x-0", "x-1", "x-2", "y"]


def test_a_shard_that_is_gone_another_one_or_not_listed_is_one_line(folder):
    listed = str(folder / "shards.json")
    first, second = shards(folder)
    with pytest.raises(
        ArtifactError, match=r"shards\.json lists no shard 7: it lists 2; run it again"
    ):
        shard_lists.picked(listed, 7)
    whole = (folder / "shard-1.safetensors").read_bytes()
    shutil.copy(first, second)
    with pytest.raises(
        ArtifactError, match=r"shard-1\.safetensors is another one than .*shards\.json"
    ):
        shard_lists.listed(listed)
    (folder / "shard-1.safetensors").unlink()
    with pytest.raises(ArtifactError, match=r"shard-1\.safetensors does not exist"):
        shard_lists.listed(listed)
    (folder / "shard-1.safetensors").write_bytes(whole)
    assert shard_lists.listed(listed) == [first, second]


@pytest.mark.parametrize("text", ["", "{}", '{"shards": {}}', "[1"])
def test_what_is_no_list_is_refused_by_name(folder, text):
    (folder / "shards.json").write_text(text)
    with pytest.raises(ArtifactError, match=r"shards\.json"):
        shard_lists.expanded([str(folder / "shards.json")])


def test_an_edited_list_is_refused(folder):
    path = folder / "shards.json"
    path.write_text(path.read_text().replace("shard-1", "shard-0x"))
    with pytest.raises(ArtifactError, match=r"shards\.json .*delete it and rerun"):
        shard_lists.listed(str(path))


def test_shards_that_do_not_belong_together_are_not_listed(folder):
    shutil.copy(folder / "shard-0.safetensors", folder / "shard-1.safetensors")
    with pytest.raises(ArtifactError, match="copied"):
        shard_lists.write(
            folder / "shards.json", str(folder / "shard-{shard}.safetensors"), 2, "images"
        )
