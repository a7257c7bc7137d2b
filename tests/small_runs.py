"""A network, a process and settings that train in no time."""

from dataclasses import replace

import torch

from beyond_blur import cli
from beyond_blur.config import Network, Training, load_experiment
from beyond_blur.config.plan import first_trained
from beyond_blur.config.rule_specs import corruption_spec, to_json, training_spec
from beyond_blur.network.unet import UNet
from beyond_blur.processes import AdvectionDiffusion
from beyond_blur.training import loop
from beyond_blur.training.state import new_state

SPEC = Training(
    iterations=6,
    batch_size=4,
    learning_rate=1e-3,
    warmup=3,
    checkpoint_every=2,
    precision="float32",
)
NET = Network(8, (1, 2), 1, (1,), 0.1)
PROCESS = AdvectionDiffusion(n_steps=5)


def start(spec=SPEC, checkpointing=False):
    """A run before its first step."""
    return new_state(lambda: UNet(NET, 1, checkpointing), spec, "cpu")


def weights(state):
    return {**state.average, **state.model.state_dict()}


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def reports_of(source, n):
    """Reports of a short run, repeated as if there were n steps."""
    made = []
    loop.train(start(), PROCESS, source, SPEC, report=made.append)
    return [replace(made[i % 6], step=i + 1) for i in range(n)]


def job_of(process="advection_diffusion-pe0.1", sampling=None, **training):
    """The training job of the first network of a process of the preset tiny."""
    settings = {"training": {"precision": "float32", **training}, "sampling": sampling or {}}
    made = load_experiment({"preset": "tiny", **settings})
    return training_spec(made, first_trained(made, process))


def make_shards(folder):
    """Write images and pairs of the preset tiny: ``train``, ``held_out`` and ``pairs``."""
    made = load_experiment({"preset": "tiny"})
    images, held_out, pairs = (str(folder / name) for name in ("train", "held_out", "pairs"))
    dataset, spec = (
        to_json(made.dataset),
        to_json(corruption_spec(made, "advection_diffusion-pe0.1")),
    )
    cli.main(["prepare_dataset", "--spec", dataset, "--train", images, "--held-out", held_out])
    cli.main(["cache_pairs", "--spec", spec, "--images", images, "--out", pairs])
    return folder
