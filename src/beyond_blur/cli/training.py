"""Verbs of workflow/rules/training.smk."""

from __future__ import annotations

from pathlib import Path

from beyond_blur.cli.verbs import FILE, FILES, MAYBE_FILES, SPEC, option, shards_option, verb
from beyond_blur.config.rule_specs import TrainingSpec, from_json, lasting
from beyond_blur.storage import atomic


@verb(
    option("--spec", **SPEC),
    shards_option("--source", **FILES),
    shards_option("--held-out", **MAYBE_FILES),
    option("--state", **FILE),
    option("--history", **FILE),
    option("--out", **FILE),
)
def train(
    spec: str, source: list[str], held_out: list[str], state: str, history: str, out: str
) -> None:
    """Train a network; goes on where an interrupted run stopped."""
    from beyond_blur.network.weights import write_weights
    from beyond_blur.storage import artifacts, belonging, outputs
    from beyond_blur.storage.resubmit import RESUME_ME
    from beyond_blur.training.run import train_to_end
    from beyond_blur.training.stopping import StopSignal

    first = {path: artifacts.read_manifest(path) for path in (source[0], *held_out[:1])}
    belonging.check_together(first)
    job = from_json(TrainingSpec, spec)
    with StopSignal() as stop:
        run = train_to_end(job, source, held_out, Path(state), stop=stop)
    step = run.state.step
    if not run.finished:
        there = "there" if run.kept == step else f"step {run.kept:,}, as the last were not finite"
        run.group.say(f"stopped at step {step:,}; the same command goes on from {there}")
        raise SystemExit(RESUME_ME)
    if run.group.leads:
        traits = {**belonging.origin(run.rows.manifest["traits"]), "process": run.job.name}
        atomic.write_text(history, run.history.to_text())
        outputs.write_manifest(
            [history], kind="history", spec=lasting(run.job), traits=traits, packages=("torch",)
        )
        facts = {"image_channels": run.image_channels, "image_size": run.image_size, "steps": step,
                 "skipped": run.state.skipped, "changes": run.identity["changes"]}  # fmt: skip
        write_weights(
            out,
            run.state.average,
            run.job,
            {"source": run.rows.checksum},
            traits=traits,
            **facts,
        )


@verb(
    option(
        "--weights", **FILE, help="a trained network: weights.safetensors, or a folder of export"
    ),
    option(
        "--out",
        required=True,
        metavar="FOLDER",
        help="gets model.safetensors, config.json, unet.py, README.md, the class of a process of "
        "your own, and their checksums; files of others are not written over",
    ),
)
def export(weights: str, out: str) -> None:
    """Write a trained network in one folder: for other programs, and for `sample` elsewhere."""
    from beyond_blur.network.export import export
    from beyond_blur.network.unet import n_parameters
    from beyond_blur.storage.output_folder import check_folder

    check_folder(out, "--out")
    model = export(weights, Path(out))
    size = f"{n_parameters(model):,} parameters"
    print(f"wrote {out}: model.safetensors ({size}), config.json, unet.py, README.md")
