"""A trained network as sampling calls it: in which number format, compiled or not."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from beyond_blur.config.options import Compile, Precision
from beyond_blur.network import compiling
from beyond_blur.network.arithmetic import set_for
from beyond_blur.network.layout import memory_format
from beyond_blur.network.precision import Resolved, resolve_sampling
from beyond_blur.processes.base import Predict


@dataclass(frozen=True)
class Settled:
    """What ``sampling.precision`` and ``sampling.compile`` come to on a kind of device.

    Attributes
    ----------
    device : str
    precision : {"float32", "tf32", "bfloat16"}
    compiled : bool
    """

    device: str
    precision: Resolved
    compiled: bool


def settle(precision: Precision, compiled: Compile, device: torch.device, calls: int) -> Settled:
    """What the options of sampling come to on a device, for some network calls in all."""
    where = device.type
    return Settled(
        where, resolve_sampling(precision, where), compiling.resolve(compiled, where, calls)
    )


class Predictor(nn.Module):
    """f(x_k, k) of a trained network.

    Parameters
    ----------
    network : nn.Module
        On the device it is to run on, with float32 weights.
    precision : {"auto", "float32", "tf32", "bfloat16"}
        Format of its arithmetic; states and answers are float32 in any case.
    compiled : {"auto", True, False}
        Compile it; on a GPU its calls are then recorded and replayed as CUDA graphs.
    calls : int
        Network calls that there will be: what ``auto`` compiles by.
    rows : int
        Rows of a full batch. A compiled network sees fewer filled up to it, since it would be
        compiled again for another number of rows.

    Attributes
    ----------
    settled : Settled
        What precision and compilation come to before the first call.
    """

    def __init__(
        self,
        network: nn.Module,
        precision: Precision = "float32",
        compiled: Compile = False,
        *,
        calls: int = 0,
        rows: int = 0,
    ) -> None:
        super().__init__()
        device = next(network.parameters()).device
        self.settled, self.rows = settle(precision, compiled, device, calls), rows
        self.network = prepared(network, self.settled)
        falls_back = compiled == "auto"
        self.call: Predict = (
            compile_for(self.network, device, falls_back) if self.settled.compiled else self.network
        )

    @property
    def used(self) -> Settled:
        """What precision and compilation have come to: it may not have been compiled after all."""
        gave_up = isinstance(self.call, compiling.Guarded) and self.call.gave_up
        return replace(self.settled, compiled=self.settled.compiled and not gave_up)

    def forward(self, x: Tensor, k: Tensor) -> Tensor:
        """States (n, c, h, w) at levels (n,) to the prediction, float32 (n, c, h, w)."""
        settled, n = self.settled, len(x)
        if settled.compiled:
            x, k = filled_up(x, self.rows), filled_up(k, self.rows)
        if settled.device == "cuda":
            x = x.contiguous(memory_format=memory_format("cuda", settled.compiled))
        low = settled.precision == "bfloat16"
        with (
            set_for(settled.device, settled.precision),
            torch.autocast(x.device.type, torch.bfloat16, enabled=low),
        ):
            answer: Tensor = self.call(x, k).float()
        # A replayed CUDA graph writes its answer to the same memory every time: keep a copy.
        return answer[:n].clone() if settled.compiled else answer


def prepared(network: nn.Module, settled: Settled) -> nn.Module:
    """A network for predictions alone.

    In bfloat16 it is a copy in which the weights that autocast would round at each call, those of
    convolutions and linear layers, are rounded already: the same answers. What autocast leaves in
    float32, the weights of the norms, stays so. On a GPU weights lie as it is fastest.
    """
    layout: dict[str, Any] = {}
    if settled.device == "cuda":
        layout["memory_format"] = memory_format("cuda", settled.compiled)
    if settled.precision == "bfloat16":
        network = copy.deepcopy(network)
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                layer.to(torch.bfloat16)
    return network.to(**layout) if layout else network


def filled_up(values: Tensor, rows: int) -> Tensor:
    """Values (n, ...) with the last row repeated up to ``rows`` rows; as they are from there on."""
    missing = rows - len(values)
    if missing <= 0:
        return values
    return torch.cat([values, values[-1:].expand(missing, *values.shape[1:])])


def compile_for(network: nn.Module, device: torch.device, falls_back: bool) -> Predict:
    """The network compiled, on a GPU as CUDA graphs, for each of the few shapes it is called with.

    Shapes are static: with dynamic ones a smaller batch would have the network compiled again for
    any size, at which torch 2.13 can fail.

    Parameters
    ----------
    falls_back : bool
        Whether it goes on uncompiled, with a line that says so, if it cannot be compiled here.

    Raises
    ------
    CannotCompile
        At the first call, naming ``sampling.compile``, if it cannot be compiled and may not fall
        back.
    """
    mode = "reduce-overhead" if device.type == "cuda" else "default"
    compiled: nn.Module = torch.compile(  # type: ignore[assignment]
        network, mode=mode, dynamic=False
    )
    return compiling.Guarded(compiled, "sampling.compile", network if falls_back else None)
