"""What a run was: its data, networks, samples, versions, and what each of its rules took."""

from __future__ import annotations

import csv
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from beyond_blur.config.labels import label
from beyond_blur.progress import clock
from beyond_blur.storage import artifacts, records, run_journal
from beyond_blur.storage.atomic import ArtifactError

RECORDS = Path(".snakemake/metadata")
"""Snakemake's record of each output, below the working folder."""

TRAINED_ON = re.compile(r"^training (\S+) on (.+?), float", re.MULTILINE)
"""What the log of a training says of its device."""


DRAWN = {"figures": "figure", "films": "film"}
"""Folders of the logs of many rules, and how the names of these begin."""


@dataclass(frozen=True)
class Times:
    """What the jobs of a run took.

    Attributes
    ----------
    rules : list of (rule, number of jobs, time of all of them, most memory of one)
        The longest first. Jobs beside each other count one by one. Memory is empty where it was not
        measured, as of a job of a second.
    start, end : str
        Of the first and of the last job, in UTC; empty without Snakemake's record of them.
    """

    rules: list[tuple[str, int, str, str]]
    start: str = ""
    end: str = ""


def times(results: Path) -> Times | None:
    """The times of a run, by its benchmark files, or else by Snakemake's record of each output.

    None where there are neither. Of a result that was made again, the last time counts.

    Parameters
    ----------
    results : path
        The folder ``results`` of a run.
    """
    recorded, measured = recorded_jobs(results.parent), list(measured_jobs(results))
    known = {rule for rule, _, _ in measured}
    jobs = [
        *measured,
        *((r, end - start, math.nan) for r, start, end in recorded if r not in known),
    ]
    if not jobs:
        return None
    counts = Counter(rule for rule, _, _ in jobs)
    seconds: dict[str, float] = defaultdict(float)
    most: dict[str, float] = defaultdict(float)
    for rule, spent, megabytes in jobs:
        seconds[rule] += spent
        most[rule] = max(most[rule], 0.0 if math.isnan(megabytes) else megabytes)
    longest = sorted(seconds, key=lambda rule: (-seconds[rule], rule))
    rules = [(rule, counts[rule], clock(seconds[rule]), memory(most[rule])) for rule in longest]
    if not recorded:
        return Times(rules)
    return Times(
        rules, date(min(job[1] for job in recorded)), date(max(job[2] for job in recorded))
    )


def measured_jobs(results: Path) -> Iterator[tuple[str, float, float]]:
    """Rule, seconds and most megabytes (NaN if not measured) of each job with a benchmark file."""
    logs = results / "logs"
    for path in sorted(logs.rglob("*.tsv")):
        try:
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file, delimiter="\t"):
                    spent, resident = float(row["s"]), row["max_rss"]
                    numeric = re.fullmatch(r"\d+(\.\d+)?", resident)
                    found = float(resident) if numeric else math.nan
                    yield rule_of(path.relative_to(logs)), spent, found
        except (OSError, ValueError, KeyError, TypeError):
            continue


def rule_of(place: Path) -> str:
    """The rule of a file below ``logs``: its folder's name, or its own where it lies in none."""
    if len(place.parts) == 1:
        return place.stem
    folder = place.parts[0]
    return f"{DRAWN[folder]}_{place.stem}" if folder in DRAWN else folder


def memory(megabytes: float) -> str:
    """Megabytes as ``3.2 GB`` or ``320 MB``; empty of none."""
    if not megabytes:
        return ""
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1024:.1f} GB"


def recorded_jobs(folder: Path) -> list[tuple[str, float, float]]:
    """Rule, start and end of each job in Snakemake's record of a working folder.

    There is a record of each output; those of one job differ by a part of a second. Its log says
    which are of one job.
    """
    jobs: dict[tuple[object, ...], tuple[str, float, float]] = {}
    for record in map(record_of, sorted((folder / RECORDS).rglob("*"))):
        if record and record.get("starttime") and record.get("endtime"):
            job = record["rule"], record["starttime"], record["endtime"]
            logs = tuple(record.get("log") or ())
            jobs[(record["rule"], *logs) if logs else job] = job
    return list(jobs.values())


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
    yield from last_run(results.parent)


def last_run(folder: Path) -> Iterator[tuple[str, str]]:
    """The code and the machine of the last run in a working folder, as its journal has them."""
    run = record_of_run(folder / run_journal.PLACE)
    if run.get("code"):
        yield "Code", f"beyond_blur, {run['code']}"
    if run.get("machine") and isinstance(run.get("began"), float):
        yield "Last run", f"begun {date(run['began'])} UTC on {run['machine']}"


def record_of_run(path: Path) -> dict[str, Any]:
    """The journal of a run; empty where there is none, or what is there is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


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
