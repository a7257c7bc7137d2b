"""The cache: it fits on the disk or is not begun, it is read from disk, and only its own shards."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import yaml

from beyond_blur import cli
from beyond_blur.config import load_experiment, rule_specs
from beyond_blur.corruption.backend import Backend
from beyond_blur.storage import artifacts, cache_checks
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.mapped_rows import MappedRows, open_source
from beyond_blur.storage.shards import load_shards

ROOT = Path(__file__).parent.parent
ENV = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
NAME = "advection_diffusion-pe0.1"


def experiment(**changes):
    return load_experiment({"preset": "tiny", **changes})


def corrupt(verb, images, out, made=None, shards=2):
    spec = rule_specs.to_json(rule_specs.corruption_job(made or experiment(), NAME))
    cli.main([verb, "--spec", spec, "--images", str(images), "--shards", str(shards),
              "--out", str(out)])  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two shards of images and their pairs."""
    folder = tmp_path_factory.mktemp("cache")
    images = [folder / f"images/shard-{i}.safetensors" for i in range(2)]
    pairs = [folder / f"pairs/shard-{i}.safetensors" for i in range(2)]
    held_out = [folder / f"held-out-{i}.safetensors" for i in range(2)]
    cli.main(["prepare_dataset", "--spec", rule_specs.to_json(experiment().dataset),
              "--train", *map(str, images), "--held-out", *map(str, held_out)])  # fmt: skip
    for image, pair in zip(images, pairs, strict=True):
        corrupt("pairs", image, pair)
    return folder


@pytest.fixture
def paths(made, tmp_path):
    """The same in a folder that a test may spoil."""
    shutil.copytree(made / "pairs", tmp_path / "pairs")
    return sorted((tmp_path / "pairs").iterdir())


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_predicted_sizes_are_those_on_disk(made, tmp_path, dtype):
    options = {"draws": 2, "levels_per_draw": 3, "dtype": dtype}
    other = experiment(corruption=options)
    image, shape = made / "images/shard-0.safetensors", (1, 8, 8)
    corrupt("pairs", image, tmp_path / "pairs.safetensors", other)
    corrupt("terminal", image, tmp_path / "terminal.safetensors", other)
    for verb, predicted in (
        ("pairs", cache_checks.pairs_bytes(24, shape, other.corruption)),
        ("terminal", cache_checks.terminal_bytes(24, shape)),
    ):
        on_disk = (tmp_path / f"{verb}.safetensors").stat().st_size
        assert predicted - cache_checks.HEADER < on_disk <= predicted


def full_disk(monkeypatch, free):
    usage = shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)


def test_a_cache_that_will_not_fit_is_not_begun(made, tmp_path, monkeypatch, capsys):
    full_disk(monkeypatch, 50_000)
    out = tmp_path / "new" / "shard-0.safetensors"
    for verb, words in (
        ("pairs", ("lower corruption.draws (1) or corruption.levels_per_draw (2)",
                   "set corruption.dtype: float16", "another 67.1 kB", "in 2 shards")),
        ("terminal", ("lower dataset.max_images", "another 29.1 kB", "in 2 shards")),
    ):  # fmt: skip
        free = 50_000 if verb == "pairs" else 20_000
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
    corrupt("pairs", made / "images/shard-1.safetensors", out)
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


def test_sizes_are_readable():
    shown = [cache_checks.readable(n) for n in (1500, 2_340_000, 55_100_000_000, 10**12)]
    assert shown == ["1.5 kB", "2.34 MB", "55.1 GB", "1 TB"]


def test_the_manifest_says_which_solver_ran(made, tmp_path):
    manifest = artifacts.read_manifest(made / "pairs/shard-0.safetensors", "pairs")
    assert manifest["backend"] == "cpu"
    assert {"numpy", "numba", "beyond_blur", "python"} <= manifest["versions"].keys()
    assert manifest["spec"]["levels"]["n_levels"] == 4
    spec = rule_specs.to_json(rule_specs.corruption_job(experiment(), "advection_diffusion-pe0"))
    cli.main(["cache_pairs", "--spec", spec, "--images", str(made / "images/shard-0.safetensors"),
              "--out", str(tmp_path / "still")])  # fmt: skip
    assert artifacts.read_manifest(tmp_path / "still")["backend"] == "diffusion"


def test_the_manifest_names_cupy_under_the_name_it_is_installed_by(monkeypatch):
    installed = [SimpleNamespace(metadata={"Name": name}) for name in ("numpy", "cupy-cuda13x")]
    monkeypatch.setattr(metadata, "distributions", lambda: installed)
    assert Backend("gpu").packages == ("numpy", "cupy-cuda13x")
    assert Backend("reference").packages == ("numpy",)


