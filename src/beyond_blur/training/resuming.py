"""The resumable state of a training run: what it belongs to, how it is written and taken over."""

from __future__ import annotations

import hashlib
import json
import signal
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from beyond_blur.config.rule_specs import TrainingSpec, lasting
from beyond_blur.storage import atomic, code
from beyond_blur.training.flow_pairs import MAKERS
from beyond_blur.training.history import History
from beyond_blur.training.state import TrainingState

RESUME_ME = 75
"""Exit code of a run that saved its state because it was told to stop: EX_TEMPFAIL of sysexits.h,
"try again later"."""

SOLVERS = "beyond_blur.corruption.backend:MODULES"
"""Where solvers are named. By its name, so that it is code of streamed pairs only."""


class StateRefused(Exception):
    """A saved state that this run cannot go on from; the message says why."""


def streams(job: TrainingSpec) -> bool:
    """Whether pairs of a flow are made while the network trains."""
    return job.training.pairs == "streamed" and job.process.trains_on == "pairs"


def code_roots(job: TrainingSpec) -> tuple[str, ...]:
    """The code that a run's weights depend on, as ``module:name``, without what that code imports.

    Named are the run, the class of the process, which is found by its name, and, where pairs are
    streamed, what makes them, and the solvers. A user's own file is not among them: see `identify`.
    """
    roots = ("beyond_blur.training.run:train_to_end", job.process.implementation)
    if not streams(job):
        return roots
    solvers = code.registered(SOLVERS).values()
    return (*roots, MAKERS["streamed"], *(root for of_solver in solvers for root in of_solver))


def identify(job: TrainingSpec, checksum: str) -> str:
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
    str
        sha256.
    """
    values = lasting(job)
    values["training"].pop("iterations")
    if not streams(job):
        values.pop("corruption")  # only the fixed held-out pairs are made with it
    made_by = [code.checksum(*code_roots(job)), code.own_code(job.process)]
    made_of = [values, checksum, torch.__version__, *made_by]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


def save_state(state: TrainingState, history: History, path: Path, identity: str) -> None:
    """Write the resumable state, whole or not at all."""
    saved = {"identity": identity, "history": history.state(), **state.state_dict()}
    with atomic.atomic(path) as temporary, temporary.open("wb") as file:
        torch.save(saved, file)


def load_state(path: Path, identity: str, iterations: int, device: str) -> dict[str, Any]:
    """Read a saved state of this very run.

    Raises
    ------
    StateRefused
        If the file is no state, belongs to another run, or has gone beyond the last iteration.
    """
    try:
        saved: dict[str, Any] = torch.load(path, weights_only=True, map_location=device)
        belongs = saved["identity"] == identity
    except Exception as error:  # torch has no one error for a file that is not its own
        raise StateRefused(f"cannot be read ({type(error).__name__})") from error
    if not belongs:
        raise StateRefused("was made with other settings, data or code")
    step = saved["counts"][0]
    if step > iterations:
        raise StateRefused(f"is at step {step:,}, past training.iterations = {iterations:,}")
    return saved


def resume(
    state: TrainingState, history: History, path: Path, identity: str, iterations: int
) -> str:
    """Take over the saved state at ``path`` if it belongs to this very run.

    Parameters
    ----------
    state : TrainingState
        The run before its first step; changed in place.
    history : History
        Changed in place.
    path : path
        The file may be missing.
    identity : str
        Of this run, see `identify`.
    iterations : int
        Steps the run is to make in all.

    Returns
    -------
    str
        One line that says where the run starts, and why.
    """
    if not path.exists():
        return "starting at step 0"
    try:
        saved = load_state(path, identity, iterations, state.group.device)
    except StateRefused as refusal:
        return f"{path} {refusal}: starting afresh"
    state.load_state_dict(saved)
    history.restore(saved["history"])
    end = "" if state.step < iterations else ", where the run ends: nothing is left to train"
    return f"resuming at step {state.step:,}{end}"


class StopSignal:
    """Whether SIGTERM has come, as a cluster sends before it ends a job."""

    def __init__(self) -> None:
        self.received = False
        signal.signal(signal.SIGTERM, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received = True

    def __call__(self) -> bool:
        """Whether to stop now."""
        return self.received
