"""What is saved is what is loaded, and nothing foreign is taken for it."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from beyond_blur.storage import artifacts, atomic
from beyond_blur.storage.atomic import ArtifactError


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return {"images": rng.integers(0, 256, (4, 1, 3, 3), dtype=np.uint8), "k": np.arange(4)}


def test_what_is_saved_is_what_is_loaded(tmp_path, arrays):
    path = tmp_path / "deep" / "a.safetensors"
    artifacts.save(path, arrays, kind="images", spec={"size": 3}, inputs={"b": "0"}, note="x")
    file = artifacts.load(path, "images")
    for name, values in arrays.items():
        np.testing.assert_array_equal(file.arrays[name], values)
        assert file.arrays[name].dtype == values.dtype
    assert file.manifest["spec"] == {"size": 3}
    assert file.manifest["inputs"] == {"b": "0"}
    assert file.manifest["note"] == "x"
    assert "numpy" in file.manifest["versions"]
    assert file.checksum == artifacts.checksum_of(arrays)


def test_the_same_result_is_the_same_bytes(tmp_path, arrays):
    for name in ("a", "b"):
        artifacts.save(tmp_path / name, arrays, kind="images", spec={})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_truncated_altered_and_foreign_files_are_refused_by_name(tmp_path, arrays):
    path = tmp_path / "a.safetensors"
    artifacts.save(path, arrays, kind="images", spec={})
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    with pytest.raises(ArtifactError, match=r"a\.safetensors is truncated"):
        artifacts.load(path, "images")
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ArtifactError, match=r"a\.safetensors does not match its checksum"):
        artifacts.load(path, "images")
    path.write_bytes(b"hello")
    with pytest.raises(ArtifactError, match="not a file of this project"):
        artifacts.load(path, "images")
    path.write_bytes(whole)
    with pytest.raises(ArtifactError, match="holds images, expected weights"):
        artifacts.load(path, "weights")
    with pytest.raises(ArtifactError, match="does not exist"):
        artifacts.load(tmp_path / "none", "images")
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ArtifactError, match=r"a\.json is not valid JSON"):
        atomic.read_json(tmp_path / "a.json")


def test_a_foreign_manifest_or_another_format_is_refused_by_name(tmp_path, arrays):
    path = tmp_path / "a.safetensors"
    for text, message in (
        ("not json", "not a file of this project"),
        ("[]", "not a file of this project"),
        (
            '{"format": 99, "versions": {"beyond_blur": "9"}}',
            "has format 99, this version reads 2",
        ),
        (
            '{"format": 2, "kind": "images", "versions": {"beyond_blur": "9"}}',
            "does not match its checksum: what it says was",
        ),
    ):
        save_file(arrays, path, metadata={"manifest": text})
        with pytest.raises(ArtifactError, match=rf"a\.safetensors .*{message}"):
            artifacts.load(path, "images")