def test_a_mapped_source_has_the_rows_of_the_loaded_one(made):
    paths = sorted((made / "pairs").iterdir())
    mapped, loaded = open_source(paths), load_shards(paths, "pairs")
    assert mapped.checksum == loaded.checksum
    assert mapped.rows.keys() == {"x_k", "x_previous", "k"}
    np.testing.assert_array_equal(mapped.index, loaded.arrays["index"])
    rows = torch.tensor([95, 0, 47, 48, 0])  # of both shards, repeated, in no order
    for name, values in mapped.rows.items():
        assert (len(values), values.shape) == (96, loaded.arrays[name].shape)
        chosen = values[rows]
        assert torch.equal(chosen, torch.from_numpy(loaded.arrays[name])[rows])
        np.testing.assert_array_equal(values[rows.numpy()], chosen.numpy())
    images = open_source(sorted((made / "images").iterdir()))
    assert images.rows.keys() == {"images"}


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
        open_source(paths)
    paths[1].write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ArtifactError, match=r"shard-1\.safetensors does not match its checksum"):
        open_source(paths)
    paths[1].unlink()
    with pytest.raises(ArtifactError, match=r"shard-1\.safetensors does not exist"):
        open_source(paths)


def test_a_shard_of_other_settings_is_refused_by_name(made, paths):
    corrupt("pairs", made / "images/shard-1.safetensors", paths[1],
            experiment(levels={"sigma_max": 3.0}))  # fmt: skip
    with pytest.raises(ArtifactError, match=r"shard-1\S* does not belong .*levels\.sigma_max is 3"):
        open_source(paths)


def test_a_shard_twice_is_refused_by_name(paths):
    shutil.copy(paths[0], paths[1])
    with pytest.raises(
        ArtifactError, match=r"shard-1\S* was made from the same images as .*shard-0"
    ):
        open_source(paths)


def test_a_shard_of_other_images_is_stale(made, tmp_path):
    images, pairs = tmp_path / "images", tmp_path / "pairs"
    images.mkdir()
    for i in (0, 1):
        shutil.copy(made / f"images/shard-{i}.safetensors", images)
    corrupt("pairs", images / "shard-0.safetensors", pairs)
    open_source([pairs])
    (images / "shard-0.safetensors").write_bytes((images / "shard-1.safetensors").read_bytes())
    with pytest.raises(ArtifactError, match=r"pairs is stale: .*images/shard-0\S* holds; delete"):
        open_source([pairs])
    with pytest.raises(ArtifactError, match=r"pairs is stale"):
        cache_checks.check_origin([pairs], "pairs", [made / "images/shard-1.safetensors"])
    cache_checks.check_origin([pairs], "pairs", [made / "images/shard-0.safetensors"])
    shutil.rmtree(images)  # a cache may be used without the images it was made from
    open_source([pairs])


def test_pairs_of_another_process_are_stale(made):
    paths = sorted((made / "pairs").iterdir())
    whole = experiment()
    process, levels, options = whole.processes[1], whole.levels, whole.corruption
    more = replace(options, draws=5, seed=3, threads=2, dtype="float16")
    open_source(paths, process, levels, more)
    open_source(sorted((made / "images").iterdir()), process, levels, more)  # for streamed pairs
    for changed, key in (
        ((replace(process, peclet=0.05), levels, options), r"peclet = 0\.1, this run has 0\.05"),
        ((process, replace(levels, sigma_max=9.0), options), r"levels\.sigma_max = 4\.0"),
        ((process, levels, replace(options, walls="periodic")), r"corruption\.walls = mirror"),
        ((replace(process, velocity=replace(process.velocity, slope=-1.0)), levels, options),
         r"velocity\.slope"),
    ):  # fmt: skip
        with pytest.raises(ArtifactError, match=rf"shard-0\S* is stale: it was made with {key}"):
            open_source(paths, *changed)


def start(folder, *arguments):
    """Snakemake on the pairs of 600 digits in 5 shards, in a process group of its own."""
    settings = folder.parent / "config.yaml"
    settings.write_text(yaml.safe_dump({
        "preset": "tiny", "dataset": {"shards": 5, "size": 16, "max_images": 600},
        "levels": {"sigma_max": 12.0, "n_levels": 20}, "corruption": {"draws": 4},
    }))  # fmt: skip
    targets = [f"results/corruption/tiny/{NAME}/shard-{i}.safetensors" for i in range(5)]
    with (folder.parent / "log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", "-s", ROOT / "Snakefile", "--directory", folder,
             "--configfile", settings, "--cores", "2", *arguments, *targets],
            env=ENV, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


@pytest.mark.slow
def test_a_killed_run_keeps_its_shards_and_ends_with_the_same_cache(tmp_path):
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    run = start(tmp_path / "whole")
    assert run.wait() == 0, (tmp_path / "log").read_text()
    expected = sorted((tmp_path / f"whole/results/corruption/tiny/{NAME}").iterdir())
    assert len(expected) == 5

    run = start(tmp_path / "killed")
    place = tmp_path / f"killed/results/corruption/tiny/{NAME}"
    while len(list(place.glob("shard-*"))) < 3:
        assert run.poll() is None
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    kept = {path: path.stat().st_mtime_ns for path in place.glob("shard-*")}
    assert 3 <= len(kept) < 5
    for path in kept:
        artifacts.load(path, "pairs")

    assert start(tmp_path / "killed", "--unlock").wait() == 0
    run = start(tmp_path / "killed", "--rerun-incomplete")
    assert run.wait() == 0, (tmp_path / "log").read_text()
    found = sorted(place.glob("shard-*"))
    again = [path for path, then in kept.items() if path.stat().st_mtime_ns != then]
    assert len(again) <= 2, "more is made again than the shards of the two jobs that ran"
    assert [path.read_bytes() for path in found] == [path.read_bytes() for path in expected]
