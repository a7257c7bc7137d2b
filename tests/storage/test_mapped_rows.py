"""What a network trains on is read from disk, and is of this run alone."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from beyond_blur.storage import cache_checks
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.mapped_rows import MappedRows, open_training_rows
from beyond_blur.storage.shards import load_shards
from storage.caching import corrupt, experiment


def test_a_mapped_source_has_the_rows_of_the_loaded_one(made):
    paths = sorted((made / "pairs").iterdir())
    mapped, loaded = open_training_rows(paths), load_shards(paths, "pairs")
    assert mapped.checksum == loaded.checksum
    assert mapped.arrays.keys() == {"x_k", "x_previous", "k"}
    np.testing.assert_array_equal(mapped.index, loaded.arrays["index"])
    rows = torch.tensor([95, 0, 47, 48, 0])  # of both shards, repeated, in no order
    for name, values in mapped.arrays.items():
        assert (len(values), values.shape) == (96, loaded.arrays[name].shape)
        chosen = values[rows]
        assert torch.equal(chosen, torch.from_numpy(loaded.arrays[name])[rows])
        np.testing.assert_array_equal(values[rows.numpy()], chosen.numpy())
    images = open_training_rows(sorted((made / "images").iterdir()))
    assert images.arrays.keys() == {"images"}


def test_rows_outside_are_refused():
    values = MappedRows([np.zeros((2, 3)), np.ones((0, 3)), np.ones((2, 3))])
    assert values[torch.tensor([1, 2])].tolist() == [[0, 0, 0], [1, 1, 1]]
    assert values[torch.tensor([], dtype=torch.int64)].shape == (0, 3)
    for rows in (torch.tensor([4]), torch.tensor([-1])):
        with pytest.raises(IndexError, match="of 4 were asked for"):
            values[rows]


def test_truncated_altered_and_missing_shards_are_refused_by_name(paths):
    whole = paths[1].read_bytes()
    paths[1].write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArtifactError, match=r"shard-1\.safetensors is truncated .*delete it"):
        open_training_rows(paths)
    paths[1].write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ArtifactError, match=r"shard-1\.safetensors does not match its checksum"):
        open_training_rows(paths)
    paths[1].unlink()
    with pytest.raises(ArtifactError, match=r"shard-1\.safetensors does not exist"):
        open_training_rows(paths)


def test_a_shard_of_other_settings_is_refused_by_name(made, paths):
    corrupt("cache_pairs", made / "images/shard-1.safetensors", paths[1],
            experiment(levels={"sigma_max": 3.0}))  # fmt: skip
    with pytest.raises(ArtifactError, match=r"shard-1\S* does not belong .*levels\.sigma_max is 3"):
        open_training_rows(paths)


def test_a_shard_twice_is_refused_by_name(paths):
    shutil.copy(paths[0], paths[1])
    with pytest.raises(
        ArtifactError, match=r"shard-1\S* was made from the same images as .*shard-0"
    ):
        open_training_rows(paths)


def test_a_shard_of_other_images_is_stale(made, tmp_path):
    images, pairs = tmp_path / "images", tmp_path / "pairs"
    images.mkdir()
    for i in (0, 1):
        shutil.copy(made / f"images/shard-{i}.safetensors", images)
    corrupt("cache_pairs", images / "shard-0.safetensors", pairs)
    open_training_rows([pairs])
    (images / "shard-0.safetensors").write_bytes((images / "shard-1.safetensors").read_bytes())
    with pytest.raises(ArtifactError, match=r"pairs is stale: .*images/shard-0\S* holds; delete"):
        open_training_rows([pairs])
    with pytest.raises(ArtifactError, match=r"pairs is stale"):
        cache_checks.check_origin([pairs], "pairs", [made / "images/shard-1.safetensors"])
    cache_checks.check_origin([pairs], "pairs", [made / "images/shard-0.safetensors"])
    shutil.rmtree(images)  # a cache may be used without the images it was made from
    open_training_rows([pairs])


def test_pairs_of_another_process_are_stale(made):
    paths = sorted((made / "pairs").iterdir())
    whole = experiment()
    process, levels, options = whole.processes[1], whole.levels, whole.corruption
    more = replace(options, draws=5, seed=3, threads=2, dtype="float16")
    open_training_rows(paths, process, levels, more)
    open_training_rows(
        sorted((made / "images").iterdir()), process, levels, more
    )  # for streamed pairs
    for changed, key in (
        ((replace(process, peclet=0.05), levels, options), r"-pe0\.1, this job is of \S*-pe0\.05"),
        ((process, replace(levels, sigma_max=9.0), options), r"levels\.sigma_max = 4\.0"),
        ((process, levels, replace(options, walls="periodic")), r"corruption\.walls = mirror"),
        ((replace(process, velocity=replace(process.velocity, slope=-1.0)), levels, options),
         r"velocity\.slope"),
    ):  # fmt: skip
        with pytest.raises(ArtifactError, match=rf"shard-0\S* is .*{key}"):
            open_training_rows(paths, *changed)
