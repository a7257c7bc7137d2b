"""Finished batches are found again, and only by the result they are of."""

import logging

import numpy as np

from beyond_blur.storage.unfinished import FinishedBatches


def test_a_batch_is_found_again_by_its_own_result_alone(tmp_path):
    out, arrays = tmp_path / "out.safetensors", {"x": np.arange(3)}
    FinishedBatches(out, ["this"]).save("batch-0", arrays)
    found = FinishedBatches(out, ["this"]).load("batch-0")
    np.testing.assert_array_equal(found["x"], arrays["x"])
    assert FinishedBatches(out, ["this"]).load("batch-1") is None
    assert FinishedBatches(out, ["another"]).load("batch-0") is None


def test_a_damaged_batch_is_said_and_made_again(tmp_path, caplog):
    batches = FinishedBatches(tmp_path / "out.safetensors", ["this"])
    batches.save("batch-0", {"x": np.arange(3)})
    batches.path("batch-0").write_bytes(b"half")
    with caplog.at_level(logging.INFO, "beyond_blur"):
        assert batches.load("batch-0") is None
    assert "batch-0.safetensors is a text file" in caplog.text and "made again" in caplog.text


def test_a_whole_result_leaves_no_batches(tmp_path):
    out = tmp_path / "out.safetensors"
    for identity in ("this", "another"):
        FinishedBatches(out, identity).save("batch-0", {"x": np.arange(3)})
    assert len(list((tmp_path / "out.parts").iterdir())) == 2
    FinishedBatches(out, "this").remove()
    assert not (tmp_path / "out.parts").exists()
