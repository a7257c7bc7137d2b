"""Compilation of a network: whether it pays, and one line where it fails."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

from beyond_blur.config import Training
from beyond_blur.config.options import Compile
from beyond_blur.processes.base import Predict

PAYS_FROM = 2_000
"""Network calls of sampling from which ``auto`` compiles. On an H100 the first compiled call took
63 s (cifar10) and 71 s (ffhq128), four compilers at once, and each later one 47 and 114 ms less
than one in float32 that was not compiled: back after 1,300 and 620 calls
(benchmarks/results/gpu_check.md)."""

TRAINING_PAYS_FROM = 10_000
"""Steps of training from which ``auto`` compiles. A choice: there the first compiled step took more
than 90 s, at which the measurement ended."""


class CannotCompile(RuntimeError):
    """torch.compile fails here."""


def trains_compiled(spec: Training, device: str) -> bool:
    """Whether a training run compiles its network on a device."""
    return resolve(spec.compile, device, spec.iterations, TRAINING_PAYS_FROM)


def resolve(wanted: Compile, device: str, calls: int, pays_from: int = PAYS_FROM) -> bool:
    """Whether a network is to be compiled.

    Parameters
    ----------
    wanted : {"auto", True, False}
        ``auto`` compiles on a CUDA device where Triton can be imported, from some calls on.
    device : str
    calls : int
        Calls of the whole run, done or not: a run that goes on is compiled as it began.
    pays_from : int
        From how many calls ``auto`` compiles.
    """
    if wanted != "auto":
        return wanted
    return device.startswith("cuda") and calls >= pays_from and has_triton()


def has_triton() -> bool:
    """Whether Triton, which torch.compile writes its CUDA kernels in, can be imported."""
    if importlib.util.find_spec("triton") is None:
        return False
    try:
        importlib.import_module("triton")
    except Exception:  # whatever a broken installation raises
        return False
    return True


class Guarded:
    """A compiled network whose calls name the option that asked for it where compiling fails.

    torch compiles at the first call; what gradients need is compiled when they are first asked
    for, which the caller guards by `compiling`.

    Parameters
    ----------
    compiled : callable
        What torch.compile returned, (x_k, k) to the prediction.
    option : str
        Key of the option, such as ``training.compile``.
    plain : callable, optional
        Called from then on if the network cannot be compiled here, which is said in one line.

    Attributes
    ----------
    gave_up : bool
        Whether ``plain`` is called by now.
    """

    def __init__(self, compiled: Predict, option: str, plain: Predict | None = None) -> None:
        self.compiled, self.option, self.plain = compiled, option, plain
        self.gave_up = False

    def __call__(self, x: Tensor, k: Tensor) -> Tensor:
        """The prediction.

        Raises
        ------
        CannotCompile
            Where the network cannot be compiled here and there is no ``plain``.
        """
        if not self.gave_up:
            try:
                with compiling(self.option):
                    return self.compiled(x, k)
            except CannotCompile as error:
                if self.plain is None:
                    raise
                self.gave_up = True
                print(f"warning: {error}; going on uncompiled", flush=True)
        assert self.plain is not None, "only then is it given up"
        return self.plain(x, k)


@contextmanager
def compiling(option: str) -> Iterator[None]:
    """Name the option that asked for compilation where something in this block fails to compile.

    Parameters
    ----------
    option : str
        Key of the option.

    Raises
    ------
    CannotCompile
        One line, if something cannot be compiled here.
    """
    try:
        yield
    except RuntimeError as error:
        from torch._dynamo.exc import TorchDynamoException  # slow: imported where needed

        if not isinstance(error, TorchDynamoException):
            raise
        raise CannotCompile(
            f"{option} is on, but torch.compile fails here ({reason(error)}): it needs a C++ "
            f"compiler (g++) on a CPU, Triton and a C compiler on a GPU; install them or set "
            f"{option} to false"
        ) from error


def reason(error: BaseException) -> str:
    """The first line of an error's message, or its class where it has none."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
