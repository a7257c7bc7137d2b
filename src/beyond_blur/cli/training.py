"""Verbs of workflow/rules/training.smk, and what loads their result."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import torch

from beyond_blur.cli.verbs import FILE, FILES, MAYBE_FILES, SPEC, option, verb
from beyond_blur.config import AdvectionDiffusionOptions, slug
from beyond_blur.config.rule_specs import TrainingJob, from_json
from beyond_blur.network import precision
from beyond_blur.network.device import pick_device
from beyond_blur.network.unet import UNet, n_parameters
from beyond_blur.network.weights import write_weights
from beyond_blur.processes import build
from beyond_blur.progress import Progress
from beyond_blur.storage import atomic
from beyond_blur.storage.mapped_rows import MappedSource, open_source
from beyond_blur.training import batches, distributed, loop
from beyond_blur.training.history import History
from beyond_blur.training.monitor import Events, Watch, tell_stream
from beyond_blur.training.resuming import (
    RESUME_ME,
    StopSignal,
    identify,
    resume,
    save_state,
    streams,
)
from beyond_blur.training.state import TrainingState, new_state


@verb(
    option("--spec", **SPEC),
    option("--source", **FILES),
    option("--held-out", **MAYBE_FILES),
    option("--state", **FILE),
    option("--history", **FILE),
    option("--out", **FILE),
)
def train(
    spec: str, source: list[str], held_out: list[str], state: str, history: str, out: str
) -> None:
    """Train a network; goes on where an interrupted run stopped."""
    job: TrainingJob = from_json(TrainingJob, spec)
    torch.set_num_threads(job.training.threads)
    stop = StopSignal()
    with distributed.join(pick_device(job.training.device)) as group:
        say = print if group.leads else silent
        warned = precision.warning(job.training.precision, group.device)
        if warned:
            say(f"warning: {warned}")
        resolved = precision.resolve(job.training.precision, group.device)
        job = replace(job, training=replace(job.training, precision=resolved))
        rows = open_source(
            source, job.process, job.levels, job.corruption, threads=job.training.threads
        )
        channels = next(values.shape[1] for values in rows.rows.values() if values.ndim == 4)
        run = new_state(
            lambda: UNet(job.network, channels, job.training.gradient_checkpointing),
            job.training, group.device, group,
        )  # fmt: skip
        past = History(build(job.process, job.levels, delta=0.0).n_steps)
        identity = identify(job, rows.checksum)
        say(resume(run, past, Path(state), identity, job.training.iterations), flush=True)
        group.check_agreement(run.step)
        finished = follow(run, past, job, rows, held_out, stop, Path(state), identity)
        if not finished:
            say(f"stopped at step {run.step:,}; the same command goes on from there", flush=True)
            raise SystemExit(RESUME_ME)
        if group.leads:
            atomic.write_text(history, past.to_text())
            write_weights(
                out, run.average, job, dict.fromkeys(source, rows.checksum),
                image_channels=channels, steps=run.step, skipped=run.skipped,
            )  # fmt: skip


def silent(*words: str, flush: bool = False) -> None:
    """What processes other than the first say."""


def follow(
    run: TrainingState, past: History, job: TrainingJob, rows: MappedSource,
    held_out: list[str], stop: StopSignal, state: Path, identity: str,
) -> bool:  # fmt: skip
    """Run the loop with everything that a person follows it by; whether it came to its end."""
    leads, spec, first = run.group.leads, job.training, run.step
    process = build(job.process, job.levels, delta=0.0)
    label = f"train {slug(job.process)}"
    progress = Progress(spec.iterations, run.step, label, images=spec.batch_size) if leads else None
    events = Events(spec.tensorboard and leads, state.parent / "tensorboard", run.step)
    watch = Watch(job, run, held_out, state.parent) if leads else None

    def report(step: loop.StepReport) -> None:
        looked = watch.look(run) if watch else None
        past.add(step, looked)
        events.add(step, looked)
        if progress:
            held = f", held out {watch.last:.3g}" if watch and watch.last is not None else ""
            progress.advance(f"loss {past.recent:.3g}{held}")

    def keep(run: TrainingState) -> None:
        if leads:
            save_state(run, past, state, identity)
        run.group.wait()  # torchrun ends all processes as soon as one has left

    pairs, start = pair_source(job, rows, run.group.device), time.perf_counter()
    try:
        finished = loop.train(run, process, pairs, spec, report=report, keep=keep, stop=stop)
    finally:
        if progress:
            progress.close()
        events.close()
        getattr(pairs, "close", lambda: None)()
    if finished and run.step > first and run.step % spec.checkpoint_every:
        keep(run)
    if leads and run.step > first:
        tell_stream(pairs, (time.perf_counter() - start) / (run.step - first), spec.batch_size)
    return finished


def pair_source(job: TrainingJob, rows: MappedSource, device: str) -> batches.PairSource:
    """Where batches come from: the rows on disk, or pairs made from the images on disk."""
    training = job.training
    if not streams(job):
        return batches.CachedRows(rows.rows, training.batch_size, training.seed)  # type: ignore[arg-type]
    from beyond_blur.training.streamed_pairs import StreamedPairs

    assert isinstance(job.process, AdvectionDiffusionOptions) and job.corruption is not None
    return StreamedPairs(
        rows.rows["images"], rows.index, job.process, job.levels, job.corruption,
        batch_size=training.batch_size, seed=training.seed, threads=training.threads,
        device=device,
    )  # fmt: skip


@verb(
    option("--weights", **FILE),
    option("--out", required=True, metavar="FOLDER"),
)
def export(weights: str, out: str) -> None:
    """Write a trained network for other programs: model.safetensors and config.json."""
    from beyond_blur.network import weights as files

    model, folder = files.export(weights, out)
    print(f"{folder}/model.safetensors: torch state dict, {n_parameters(model):,} parameters")
