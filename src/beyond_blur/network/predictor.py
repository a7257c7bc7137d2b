"""A trained network as sampling calls it: in which number format, compiled or not."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from beyond_blur.config.options import Precision
from beyond_blur.network.compiling import guarded
from beyond_blur.network.precision import resolve
from beyond_blur.processes.base import Predict


class Predictor(nn.Module):
    """f(x_k, k) of a trained network.

    Parameters
    ----------
    network : nn.Module
        On the device it is to run on, with float32 weights.
    precision : {"float32", "bfloat16", "auto"}
        Format of its arithmetic; weights, states and answers are float32 in any case.
    compiled : bool
        Compile it; on a GPU its calls are then recorded and replayed as CUDA graphs.
    """

    def __init__(
        self, network: nn.Module, precision: Precision = "float32", compiled: bool = False
    ) -> None:
        super().__init__()
        self.network = network
        device = next(network.parameters()).device
        self.low_precision = resolve(precision, str(device)) == "bfloat16"
        self.call: Predict = compile_for(network, device) if compiled else network

    def forward(self, x: Tensor, k: Tensor) -> Tensor:
        """States (n, c, h, w) at levels (n,) to the prediction, float32 (n, c, h, w)."""
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.low_precision):
            answer: Tensor = self.call(x, k).float()
        # A replayed CUDA graph writes its answer to the same memory every time: keep a copy.
        return answer if self.call is self.network else answer.clone()


def compile_for(network: nn.Module, device: torch.device) -> Predict:
    """The network compiled, on a GPU as CUDA graphs, for each of the few shapes it is called with.

    Shapes are static: with dynamic ones a smaller last batch would have the network compiled again
    for any size, at which torch 2.13 can fail.

    Raises
    ------
    RuntimeError
        At the first call, naming ``sampling.compile``, if it cannot be compiled here.
    """
    mode = "reduce-overhead" if device.type == "cuda" else "default"
    compiled: nn.Module = torch.compile(  # type: ignore[assignment]
        network, mode=mode, dynamic=False
    )
    return guarded(compiled, "sampling.compile")
