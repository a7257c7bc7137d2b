"""A result is whole or it is not there, and nothing foreign is taken for one."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from beyond_blur.storage import artifacts, atomic, shards
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


def test_an_interrupted_write_leaves_the_old_result(tmp_path):
    path = tmp_path / "a.txt"
    atomic.write_text(path, "old")
    with pytest.raises(KeyboardInterrupt), atomic.atomic(path) as temporary:
        temporary.write_text("ne")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_results_are_as_readable_as_other_files(tmp_path):
    other = tmp_path / "other"
    other.write_text("")
    atomic.write_text(tmp_path / "table.csv", "a,b")
    artifacts.save(tmp_path / "a.safetensors", {"x": np.zeros(3)}, kind="images", spec={})
    modes = {path.name: path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 3 and set(modes.values()) == {other.stat().st_mode}


def test_shards_are_joined_in_order(tmp_path, arrays):
    for i in range(2):
        artifacts.save(tmp_path / str(i), {"k": np.arange(3) + 3 * i}, kind="k", spec={})
    paths = [tmp_path / "0", tmp_path / "1"]
    assert shards.load_shards(paths, "k").arrays["k"].tolist() == list(range(6))
    assert shards.load_shards(paths, "k").checksum != shards.load_shards(paths[::-1], "k").checksum


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
        ('{"format": 99, "kind": "images"}', "has format 99, this version reads 1"),
    ):
        save_file(arrays, path, metadata={"manifest": text})
        with pytest.raises(ArtifactError, match=rf"a\.safetensors .*{message}"):
            artifacts.load(path, "images")


@pytest.mark.parametrize("read", [shards.load_shards, shards.map_shards])
def test_shards_that_do_not_belong_together_are_refused_by_name(tmp_path, read):
    def write(name, spec, rows, kind="pairs"):
        artifacts.save(tmp_path / name, {"x": rows}, kind=kind, spec=spec)
        return tmp_path / name

    rows = np.zeros((2, 1, 3, 3), np.float32)
    first = write("first", {"levels": {"sigma_max": 8.0}, "seed": 0}, rows)
    other_seed = write("seed", {"levels": {"sigma_max": 8.0}, "seed": 1}, rows)
    read([first, other_seed], "pairs")
    older = write("older", {"levels": {"sigma_max": 9.0}, "seed": 0}, rows)
    with pytest.raises(ArtifactError, match=r"older does not .*levels\.sigma_max is 9\.0 .* 8\.0"):
        read([first, older], "pairs")
    wider = write("wider", {"levels": {"sigma_max": 8.0}}, np.zeros((2, 1, 4, 4), np.float32))
    with pytest.raises(ArtifactError, match=r"wider does not belong .*rows\.x is"):
        read([first, wider], "pairs")
    terminal = write("terminal", {"levels": {"sigma_max": 8.0}}, rows, kind="terminal")
    with pytest.raises(ArtifactError, match="terminal holds terminal, expected pairs"):
        read([first, terminal], "pairs")


def test_mapped_arrays_are_the_loaded_ones_and_stay_on_disk(tmp_path, arrays):
    path = tmp_path / "a.safetensors"
    arrays["half"] = np.linspace(0, 1, 6, dtype=np.float16).reshape(2, 3)
    arrays["none"] = np.empty((0, 3), np.float32)
    artifacts.save(path, arrays, kind="images", spec={})
    whole = path.read_bytes()
    mapped, loaded = shards.map_arrays(path, "images"), artifacts.load(path, "images")
    assert (mapped.manifest, mapped.checksum) == (loaded.manifest, loaded.checksum)
    assert mapped.arrays.keys() == loaded.arrays.keys()
    for name, values in mapped.arrays.items():
        np.testing.assert_array_equal(values, loaded.arrays[name])
        assert values.dtype == loaded.arrays[name].dtype
        assert isinstance(values, np.memmap) or values.size == 0
    mapped.arrays["half"][:] = 0
    assert path.read_bytes() == whole


def test_mapped_files_are_verified(tmp_path, arrays):
    path = tmp_path / "a.safetensors"
    artifacts.save(path, arrays, kind="images", spec={})
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ArtifactError, match=r"a\.safetensors does not match its checksum"):
        shards.map_arrays(path, "images")
    path.write_bytes(whole[:-5])
    with pytest.raises(ArtifactError, match=r"a\.safetensors is truncated"):
        shards.map_arrays(path, "images")
