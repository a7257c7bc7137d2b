"""What a run was: its data, networks, samples, versions, and what each of its rules took."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from beyond_blur.config.labels import label
from beyond_blur.progress import clock
from beyond_blur.storage import artifacts, records
from beyond_blur.storage.atomic import ArtifactError

RECORDS = Path(".snakemake/metadata")
"""Snakemake's record of each output, below the working folder."""

TRAINED_ON = re.compile(r"^training (\S+) on (.+?), float", re.MULTILINE)
"""What the log of a training says of its device."""


@dataclass(frozen=True)
class Times:
    """What the jobs of a run took, by Snakemake's record of them.

    Attributes
    ----------
    rules : list of (rule, number of jobs, time of all of them)
        The longest first. Jobs beside each other count one by one.
    start, end : str
        Of the first and of the last job, in UTC.
    """

    rules: list[tuple[str, int, str]]
    start: str
    end: str


def times(folder: Path) -> Times | None:
    """The times of the run in a working folder; None where there is no record of it.

    Of a result that was made again, the last time counts.
    """
    jobs = {
        (record["rule"], record["starttime"], record["endtime"])
        for record in map(record_of, sorted((folder / RECORDS).rglob("*")))
        if record and record.get("starttime") and record.get("endtime")
    }
    if not jobs:
        return None
    counts = Counter(rule for rule, _, _ in jobs)
    seconds: dict[str, float] = defaultdict(float)
    for rule, start, end in jobs:
        seconds[rule] += end - start
    longest = sorted(seconds, key=lambda rule: (-seconds[rule], rule))
    rules = [(rule, counts[rule], clock(seconds[rule])) for rule in longest]
    return Times(rules, date(min(job[1] for job in jobs)), date(max(job[2] for job in jobs)))


def record_of(path: Path) -> dict[str, Any] | None:
    """One of Snakemake's records; None for what is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except ValueError:
        return None
    return found if isinstance(found, dict) and "rule" in found else None


def date(stamp: float) -> str:
    """A time stamp as ``2026-11-28 13:05``, UTC."""
    return datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%d %H:%M")


def facts(results: Path) -> Iterator[tuple[str, str]]:
    """What was run, as far as its files say so: (name, text) of each fact.

    Parameters
    ----------
    results : path
        The folder ``results`` of a run.
    """
    versions: dict[str, None] = {}
    for path in sorted(results.glob("data/*/facts.json")):
        yield from data_set(records_of([path]))
    for name, pattern, words in (
        ("Networks", "checkpoints/*/*/weights.safetensors", network),
        ("Samples", "samples/*/*/*/seed-*.safetensors", sample),
    ):
        manifests = list(manifests_of(results.glob(pattern)))
        for one in manifests:
            versions.update(dict.fromkeys(f"{k} {v}" for k, v in one.get("versions", {}).items()))
        counted = Counter(map(words, manifests))
        if counted:
            yield name, "; ".join(f"{text}{f' ({n} of them)' if n > 1 else ''}"
                                  for text, n in counted.items())  # fmt: skip
    devices = {match[2] for match in devices_of(results)}
    if devices:
        yield "Trained on", ", ".join(sorted(devices))
    if versions:
        yield "Versions", ", ".join(versions)


def data_set(found: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """A set of images and its size."""
    for one in found:
        channels, h, w = one["shape"]
        counts = (f"{one['splits'][split]['images']:,}" for split in ("train", "held_out"))
        train, held_out = counts
        colour = "grey" if channels == 1 else "colour"
        name = one["traits"].get("dataset", "images")
        words = f"{name}: {train} training and {held_out} held-out images, {w} x {h} pixels"
        yield "Data", f"{words}, {colour}"


def network(manifest: Mapping[str, Any]) -> str:
    """A trained network in words."""
    process = manifest["spec"]["process"]
    return f"{label(process['name'], process.get('peclet'))}: {manifest['steps']:,} steps"


def sample(manifest: Mapping[str, Any]) -> str:
    """Samples of one seed in words."""
    process = manifest["spec"]["process"]
    name, n = label(process["name"], process.get("peclet")), manifest["spec"]["sampling"]
    return f"{name}: {n['n_samples']:,} from one seed"


def devices_of(results: Path) -> Iterator[re.Match[str]]:
    """What the logs of trainings say of their devices."""
    for path in sorted(results.glob("logs/train/*/*.log")):
        yield from TRAINED_ON.finditer(path.read_text(encoding="utf-8", errors="replace"))


def manifests_of(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Manifests of those files that have a sound one."""
    for path in sorted(paths):
        try:
            yield artifacts.read_manifest(path)
        except ArtifactError:
            continue


def records_of(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The sound ones of some records."""
    for path in paths:
        try:
            yield records.load(path, "facts")
        except ArtifactError:
            continue
