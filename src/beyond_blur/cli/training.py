"""Verbs of workflow/rules/training.smk."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

import torch

import beyond_blur
from beyond_blur import artifacts
from beyond_blur import training as loop
from beyond_blur.config import Network, plain, read, slug
from beyond_blur.history import History
from beyond_blur.jobs import TrainingJob, from_json
from beyond_blur.processes import build
from beyond_blur.progress import Progress
from beyond_blur.unet import UNet

RESUME_ME = 75
"""Exit code (EX_TEMPFAIL) of a run that saved its state because it was told to stop."""

SOURCES = ("config", "ema", "history", "noise", "training", "unet", "processes", "cli/training")
"""Modules whose code decides what the weights become; a state made by other code is not resumed."""


def train(spec: str, source: list[str], state: str, history: str, out: str) -> None:
    """Train a network; goes on where an interrupted run stopped."""
    job: TrainingJob = from_json(TrainingJob, spec)
    torch.set_num_threads(job.training.threads)
    rows = load_rows(source)
    pairs = {name: torch.from_numpy(values) for name, values in rows.arrays.items()}
    channels = next(values.shape[1] for values in pairs.values() if values.ndim == 4)
    run = loop.new_state(
        lambda: UNet(job.network, channels), job.training,
        loop.pick_device(job.training.device),
    )  # fmt: skip
    identity = identify(job, rows.checksum)
    process = build(job.process, job.levels, delta=0.0)
    past = History(job.training.iterations, process.n_steps)
    resume(run, past, Path(state), identity)
    progress = Progress(job.training.iterations, run.step, f"train {slug(job.process)}")
    stop = StopSignal()

    def report(step: loop.StepReport) -> None:
        past.add(step)
        progress.advance(f"loss {past.recent:.3g}")

    def keep(run: loop.TrainingState) -> None:
        save_state(run, past, Path(state), identity)

    finished = loop.train(run, process, pairs, job.training, report=report, keep=keep, stop=stop)
    progress.close()
    if not finished:
        print(f"stopped at step {run.step:,}; the same command goes on from there")
        raise SystemExit(RESUME_ME)
    artifacts.write_text(history, past.to_text())
    write_weights(out, run, job, dict.fromkeys(source, rows.checksum), channels)
    # The result is on disk: a later run with other code or data starts afresh.
    Path(state).unlink(missing_ok=True)


def load_rows(paths: list[str]) -> artifacts.Artifact:
    """The rows a process trains on, without the numbers of the images they came from."""
    rows = artifacts.load_shards(paths, artifacts.read_manifest(paths[0])["kind"])
    for name in ("index", "labels"):
        rows.arrays.pop(name, None)
    return rows


def identify(job: TrainingJob, checksum: str) -> str:
    """What a state must agree on to be resumed: the job, the data and the code."""
    values = plain(job)
    for free in ("checkpoint_every", "max_skipped"):
        values["training"].pop(free)
    digest = hashlib.sha256(json.dumps([values, checksum, torch.__version__]).encode())
    folder = Path(beyond_blur.__file__).parent
    for path in sorted(code_files(folder)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def code_files(folder: Path) -> Iterable[Path]:
    """The files of the modules in `SOURCES`."""
    for name in SOURCES:
        place = folder / name
        yield from place.glob("*.py") if place.is_dir() else [place.with_suffix(".py")]


def save_state(run: loop.TrainingState, past: History, path: Path, identity: str) -> None:
    """Write the resumable state, whole or not at all."""
    state = {"identity": identity, "history": past.state(), **run.state_dict()}
    with artifacts.atomic(path) as temporary:
        torch.save(state, temporary)


def resume(run: loop.TrainingState, past: History, path: Path, identity: str) -> None:
    """Take over the state at ``path`` if it belongs to this very run."""
    if not path.exists():
        return
    try:
        state = torch.load(path, weights_only=True)
        belongs = state["identity"] == identity
    except Exception as error:  # torch has no one error for a file that is not its own
        print(f"{path} cannot be read ({type(error).__name__}): starting afresh")
        return
    if not belongs:
        print(f"{path} was made with other settings, data or code: starting afresh")
        return
    run.load_state_dict(state)
    past.restore(state["history"])
    print(f"resuming at step {run.step:,}", flush=True)


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


def write_weights(
    out: str, run: loop.TrainingState, job: TrainingJob, inputs: dict[str, str], channels: int
) -> None:
    """The averaged weights with what is needed to build their network again."""
    weights = {name: values.cpu().numpy() for name, values in run.average.items()}
    artifacts.save(
        out, weights, kind="weights", spec=plain(job), inputs=inputs, packages=("numpy", "torch"),
        image_channels=channels, steps=run.step, skipped=run.skipped,
    )  # fmt: skip


def load_network(path: str) -> tuple[UNet, artifacts.Artifact]:
    """The trained network in a weights file, ready to predict."""
    file = artifacts.load(path, "weights")
    network = read(Network, file.manifest["spec"]["network"], "network")
    model = UNet(network, file.manifest["image_channels"])
    model.load_state_dict({name: torch.from_numpy(w) for name, w in file.arrays.items()})
    device = loop.pick_device("auto")
    return model.to(device).eval(), file
