"""What a training run is: a state belongs to a run where nothing that makes its numbers differs.

Rounding is left out: another patch release of torch, another device or number of processes goes on
with the same mathematics, and is said and recorded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from beyond_blur.config.rule_specs import TrainingSpec, lasting
from beyond_blur.storage import belonging, code
from beyond_blur.storage.belonging import shown
from beyond_blur.training.flow_pairs import MAKERS

SOLVERS = "beyond_blur.corruption.backend:MODULES"
"""Where solvers are named. By its name, so that it is code of streamed pairs only."""

MATHEMATICS = (
    "beyond_blur.training.loop:train",
    "beyond_blur.training.state:new_state",
    "beyond_blur.training.run:pairs_of",
    "beyond_blur.training.history:History",
    "beyond_blur.network.unet:UNet",
    "beyond_blur.processes.build:build",
    "beyond_blur.storage.mapped_rows:MappedRows",
)
"""The code that every step is made by: not how a run is watched, locked, resumed or told of."""

ROUNDING = ("compile", "deterministic", "device", "devices", "nodes", "threads")
"""Options of training that change no more than the rounding of a step. Compiled, or on another kind
of device, masks of dropout are others: as likely ones, drawn by another generator."""

NAMED = 4
"""Differences that a message names; the others are counted."""


def streams(job: TrainingSpec) -> bool:
    """Whether pairs of a flow are made while the network trains."""
    return job.training.pairs == "streamed" and job.process.trains_on == "pairs"


def code_roots(job: TrainingSpec) -> tuple[str, ...]:
    """The code that a run's weights depend on, as ``module:name``, without what that code imports.

    Named are the steps (`MATHEMATICS`), the class of the process, which is found by its name, and,
    where pairs are streamed, what makes them, and the solvers. A user's own file is not among
    them: see `identify`.
    """
    roots = (*MATHEMATICS, job.process.implementation)
    if not streams(job):
        return roots
    solvers = code.registered(SOLVERS).values()
    return (*roots, MAKERS["streamed"], *(root for of_solver in solvers for root in of_solver))


def identify(job: TrainingSpec, checksum: str) -> dict[str, Any]:
    """What a state must agree on to be resumed: the job, the data and the code.

    Parameters
    ----------
    job : TrainingSpec
        Its number of iterations may change, and what no step depends on (see
        `beyond_blur.config.rule_specs.lasting`).
    checksum : str
        Of the training data.

    Returns
    -------
    dict of JSON values
        ``settings``; ``data``; ``code``, a checksum for each module of this package; ``own_code``;
        ``torch``, its version; ``rounding``, options that change no more than that; ``changes``,
        what differed where the run went on, none yet.
    """
    settings = lasting(job)
    for name in ("iterations", *ROUNDING):
        settings["training"].pop(name, None)
    if not streams(job):
        settings.pop("corruption")  # only the fixed held-out pairs are made with it
    identity = {
        "settings": settings,
        "data": checksum,
        "code": code.checksums_by_module(*code_roots(job)),
        "own_code": code.own_code(job.process),
        "torch": torch.__version__,
        "rounding": {name: getattr(job.training, name) for name in ROUNDING},
        "changes": [],
    }
    plain: dict[str, Any] = json.loads(json.dumps(identity))
    return plain


def differences(here: Mapping[str, Any], there: Mapping[str, Any], step: int) -> list[str]:
    """What keeps a run from going on from a state, a few words each; nothing where it may.

    Parameters
    ----------
    here, there : dict
        What `identify` made of this run, and of the one that left the state.
    step : int
        Steps that the state has done: what changes the learning rate later is no difference.
    """
    ours, theirs = (_until(one, step) for one in (here, there))
    found = [
        f"{key} is {shown(now)} here, {shown(then)} in the state"
        for key, now, then in belonging.differences(ours["settings"], theirs["settings"])
    ]
    if here["data"] != there["data"]:
        found.append("the training data")
    if release(here["torch"]) != release(there["torch"]):
        found.append(f"torch is {here['torch']} here, {there['torch']} in the state")
    if here["own_code"] != there["own_code"]:
        found.append("the code of the process")
    changed = {name for name, _ in here["code"].items() ^ there["code"].items()}
    if changed:
        names = sorted(name.partition(".")[2] for name in changed)
        found.append(f"the code of {_counted(names)}")
    return found


def roundings(here: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    """What differs between a run and a state it may go on from, and changes rounding alone.

    Parameters
    ----------
    here, there : dict
        As of `differences`, which finds none between them.
    """
    pairs = [("torch", here["torch"], there["torch"])]
    pairs += [(f"training.{name}", here["rounding"][name], there["rounding"][name])
              for name in ROUNDING]  # fmt: skip
    return [f"{key} is {now} here, {then} in the state" for key, now, then in pairs if now != then]


def release(version: str) -> str:
    """The minor release that a version of torch is of: "2.13" of "2.13.1+cu126".

    Patch releases mend faults, and what follows "+" says what torch was built for.
    """
    found = re.match(r"\d+\.\d+", version)
    return found[0] if found else version


def in_words(differences: Sequence[str]) -> str:
    """Differences as one line: the first few, and how many more there are."""
    return _counted(differences, "; ")


def _counted(words: Sequence[str], between: str = ", ") -> str:
    more = len(words) - NAMED
    return between.join(words[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _until(identity: Mapping[str, Any], step: int) -> dict[str, Any]:
    """An identity without the changes of the learning rate that come after some steps."""
    settings = dict(identity["settings"])
    training = dict(settings["training"])
    changes = training.get("learning_rate_changes", [])
    training["learning_rate_changes"] = [change for change in changes if change[0] < step]
    return {**identity, "settings": {**settings, "training": training}}
