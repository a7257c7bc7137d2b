"""Shards are joined in order, and only with those they belong with."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from beyond_blur.storage import artifacts, shards
from beyond_blur.storage.atomic import ArtifactError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return {"images": rng.integers(0, 256, (4, 1, 3, 3), dtype=np.uint8), "k": np.arange(4)}


def test_shards_are_joined_in_order(tmp_path):
    for i in range(2):
        artifacts.save(tmp_path / str(i), {"k": np.arange(3) + 3 * i}, kind="k", spec={})
    paths = [tmp_path / "0", tmp_path / "1"]
    assert shards.load_shards(paths, "k").arrays["k"].tolist() == list(range(6))
    assert shards.load_shards(paths, "k").checksum != shards.load_shards(paths[::-1], "k").checksum


@pytest.mark.parametrize("read", [shards.load_shards, shards.map_shards])
def test_shards_that_do_not_belong_together_are_refused_by_name(tmp_path, read):
    def write(name, spec, rows, kind="pairs"):
        artifacts.save(tmp_path / name, {"x": rows}, kind=kind, spec=spec)
        return tmp_path / name

    rows = np.zeros((2, 1, 3, 3), np.float32)
    first = write("first", {"levels": {"sigma_max": 8.0}, "seed": 0}, rows)
    other_seed = write("seed", {"levels": {"sigma_max": 8.0}, "seed": 1}, rows + 1)
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
    mapped.arrays["half"][:] = 0
    assert path.read_bytes() == whole


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells memory there")
def test_mapped_arrays_take_no_memory_of_their_own(tmp_path):
    """64 MB are mapped, verified and gathered from; what the process holds itself stays small."""
    path = tmp_path / "a.safetensors"
    artifacts.save(path, {"x": np.ones((64, 1 << 20), np.uint8)}, kind="images", spec={})
    code = f"""if True:
        import numpy, torch
        from beyond_blur.storage import shards
        def held():
            lines = open("/proc/self/status").read().splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
        shards.read_manifest({str(path)!r})
        before = held()
        rows = shards.map_arrays({str(path)!r}, "images").arrays["x"]
        assert rows[[3, 5]].sum() == 2 << 20
        assert held() - before < 16_000, f"{{held() - before}} kB"
    """
    path = {"PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "-c", code], check=True, env=path)


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
