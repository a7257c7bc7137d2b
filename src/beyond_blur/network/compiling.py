"""Compilation of a network, and a plain word where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from beyond_blur.processes.base import Predict


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
