"""The resumable state of a training run: what it belongs to, how it is written and taken over."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType

import torch

import beyond_blur
from beyond_blur import artifacts
from beyond_blur.config import plain
from beyond_blur.history import History
from beyond_blur.jobs import TrainingJob
from beyond_blur.training import TrainingState

RESUME_ME = 75
"""Exit code (EX_TEMPFAIL) of a run that saved its state because it was told to stop."""

SOURCES = ("config", "distributed", "ema", "history", "mapped", "noise", "precision", "training",
           "unet", "processes", "cli/training")  # fmt: skip
"""Modules whose code decides what the weights become; a state made by other code is not resumed."""

STREAM_SOURCES = ("streaming", "corruption", "data", "lbm")
"""Those that do so only where pairs are streamed."""

FREE = ("iterations", "checkpoint_every", "max_skipped", "watch_every", "watch_images",
        "tensorboard", "devices", "nodes", "gradient_checkpointing")  # fmt: skip
"""Options of training that may change before a run goes on: no step depends on them, but for the
rounding that comes with the number of processes."""


def streams(job: TrainingJob) -> bool:
    """Whether pairs of a flow are made while the network trains."""
    return job.training.pairs == "streamed" and job.process.trains_on == "pairs"


def identify(job: TrainingJob, checksum: str) -> str:
    """What a state must agree on to be resumed: the job, the data and the code."""
    values = plain(job)
    for free in FREE:
        values["training"].pop(free)
    if not streams(job):
        values.pop("corruption")  # only the fixed held-out pairs are made with it
    digest = hashlib.sha256(json.dumps([values, checksum, torch.__version__]).encode())
    folder = Path(beyond_blur.__file__).parent
    names = SOURCES + (STREAM_SOURCES if streams(job) else ())
    for path in sorted(code_files(folder, names)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def code_files(folder: Path, names: Sequence[str] = SOURCES) -> Iterable[Path]:
    """The files of some modules, by default of those in `SOURCES`."""
    for name in names:
        place = folder / name
        yield from place.glob("*.py") if place.is_dir() else [place.with_suffix(".py")]


def save_state(run: TrainingState, past: History, path: Path, identity: str) -> None:
    """Write the resumable state, whole or not at all."""
    state = {"identity": identity, "history": past.state(), **run.state_dict()}
    with artifacts.atomic(path) as temporary:
        torch.save(state, temporary)


def resume(run: TrainingState, past: History, path: Path, identity: str, iterations: int) -> str:
    """Take over the state at ``path`` if it belongs to this very run; what was done, in words."""
    if not path.exists():
        return "starting at step 0"
    try:
        state = torch.load(path, weights_only=True, map_location=run.group.device)
        belongs = state["identity"] == identity
    except Exception as error:  # torch has no one error for a file that is not its own
        return f"{path} cannot be read ({type(error).__name__}): starting afresh"
    if not belongs:
        return f"{path} was made with other settings, data or code: starting afresh"
    step = state["counts"][0]
    if step > iterations:
        return f"{path} is at step {step:,}, past training.iterations = {iterations:,}: " \
               "starting afresh"  # fmt: skip
    run.load_state_dict(state)
    past.restore(state["history"])
    end = "" if step < iterations else ", where the run ends: nothing is left to train"
    return f"resuming at step {run.step:,}{end}"


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
