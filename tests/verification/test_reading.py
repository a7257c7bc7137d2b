import json
import random

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from beyond_blur.storage import artifacts, records
from beyond_blur.storage.seal import sealed
from beyond_blur.verification.kinds import match
from beyond_blur.verification.reading import Held, Result, read_all, read_one
from beyond_blur.verification.registry import KINDS

IMAGES = "data/d/train/shard-0.safetensors"
METRICS = "metrics/random/d/real/seed-0.json"
TRAITS = {"dataset": "d", "split": "train", "shard": 0}


@pytest.fixture
def results(tmp_path):
    arrays = {"images": np.arange(64, dtype=np.uint8).reshape(1, 1, 8, 8)}
    artifacts.save(tmp_path / IMAGES, arrays, kind="images", spec={"name": "d"}, traits=TRAITS)
    rows = {"rows": [{"images": "held_out", "frechet_distance": 0.25}]}
    records.save(
        tmp_path / METRICS, rows, kind="metrics", spec={"nearest_k": 3}, traits={"seed": 0}
    )
    return tmp_path


def result(path):
    return Result(path, *match(KINDS, path), 1)


@pytest.mark.parametrize("path", [IMAGES, METRICS])
def test_whatever_byte_is_flipped_a_file_is_named_or_says_what_it_said(results, path):
    """Of 200 flips: JSON has places, such as blanks between values, that mean nothing."""
    whole, good = (results / path).read_bytes(), read_one(results, result(path))
    assert isinstance(good, Held)
    drawn, named = random.Random(0), 0
    for _ in range(200):
        content = bytearray(whole)
        content[drawn.randrange(len(whole))] ^= 1 << drawn.randrange(8)
        (results / path).write_bytes(content)
        said = read_one(results, result(path))
        assert isinstance(said, Exception) or said == good
        named += isinstance(said, Exception)
    assert named > 150


@pytest.mark.parametrize("size", [0, 1, 7, 8, 100, -1])
@pytest.mark.parametrize("path", [IMAGES, METRICS])
def test_a_part_of_a_file_is_named(results, path, size):
    (results / path).write_bytes((results / path).read_bytes().rstrip()[:size])
    assert isinstance(read_one(results, result(path)), Exception)


@pytest.mark.parametrize("key", ["kind", "inputs", "traits"])
@pytest.mark.parametrize("value", [None, [], 3])
def test_a_manifest_of_another_form_is_named_however_it_is_sealed(results, key, value):
    manifest = artifacts.read_manifest(results / IMAGES)
    arrays = artifacts.load(results / IMAGES, "images").arrays
    text = json.dumps(sealed({**manifest, key: value}))
    save_file(arrays, results / IMAGES, metadata={"manifest": text})
    assert isinstance(read_one(results, result(IMAGES)), Exception)


def test_a_file_that_is_gone_since_it_was_listed_ends_nothing(results):
    gone = "data/d/train/shard-7.safetensors"
    files = {path: result(path) for path in (IMAGES, METRICS, gone)}
    held = dict(read_all(results, files, threads=2))
    assert {path for path, said in held.items() if isinstance(said, Held)} == {IMAGES, METRICS}
    assert "does not exist" in str(held[gone])


def write_state(path, process, seed=0):
    from beyond_blur.training import state_file

    path.parent.mkdir(parents=True)
    ddpm = {"kind": "ddpm", "n_steps": 4, "name": process}
    settings = {"process": ddpm, "training": {"seeds": [seed]}}
    saved = {"identity": json.dumps({"settings": settings}), "model": {"w": torch.ones(300)}}
    state_file.write(saved, path)


def test_a_state_says_of_which_training_seed_it_is(tmp_path):
    path = "checkpoints/d/p-training3/state.pt"
    write_state(tmp_path / path, "p", 3)
    assert read_one(tmp_path, result(path)).manifest["traits"] == {"process": "p-training3"}


def test_a_state_says_of_which_process_it_is_and_every_flip_in_its_weights_is_named(tmp_path):
    path = "checkpoints/d/p/state.pt"
    write_state(tmp_path / path, "p")
    good = read_one(tmp_path, result(path))
    assert good.manifest["traits"] == {"process": "p"}
    whole = (tmp_path / path).read_bytes()
    place = whole.index(torch.ones(300).numpy().tobytes())
    for i in range(0, 1200, 97):
        content = bytearray(whole)
        content[place + i] ^= 1
        (tmp_path / path).write_bytes(content)
        said = read_one(tmp_path, result(path))
        assert "does not match its checksum" in str(said)
