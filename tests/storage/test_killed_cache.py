"""A killed run keeps its shards and ends with the same cache."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from beyond_blur.storage import artifacts
from storage.caching import NAME

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}


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
