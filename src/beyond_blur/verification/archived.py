"""Which results an archive holds that one hands to a reviewer, and what it says of itself."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from beyond_blur import __version__
from beyond_blur.config import Experiment, to_json_values
from beyond_blur.storage import code, workflow_files
from beyond_blur.verification.kinds import Kind, match
from beyond_blur.verification.listing import is_manifest
from beyond_blur.verification.reading import Held
from beyond_blur.verification.registry import KINDS

ALWAYS = "always"
WEIGHTS = "weights"
SAMPLES = "samples"

HELD_IN: dict[str, str | None] = {
    "table": ALWAYS,
    "comparison": ALWAYS,
    "steps": ALWAYS,
    "deltas": ALWAYS,
    "amplitudes": ALWAYS,
    "mean_colours": ALWAYS,
    "alignment": ALWAYS,
    "figure": ALWAYS,
    "film": ALWAYS,
    "metrics": ALWAYS,
    "amplitude": ALWAYS,
    "facts": ALWAYS,
    "history": ALWAYS,
    "report": ALWAYS,
    "weights": WEIGHTS,
    "classifier": WEIGHTS,
    "encoder": WEIGHTS,
    "samples": SAMPLES,
    "images": None,
    "shards": None,
    "contact_sheet": None,
    "pairs": None,
    "terminal": None,
    "features": None,
    "trajectory": None,
    "exploration": None,
    "neighbours": None,
    "state": None,
    "picture of a training run": None,
    "events of a training run": None,
    "log": None,
}
"""The part of an archive that each kind of result is in. None: in none, as the workflow makes it
again from the rest and the data set, or no number follows from it."""

ABOUT = "archive.json"
CONFIGURATION = "configuration"
RESOLVED = f"{CONFIGURATION}/resolved.json"
RESULTS = "results"
README = "README.txt"
REPORT = "report.html"

PINS = "envs/pins.txt"
"""Versions of all packages that reproduce a run, as the workflow has them."""

TEXT = """Results of beyond_blur: table, figures, the numbers that they are made of, what made them.

sha256sum --check SHA256SUMS                   compares every file with its checksum
python -m beyond_blur check_archive THIS.zip   compares every file with its manifest, too, and
                                               makes the tables again from the numbers

archive.json        versions of the code and of the packages that made these files
configuration/      as it was given, and resolved.json: every option with its value
results/            as the workflow lays them out; *.manifest.json says what a file was made from
"""


def is_held(path: str, kind: Kind, parts: Sequence[str]) -> bool:
    """Whether a result is in an archive of these parts."""
    part = HELD_IN[kind.name]
    # The record of an earlier check is called a report, too.
    return part is not None and part in parts and (kind.form != "free" or path == REPORT)


def is_member(name: str) -> bool:
    """Whether `archive.pack` could have packed a member of this name."""
    top, _, path = name.partition("/")
    if top != RESULTS:
        return top == CONFIGURATION or name in (ABOUT, README, PINS)
    found = match(KINDS, path)
    if found is None:
        return is_manifest(path, KINDS)
    return is_held(path, found[0], (ALWAYS, WEIGHTS, SAMPLES))


def about(held: Iterable[Held], given: Iterable[str], parts: Iterable[str]) -> dict[str, Any]:
    """What an archive says of the code and the packages.

    Parameters
    ----------
    held : iterable of Held
        What the files in it say of themselves.
    given : iterable of str
        Members of the configuration as it was given.
    parts : iterable of str
    """
    packages: dict[str, set[str]] = {}
    for one in held:
        for name, version in one.manifest.get("versions", {}).items():
            packages.setdefault(name, set()).add(version)
    return {
        "beyond_blur": __version__,
        "commit": commit(),
        "sources": sources(),
        "packages": {name: sorted(found) for name, found in sorted(packages.items())},
        "configuration": list(given),
        "parts": sorted(parts),
    }


def sources() -> str:
    """sha256 over the sources of this package, whichever Python runs them."""
    digest = hashlib.sha256()
    for path, content in code.PACKAGE.sources.items():
        name = path.relative_to(code.PACKAGE.folder).as_posix()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def commit() -> str | None:
    """The commit of the clone that the package lies in, with ``-dirty`` where files differ from it.

    None of an installed package, and where git is not there or refuses.
    """
    if workflow_files.CARRIED.is_dir() or not (workflow_files.PACKAGE.parents[1] / ".git").exists():
        return None
    described = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    try:
        done = subprocess.run(
            described, cwd=workflow_files.PACKAGE.parents[1], capture_output=True, text=True
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def configuration(experiment: Experiment, given: Iterable[Path]) -> dict[str, Path | bytes]:
    """Members that hold the configuration: its files in their order, all options, own processes.

    A user's own process is the file that it was given in.
    """
    members: dict[str, Path | bytes] = {
        f"{CONFIGURATION}/given-{i}-{path.name}": path for i, path in enumerate(given)
    }
    for process in experiment.processes:
        if process.kind == "own":
            members[f"{CONFIGURATION}/own-{process.name}.py"] = Path(process.file)
    members[RESOLVED] = as_json(to_json_values(experiment))
    return members


def as_json(values: Mapping[str, Any]) -> bytes:
    """Values as a text that people read, too."""
    return (json.dumps(values, indent=1) + "\n").encode()
