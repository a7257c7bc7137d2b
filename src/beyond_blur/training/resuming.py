"""The resumable state of a training run: what it belongs to, how it is written and taken over."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from beyond_blur.config.rule_specs import TrainingJob, lasting
from beyond_blur.storage import atomic
from beyond_blur.storage.code import code_checksum, own_code
from beyond_blur.training.history import History
from beyond_blur.training.state import TrainingState

RESUME_ME = 75
"""Exit code of a run that saved its state because it was told to stop: EX_TEMPFAIL of sysexits.h,
"try again later"."""

TRAINING_CODE = (
    "beyond_blur.training.loop:train",
    "beyond_blur.training.state:new_state",
    "beyond_blur.training.history:History",
    "beyond_blur.network.unet:UNet",
    "beyond_blur.storage.mapped_rows:open_source",
    "beyond_blur.lbm.levels:blur_widths",
)
"""Code that every run depends on."""

STREAMING_CODE = (
    "beyond_blur.training.streamed_pairs:StreamedPairs",
    "beyond_blur.corruption.backend:solver",
    "beyond_blur.data.pixels:to_float",
    "beyond_blur.lbm.diffusion:trajectories",
    "beyond_blur.lbm.reference:trajectories",
    "beyond_blur.lbm.cpu.solver:trajectories",
    "beyond_blur.lbm.gpu.solver:trajectories",
)
"""Code that a run on streamed pairs depends on, too. Solvers are chosen by name, so they are named
here as well."""

PROCESS_CODE = {
    "advection_diffusion": ("beyond_blur.processes.advection_diffusion:AdvectionDiffusion",),
    "heat_dissipation": ("beyond_blur.processes.heat_dissipation:HeatDissipation",),
    "ddpm": ("beyond_blur.processes.ddpm:DDPM", "beyond_blur.processes.build:build_ddpm"),
    "blurring_diffusion": (
        "beyond_blur.processes.blurring_diffusion:BlurringDiffusion",
        "beyond_blur.processes.blurring_diffusion:even_times",
    ),
    "cold_diffusion": (
        "beyond_blur.processes.cold_diffusion:ColdDiffusion",
        "beyond_blur.processes.cold_diffusion:HeatKernel",
    ),
    "own": ("beyond_blur.processes.build:build_own",),
}
"""The class of each kind of process, and what is called to make one."""


class StateRefused(Exception):
    """A saved state that this run cannot go on from; the message says why."""


def streams(job: TrainingJob) -> bool:
    """Whether pairs of a flow are made while the network trains."""
    return job.training.pairs == "streamed" and job.process.trains_on == "pairs"


def code_roots(job: TrainingJob) -> tuple[str, ...]:
    """The code that a run's weights depend on, as ``module:name``, without what that code imports.

    A user's own file is not among them: see `identify`.
    """
    of_pairs = STREAMING_CODE if streams(job) else ()
    return (*TRAINING_CODE, *PROCESS_CODE[job.process.kind], *of_pairs)


def checksum_of_code(job: TrainingJob) -> str:
    """Checksum of the package's code that a run's weights depend on."""
    rooms = {root.split(".")[1] for root in code_roots(job)}
    return code_checksum(*sorted(rooms))


def identify(job: TrainingJob, checksum: str) -> str:
    """What a state must agree on to be resumed: the job, the data and the code.

    Parameters
    ----------
    job : TrainingJob
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
    code = [checksum_of_code(job), own_code(job.process)]
    made_of = [values, checksum, torch.__version__, *code]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


def save_state(state: TrainingState, history: History, path: Path, identity: str) -> None:
    """Write the resumable state, whole or not at all."""
    saved = {"identity": identity, "history": history.state(), **state.state_dict()}
    with atomic.atomic(path) as temporary, temporary.open("wb") as file:
        torch.save(saved, file)
        # On the disk before it takes the name of the state before it: power may fail.
        file.flush()
        os.fsync(file.fileno())


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
