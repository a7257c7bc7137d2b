"""Compilation of a network, and one line where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

from beyond_blur.processes.base import Predict


def guarded(compiled: Predict, option: str) -> Predict:
    """A compiled network whose calls name the option that asked for it where compiling fails.

    torch compiles at the first call; what gradients need is compiled when they are first asked
    for, which the caller guards by `compiling`.

    Parameters
    ----------
    compiled : callable
        What torch.compile returned, (x_k, k) to the prediction.
    option : str
        Key of the option, such as ``training.compile``.

    Returns
    -------
    callable
        Raises RuntimeError where the network cannot be compiled here.
    """

    def predict(x: Tensor, k: Tensor) -> Tensor:
        with compiling(option):
            return compiled(x, k)

    return predict


@contextmanager
def compiling(option: str) -> Iterator[None]:
    """Name the option that asked for compilation where something in this block fails to compile.

    Parameters
    ----------
    option : str
        Key of the option.

    Raises
    ------
    RuntimeError
        One line, if something cannot be compiled here.
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
    """The first line of an error's message, or its class where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
