"""Training: pairs in, averaged weights out. Knows no process by name.

Every random choice of step s is drawn from generators seeded by (seed, s), so a run that was
stopped and resumed from any saved state is the same run, bit for bit, on the same machine. Each
choice is made for the whole batch, of which a process takes its rows, so a run shared by several
processes is the same run but for rounding.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from beyond_blur import precision
from beyond_blur.config import Training
from beyond_blur.distributed import Group
from beyond_blur.ema import start_ema, update_ema
from beyond_blur.noise import BatchNoise, Noise, PartNoise, mix
from beyond_blur.processes import ForwardProcess, TrainingPair
from beyond_blur.unet import n_parameters, share_dropout

FUSED_FROM = 1_000_000
"""Parameters above which Adam runs in one pass over memory: less matters little on a CPU."""

Predict = Callable[[Tensor, Tensor], Tensor]
"""f(x_k, k) of a process's network."""


class PairSource(Protocol):
    """Where the rows of every step's batch come from: a function of the step and nothing else."""

    def batch(self, step: int, part: slice) -> dict[str, Tensor]:
        """Rows ``part`` of the global batch of step number ``step`` (from 0)."""
        ...


@dataclass(frozen=True)
class CachedRows:
    """Rows that are all there, dealt out epoch after epoch, each in a new order.

    Attributes
    ----------
    rows : mapping of str to tensor
        One first axis; tensors, or anything that an int64 tensor of row numbers picks rows from.
    batch_size : int
        Rows of the global batch.
    seed : int
        Seed of the order.
    """

    rows: Mapping[str, Tensor]
    batch_size: int
    seed: int

    def batch(self, step: int, part: slice = slice(None)) -> dict[str, Tensor]:
        """Rows ``part`` of the global batch of step number ``step`` (from 0)."""
        n_rows = len(next(iter(self.rows.values())))
        return take_rows(self.rows, rows_of_step(n_rows, self.batch_size, step, self.seed)[part])


Source = PairSource | Mapping[str, Tensor]


class TrainingDiverged(RuntimeError):
    """Too many steps in a row without a finite loss and gradient."""


@dataclass
class TrainingState:
    """All that a run needs to go on: weights, their average, the optimiser, the step.

    Attributes
    ----------
    predict : callable
        The model as training calls it: compiled, and shared with other processes, or not.
    group : Group
        The processes that share the run.
    step : int
        Steps done.
    skipped : int
        Steps left out so far because loss or gradient was not finite.
    skipped_in_a_row : int
        The last of them in a row.
    """

    model: nn.Module
    average: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    predict: Predict
    group: Group
    step: int = 0
    skipped: int = 0
    skipped_in_a_row: int = 0

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain numbers only: readable without pickle."""
        return {
            "model": self.model.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "counts": [self.step, self.skipped, self.skipped_in_a_row],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a saved state."""
        self.model.load_state_dict(state["model"])
        for name, weights in self.average.items():
            weights.copy_(state["average"][name])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.skipped, self.skipped_in_a_row = state["counts"]


@dataclass(frozen=True)
class StepReport:
    """What one step did."""

    step: int
    loss: float
    gradient_norm: float
    learning_rate: float
    skipped: int
    k: Tensor = field(repr=False)
    loss_per_row: Tensor = field(repr=False)


