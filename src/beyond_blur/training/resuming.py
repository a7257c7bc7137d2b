"""The resumable state of a training run: what it belongs to, how it is written and taken over."""

from __future__ import annotations

import hashlib
import json
import signal
from pathlib import Path
from types import FrameType

import torch

from beyond_blur.config.rule_specs import TrainingJob, lasting
from beyond_blur.storage import atomic
from beyond_blur.storage import code as sources
from beyond_blur.training.history import History
from beyond_blur.training.state import TrainingState

RESUME_ME = 75
"""Exit code (EX_TEMPFAIL) of a run that saved its state because it was told to stop."""


def streams(job: TrainingJob) -> bool:
    """Whether pairs of a flow are made while the network trains."""
    return job.training.pairs == "streamed" and job.process.trains_on == "pairs"


def identify(job: TrainingJob, checksum: str) -> str:
    """What a state must agree on to be resumed: the job, the data and the code."""
    values = lasting(job)
    values["training"].pop("iterations")
    if not streams(job):
        values.pop("corruption")  # only the fixed held-out pairs are made with it
    modules = sources.TRAINING + (sources.STREAMING if streams(job) else ())
    code = [sources.code_checksum(*modules), sources.own_code(job.process)]
    made_of = [values, checksum, torch.__version__, *code]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


def save_state(run: TrainingState, past: History, path: Path, identity: str) -> None:
    """Write the resumable state, whole or not at all."""
    state = {"identity": identity, "history": past.state(), **run.state_dict()}
    with atomic.atomic(path) as temporary, temporary.open("wb") as file:
        torch.save(state, file)


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
