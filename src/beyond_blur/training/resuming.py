"""Where a training run starts: from the state of an earlier run of its own, or from nothing.

A state that the run cannot go on from is kept aside, and a line says why: it is never overwritten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from beyond_blur.training import state_file
from beyond_blur.training.identity import differences, in_words, roundings
from beyond_blur.training.kept_aside import keep_aside, kept_aside, steps_of

Identity = Mapping[str, Any]

CONTENT = ("identity", "history", "model", "average", "optimiser", "counts")
"""Keys of a state."""


@dataclass(frozen=True)
class Start:
    """Where a run starts from, as its files say.

    Attributes
    ----------
    path : path
        The run's state.
    found : path, optional
        The state to go on from; it may be one that was kept aside. None: a run from step 0.
    saved : mapping, optional
        What it holds.
    refused : str
        Why the state at ``path`` is not gone on from; empty where there is none, or it is.
    refused_step : int, optional
        Steps that the refused one has done; None where it is damaged.
    rounded : list of str
        What differs from the run that left ``saved``, and changes rounding alone.
    """

    path: Path
    found: Path | None = None
    saved: Mapping[str, Any] | None = None
    refused: str = ""
    refused_step: int | None = None
    rounded: Sequence[str] = ()

    @property
    def step(self) -> int:
        """Steps done."""
        return self.saved["counts"][0] if self.saved else 0

    def settle(self, iterations: int) -> list[str]:
        """Bring the files in order, before anything is written: lines that say where it starts.

        For one process of a group only, once all of them have read.
        """
        lines = []
        if self.refused:
            done = keep_aside(self.path, self.refused_step, spare=self.found)
            afresh = "" if self.found else ", starting afresh"
            lines.append(f"{self.path} {self.refused}: {'; '.join(done)}{afresh}")
        if self.found is None:
            return lines or ["starting at step 0"]
        if self.found != self.path:
            self.found.replace(self.path)
            lines.append(f"{self.found.name} is of this run: it is {self.path.name} again")
        return [*lines, *self._how(iterations)]

    def _how(self, iterations: int) -> list[str]:
        """Lines on how a run goes on from the state that it has found."""
        if self.step > iterations:
            aside = self.path.with_name(f"{self.path.stem}.at-{self.step}{self.path.suffix}")
            return [
                f"done already: {self.path} is at step {self.step:,} and training.iterations = "
                f"{iterations:,}, so the weights are those of {self.step:,} steps; to train fewer "
                f"from the start, rename it {aside.name}"
            ]
        if self.step == iterations:
            end = ", where the run ends: nothing is left to train"
            return [f"resuming at step {self.step:,}{end}"]
        same = [f"{in_words(self.rounded)}: no more than rounding changes"] if self.rounded else []
        return [*same, f"resuming at step {self.step:,}"]

    def changes(self, iterations: int) -> list[str]:
        """What to record of the run: all that differed where it went on, rounding alone."""
        if self.saved is None:
            return []
        earlier: list[str] = json.loads(self.saved["identity"])["changes"]
        new = in_words(self.rounded) if self.rounded and self.step < iterations else ""
        return [*earlier, *([f"step {self.step}: {new}"] if new else [])]


def content(state: Mapping[str, Any], history: str, identity: Identity) -> dict[str, Any]:
    """What a file of a state holds.

    Parameters
    ----------
    state : mapping
        ``state_dict`` of a `beyond_blur.training.state.TrainingState`.
    history : str
        ``state`` of a `beyond_blur.training.history.History`.
    identity : mapping
        Of the run, see `beyond_blur.training.identity.identify`.
    """
    return {"identity": json.dumps(identity), "history": history, **state}


def find_start(path: Path, identity: Identity, iterations: int) -> Start:
    """Where a run starts from; changes no file, so that every process of a group may ask.

    Parameters
    ----------
    path : path
        The run's state; the file may be missing. Beside it lie those that were kept aside.
    identity : mapping
        Of this run.
    iterations : int
        Steps that the run is to make in all.

    Raises
    ------
    OSError, MemoryError
        If a state cannot be read for a reason that is not its own.
    """
    start = _at(path, identity)
    others = [
        other
        for other in sorted(kept_aside(path), key=steps_of, reverse=True)
        if start.step < steps_of(other) <= iterations
    ]
    for other in others:
        better = _at(other, identity)
        if better.saved is not None:
            words, step = start.refused, start.refused_step
            if start.saved is not None:
                words, step = f"is at step {start.step:,} of this run", start.step
            return replace(better, path=path, refused=words, refused_step=step)
    return start


def _at(path: Path, identity: Identity) -> Start:
    """What there is to one file."""
    if not path.exists():
        return Start(path)
    try:
        saved = state_file.read(path)
    except state_file.Damaged as error:
        return Start(path, refused=str(error))
    if saved.keys() != set(CONTENT):
        return Start(path, refused="holds other things than a training state")
    step, theirs = saved["counts"][0], json.loads(saved["identity"])
    differing = differences(identity, theirs, step)
    if differing:
        words = f"is at step {step:,} of another run ({in_words(differing)})"
        return Start(path, refused=words, refused_step=step)
    return Start(path, path, saved, rounded=roundings(identity, theirs))
