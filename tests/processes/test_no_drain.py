"""No step asks a device for a value, nor sends it one: that would wait for all it has still to do.

Tensors on the meta device stand for a device's: they have no values, so whatever asks for one fails
(`.item()`, `.cpu()`, a mask as an index), and a copy from the CPU to them is seen.
"""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from beyond_blur.config import PROCESS_SPECS, Levels, read_process
from beyond_blur.processes import Guessing, Jumping, OwnLoss, TrainingPair, build

LEVELS, DEVICE = Levels(n_levels=6, sigma_max=8.0), torch.device("meta")
PROCESSES = [
    {"kind": "ddpm"},
    {"kind": "ddpm", "sampler": "ddim", "eta": 0.5},
    {"kind": "coloured_ddpm", "noise_exponent": 1.0},
    {"kind": "heat_dissipation"},
    {"kind": "coloured_heat_dissipation", "peclet": 0.1},
    {"kind": "blurring_diffusion"},
    {"kind": "advection_diffusion"},
    {"kind": "cold_diffusion"},
    {"kind": "cold_diffusion", "loss": "soft", "algorithm": 1, "noise": 0.01},
]


class OnDevice:
    """Noise that is drawn where it is needed."""

    def normal(self, like):
        return torch.randn_like(like)

    def integers(self, low, high, n):
        return torch.randint(low, high + 1, (n,), device=DEVICE)


class Sent(Exception):
    """A copy between the CPU and the device."""


class NoTransfer(TorchDispatchMode):
    """Refuses whatever has tensors of one device and makes those of another."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        seen = {
            leaf.device.type
            for leaf in tree_leaves((args, kwargs, made))
            if isinstance(leaf, torch.Tensor) and leaf.dim()
        }
        if len(seen) > 1:
            raise Sent(f"{function}: {seen}")
        return made


@pytest.fixture(params=PROCESSES, ids=lambda spec: "-".join(map(str, spec.values())))
def process(request):
    return build(read_process(request.param), LEVELS, delta=0.01)


def images():
    return torch.empty(4, 1, 8, 8, device=DEVICE)


def everything(process):
    """All that a step of training or of sampling calls."""
    levels = torch.empty(4, dtype=torch.int64, device=DEVICE)
    batch = {"images": images(), "x_k": images(), "x_previous": images(), "k": levels}
    pair = process.training_pair(batch, OnDevice())
    if isinstance(process, OwnLoss):
        process.loss_per_row(images(), TrainingPair(pair.x_k, pair.k, pair.target))
    process.reverse_step(images(), images(), 5, OnDevice())
    process.to_image(images())
    if isinstance(process, Jumping):
        process.jump(images(), images(), 6, 2, OnDevice())
    if isinstance(process, Guessing):
        process.guess(images(), images(), 6)


def test_no_step_of_a_process_waits_for_the_device(process):
    everything(process)  # tables of levels are sent once
    with NoTransfer():
        everything(process)


def test_every_kind_of_process_is_looked_at():
    assert {spec["kind"] for spec in PROCESSES} == PROCESS_SPECS.keys() - {"own"}


@pytest.mark.parametrize("drain", [
    lambda x: x.sum().item(), lambda x: x.cpu(), lambda x: x[x > 0], lambda x: bool((x > 0).all()),
    lambda x: x.tolist(), lambda x: torch.equal(x, x),
    lambda x: x + torch.ones(4).to(x.device), lambda x: x + torch.ones(4),
])  # fmt: skip
def test_what_would_wait_is_noticed(drain):
    with pytest.raises((Sent, RuntimeError, NotImplementedError)), NoTransfer():
        drain(torch.empty(4, device=DEVICE))


def test_a_value_out_of_range_is_refused_where_it_comes_from():
    """Of tensors on the CPU; a run's images were looked at as they were read from their files."""
    heat = build(read_process({"kind": "heat_dissipation"}), LEVELS, delta=0.0)
    bright = {"images": torch.full((2, 1, 8, 8), 255.0)}
    with pytest.raises(ValueError, match=r"grey values in \[255, 255\]: expected \[0, 1\]"):
        heat.training_pair(bright, OnDevice())