def new_state(
    make_model: Callable[[], nn.Module], spec: Training, device: str, group: Group | None = None
) -> TrainingState:
    """A run before its first step; the weights depend on the seed only.

    Parameters
    ----------
    make_model : callable
    spec : Training
    device : str
    group : Group, optional
        The processes that share the run; by default this one alone.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(mix(spec.seed))
        model = make_model()
    model = model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    fused = device.startswith("cuda") or n_parameters(model) > FUSED_FROM
    optimiser = torch.optim.Adam(
        model.parameters(), lr=spec.learning_rate, betas=(0.9, 0.999), eps=1e-8,
        fused=fused, foreach=not fused,
    )  # fmt: skip
    group = group or Group(device)
    if group.size > 1:
        share_dropout(model, spec.batch_size, group.part(spec.batch_size))
    predict = wrapped(model, spec, group)
    return TrainingState(model, start_ema(model), optimiser, predict, group)


def wrapped(model: nn.Module, spec: Training, group: Group) -> Predict:
    """The model as training calls it: compiled if asked, gradients averaged over the group."""
    inner: nn.Module = model
    if spec.compile:
        inner = torch.compile(model, dynamic=False)  # type: ignore[assignment]
    if group.size > 1:
        inner = DistributedDataParallel(inner, gradient_as_bucket_view=True)
    return compiled_or_said(inner) if spec.compile else inner


def compiled_or_said(model: nn.Module, option: str = "training.compile") -> Predict:
    """The compiled model, whose failure to compile names the option that asked for it.

    Parameters
    ----------
    model : nn.Module
        What torch.compile returned.
    option : str
        Name of the option.

    Raises
    ------
    RuntimeError
        At the first call, if the model cannot be compiled here. What its gradients need is
        compiled when they are first asked for: see `compiling`.
    """

    def predict(x: Tensor, k: Tensor) -> Tensor:
        with compiling(option):
            out: Tensor = model(x, k)
        return out

    return predict


@contextmanager
def compiling(option: str) -> Iterator[None]:
    """A failure to compile in this block names the option that asked for it.

    Parameters
    ----------
    option : str
        Name of the option.

    Raises
    ------
    RuntimeError
        If something cannot be compiled here.
    """
    try:
        yield
    except RuntimeError as error:
        from torch._dynamo.exc import TorchDynamoException  # slow: imported where needed

        if not isinstance(error, TorchDynamoException):
            raise
        raise RuntimeError(
            f"{option} is true, but torch.compile fails here ({reason(error)}): on a CPU it "
            f"needs a C++ compiler (g++); install one or set {option} to false"
        ) from error


def reason(error: BaseException) -> str:
    """The first line of an error's message."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@functools.lru_cache(maxsize=4)
def order_of_epoch(n_rows: int, epoch: int, seed: int) -> Tensor:
    """The order of the rows in one epoch, int64 (n_rows,)."""
    return torch.randperm(n_rows, generator=torch.Generator().manual_seed(mix(seed, 1, epoch)))


def rows_of_step(n_rows: int, batch_size: int, step: int, seed: int) -> Tensor:
    """Rows that step number ``step`` (from 0) trains on: epoch after epoch, each in a new order.

    Returns
    -------
    int64 tensor, shape (batch_size,)
    """
    places = torch.arange(step * batch_size, (step + 1) * batch_size)
    epochs = places // n_rows
    rows = torch.empty_like(places)
    for epoch in epochs.unique().tolist():
        here = epochs == epoch
        rows[here] = order_of_epoch(n_rows, epoch, seed)[places[here] % n_rows]
    return rows


def pair_of_step(
    process: ForwardProcess, source: Source, spec: Training, step: int, group: Group | None = None
) -> TrainingPair:
    """The training pairs of step number ``step``, those of this process, on its device."""
    group = group or Group()
    if isinstance(source, Mapping):
        source = CachedRows(source, spec.batch_size, spec.seed)
    part = group.part(spec.batch_size)
    batch = {name: v.to(group.device) for name, v in source.batch(step, part).items()}
    noise: Noise = BatchNoise(spec.seed, 2, step)
    if group.size > 1:
        noise = PartNoise(noise, spec.batch_size, part)
    pair = process.training_pair(batch, noise)
    # A process of the user's own may draw its levels on the CPU.
    x_k, k, target = (values.to(group.device) for values in (pair.x_k, pair.k, pair.target))
    return TrainingPair(x_k, k, target)


def take_rows(source: Mapping[str, Tensor], rows: Tensor) -> dict[str, Tensor]:
    """Some rows as a batch: half precision becomes float32, bytes become grey values in [0, 1]."""
    batch = {}
    for name, values in source.items():
        chosen = values[rows]
        if chosen.dtype == torch.uint8:
            chosen = chosen.float() / 255
        batch[name] = chosen.float() if chosen.is_floating_point() else chosen
    return batch


def squared_error(prediction: Tensor, pair: TrainingPair) -> Tensor:
    """Sum over pixels of the squared error, one number per image (IHDM)."""
    return (prediction - pair.target).square().flatten(1).sum(1)


def loss_per_row(process: ForwardProcess, prediction: Tensor, pair: TrainingPair) -> Tensor:
    """The loss of every image: the process's own where it has one, else the squared error."""
    own: Callable[[Tensor, TrainingPair], Tensor] = getattr(process, "loss_per_row", squared_error)
    return own(prediction, pair)


