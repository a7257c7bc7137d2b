"""The cache fits on the disk or is not begun, and says what made it."""

import shutil
from importlib import metadata
from types import SimpleNamespace

import pytest

from beyond_blur import cli
from beyond_blur.config import disk, rule_specs
from beyond_blur.corruption.backend import Backend
from beyond_blur.storage import artifacts, cache_checks
from beyond_blur.storage.atomic import ArtifactError
from storage.caching import corrupt, experiment


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_predicted_sizes_are_those_on_disk(made, tmp_path, dtype):
    options = {"draws": 2, "levels_per_draw": 3, "dtype": dtype}
    other = experiment(corruption=options)
    image, shape = made / "images/shard-0.safetensors", (1, 8, 8)
    corrupt("cache_pairs", image, tmp_path / "pairs.safetensors", other)
    corrupt("terminal_states", image, tmp_path / "terminal.safetensors", other)
    for verb, predicted in (
        ("pairs", disk.pairs_bytes(24, shape, other.corruption)),
        ("terminal", disk.terminal_bytes(24, shape)),
    ):
        on_disk = (tmp_path / f"{verb}.safetensors").stat().st_size
        assert predicted - disk.HEADER < on_disk <= predicted


def full_disk(monkeypatch, free):
    usage = shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)


def test_a_cache_that_will_not_fit_is_not_begun(made, tmp_path, monkeypatch, capsys):
    full_disk(monkeypatch, 50_000)
    out = tmp_path / "new" / "shard-0.safetensors"
    for verb, words in (
        ("cache_pairs", ("lower corruption.draws (1) or corruption.levels_per_draw (2)",
                   "set corruption.dtype: float16", "another 67.1 kB", "in 2 shards")),
        ("terminal_states", ("lower dataset.max_images", "another 29.1 kB", "in 2 shards")),
    ):  # fmt: skip
        free = 50_000 if verb == "cache_pairs" else 20_000
        full_disk(monkeypatch, free)
        with pytest.raises(SystemExit):
            corrupt(verb, made / "images/shard-0.safetensors", out)
        message = capsys.readouterr().err
        assert all(
            word in message for word in (*words, f"{free / 1000:g} kB free", str(out.parent))
        )
        assert message.count("\n") == 1
    assert not out.parent.exists()


def test_shards_already_written_need_no_room(made, tmp_path, monkeypatch, capsys):
    full_disk(monkeypatch, 50_000)
    out = tmp_path / "shard-1.safetensors"
    shutil.copy(made / "pairs/shard-0.safetensors", tmp_path)
    (tmp_path / ".shard-7.safetensors.x.safetensors").touch()  # another job's unfinished file
    corrupt("cache_pairs", made / "images/shard-1.safetensors", out)
    assert out.exists()
    said = capsys.readouterr().out
    assert "67.1 kB in 2 shards, 4" in said and "still to be written; 50 kB free" in said


def test_shards_that_are_to_be_replaced_by_larger_ones_need_the_difference(tmp_path, monkeypatch):
    for i in (1, 2, 3, 4):
        (tmp_path / f"shard-{i}.safetensors").write_bytes(bytes(1_000))
    for free, fits in ((16_000, True), (15_999, False)):
        full_disk(monkeypatch, free)
        if fits:
            cache_checks.check_space(tmp_path / "shard-0.safetensors", 4_000, 5, "")
        else:
            with pytest.raises(ArtifactError, match=r"needs another 16 kB there \(20 kB in 5"):
                cache_checks.check_space(tmp_path / "shard-0.safetensors", 4_000, 5, "")


def test_the_manifest_says_which_solver_ran(made, tmp_path):
    manifest = artifacts.read_manifest(made / "pairs/shard-0.safetensors", "pairs")
    assert manifest["backend"] == "cpu"
    assert {"numpy", "numba", "beyond_blur", "python"} <= manifest["versions"].keys()
    assert manifest["spec"]["levels"]["n_levels"] == 4
    spec = rule_specs.to_json(rule_specs.corruption_spec(experiment(), "advection_diffusion-pe0"))
    cli.main(["cache_pairs", "--spec", spec, "--images", str(made / "images/shard-0.safetensors"),
              "--out", str(tmp_path / "still")])  # fmt: skip
    assert artifacts.read_manifest(tmp_path / "still")["backend"] == "diffusion"


def test_the_manifest_names_cupy_under_the_name_it_is_installed_by(monkeypatch):
    installed = [SimpleNamespace(metadata={"Name": name}) for name in ("numpy", "cupy-cuda13x")]
    monkeypatch.setattr(metadata, "distributions", lambda: installed)
    assert Backend("gpu").packages == ("numpy", "cupy-cuda13x")
    assert Backend("reference").packages == ("numpy",)