def train_step(
    state: TrainingState, process: ForwardProcess, source: Source, spec: Training
) -> StepReport:
    """One step of Adam with warm-up, clipping and averaging; left out if it is not finite.

    Loss and gradient are means over the global batch, on every process of the group.

    Raises
    ------
    TrainingDiverged
        After ``spec.max_skipped`` steps in a row without a finite loss and gradient.
    RuntimeError
        If the network or its gradients are to be compiled and cannot be.
    """
    group = state.group
    pair = pair_of_step(process, source, spec, state.step, group)
    learning_rate = spec.learning_rate * min(1.0, (state.step + 1) / max(spec.warmup, 1))
    # Dropout has no generator argument in torch; this seeds the one it uses, for this step.
    torch.manual_seed(mix(spec.seed, 3, state.step))
    state.optimiser.zero_grad(set_to_none=True)
    losses = prediction_losses(process, state.predict, pair, spec, group.device)
    # Gradients are averaged over the processes, each of which holds some rows of the batch.
    with compiling("training.compile"):
        (losses.sum() * (group.size / spec.batch_size)).backward()
    norm = nn.utils.clip_grad_norm_(state.model.parameters(), spec.gradient_clip).item()
    seen = group.gather(torch.stack([pair.k.double(), losses.detach().double()], 1),
                        spec.batch_size).cpu()  # fmt: skip
    loss = seen[:, 1].mean().item()
    _apply(state, spec, learning_rate, math.isfinite(loss) and math.isfinite(norm))
    return StepReport(state.step, loss, norm, learning_rate, state.skipped,
                      seen[:, 0].long(), seen[:, 1].float())  # fmt: skip


def prediction_losses(
    process: ForwardProcess, predict: Predict, pair: TrainingPair, spec: Training, device: str
) -> Tensor:
    """The loss of every row under a network, in the precision that training has on the device."""
    low = precision.resolve(spec.precision, device) == "bfloat16"
    x_k = pair.x_k.contiguous(memory_format=torch.channels_last)
    with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=low):
        prediction = predict(x_k, pair.k)
    return loss_per_row(process, prediction.float(), pair)


def _apply(state: TrainingState, spec: Training, learning_rate: float, finite: bool) -> None:
    """Take the step, or count it as skipped."""
    state.step += 1
    if not finite:
        state.skipped += 1
        state.skipped_in_a_row += 1
        if state.skipped_in_a_row >= spec.max_skipped:
            raise TrainingDiverged(
                f"loss or gradient was not finite in {state.skipped_in_a_row} steps in a row "
                f"(last: step {state.step}): lower training.learning_rate, or set "
                "training.precision to float32"
            )
        return
    state.skipped_in_a_row = 0
    for group in state.optimiser.param_groups:
        group["lr"] = learning_rate
    state.optimiser.step()
    update_ema(state.average, state.model, spec.ema, state.step - state.skipped)


def train(
    state: TrainingState,
    process: ForwardProcess,
    source: Source,
    spec: Training,
    *,
    report: Callable[[StepReport], None] = lambda _: None,
    keep: Callable[[TrainingState], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Run from ``state`` to the last iteration.

    Parameters
    ----------
    state : TrainingState
        Changed in place; new or loaded from an earlier run.
    process : ForwardProcess
        Makes the pairs.
    source : PairSource, or mapping of str to tensor
        Rows the process makes pairs from; a mapping is dealt out as `CachedRows`.
    spec : Training
        Iterations, batch size, optimiser.
    report : callable
        Called after every step.
    keep : callable
        Called every ``spec.checkpoint_every`` steps and when the run is told to stop.
    stop : callable
        Asked after every step whether to stop early; one process that says yes stops all.

    Returns
    -------
    bool
        Whether the last iteration was reached.
    """
    state.model.train()
    while state.step < spec.iterations:
        report(train_step(state, process, source, spec))
        stopped = state.group.any(stop())
        if stopped or state.step % spec.checkpoint_every == 0:
            keep(state)
        if stopped:
            break
    return state.step >= spec.iterations


def pick_device(wanted: str) -> str:
    """``cpu`` or ``cuda``; ``auto`` takes CUDA where there is a device."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("training.device = cuda, but torch sees no CUDA device: use auto or cpu")
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"
