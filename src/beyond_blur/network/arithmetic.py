"""How a CUDA device multiplies and which algorithms it may take: set around a network, then undone.

By default torch lets cuDNN round the factors of a float32 convolution to TF32's 10 bits. Here
float32 is float32, and TF32 has a name of its own. It concerns convolutions alone: linear layers
and attention are a small part of the network's work, and the matrix products of the cosine
transform (`beyond_blur.processes.dct`) need all their digits.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch

from beyond_blur.network.precision import Resolved

WORKSPACE = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
"""What cuBLAS needs to be told before it starts, to give the same bits every time (its manual,
"Results reproducibility": this or ``:16:8``)."""


@dataclass(frozen=True)
class Rules:
    """torch's settings of a CUDA device that decide the bits of a network's answer.

    Attributes
    ----------
    tf32 : bool
        Whether convolutions of float32 numbers may multiply in TF32.
    linear_tf32 : bool
        Whether other matrix products may.
    deterministic, cudnn_deterministic : bool
        Whether only algorithms are taken that give the same bits every time; of cuDNN's, too.
    warn_only : bool
        Whether torch only warns where an operation has none.
    benchmark : bool
        Whether cuDNN times its algorithms and takes the fastest; which one that is may differ from
        run to run.
    """

    tf32: bool
    linear_tf32: bool
    deterministic: bool
    cudnn_deterministic: bool
    benchmark: bool
    warn_only: bool = False


def rules(precision: Resolved, deterministic: bool) -> Rules:
    """The settings for a number format, with or without the promise of the same bits."""
    return Rules(precision == "tf32", False, deterministic, deterministic, not deterministic)


@contextmanager
def set_for(device: str, precision: Resolved, deterministic: bool = False) -> Iterator[None]:
    """Have a device compute by the `rules` in this block, and as before after it.

    Nothing is set for a CPU, whose bits are the same every time and float32 in full. What cuBLAS
    was told before it started, in the environment, stays.

    Parameters
    ----------
    device : str
    precision : {"float32", "tf32", "bfloat16"}
    deterministic : bool
        Needs to be set before anything has been computed on the device.

    Raises
    ------
    RuntimeError
        If the caller has set TF32 in a way that torch's older settings cannot tell.
    """
    if not device.startswith("cuda"):
        yield
        return
    if deterministic:
        os.environ.setdefault(*WORKSPACE)
    before, memory = current(), cast("Any", torch.utils.deterministic)
    filled = memory.fill_uninitialized_memory
    apply(rules(precision, deterministic))
    # Every new tensor would be filled first; no result here depends on memory that is not written.
    memory.fill_uninitialized_memory = False
    try:
        yield
    finally:
        apply(before)
        memory.fill_uninitialized_memory = filled


def current() -> Rules:
    """What torch is set to.

    Raises
    ------
    RuntimeError
        If TF32 was set for one operation by another call than for another.
    """
    try:
        tf32 = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    except RuntimeError as error:
        raise RuntimeError(
            "torch's fp32_precision or float32_matmul_precision was set before, which cannot be "
            "told by its older settings and would be lost: leave it unset and choose "
            "training.precision or sampling.precision instead"
        ) from error
    return Rules(
        *tf32,
        torch.are_deterministic_algorithms_enabled(),
        torch.backends.cudnn.deterministic,
        torch.backends.cudnn.benchmark,
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )


def apply(wanted: Rules) -> None:
    """Make them torch's settings."""
    with warnings.catch_warnings():
        # torch 2.9 to 2.12 recommend one setting for each operation instead; but compiled code
        # reads this one, which raises an error where the others differ.
        warnings.filterwarnings("ignore", "Please use the new API settings to control TF32")
        torch.backends.cudnn.allow_tf32 = wanted.tf32
        torch.backends.cuda.matmul.allow_tf32 = wanted.linear_tf32
    torch.backends.cudnn.benchmark = wanted.benchmark
    torch.backends.cudnn.deterministic = wanted.cudnn_deterministic
    # It imports the compiler to tell it, and so is left alone where nothing changes.
    set_to = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    if set_to != (wanted.deterministic, wanted.warn_only):
        torch.use_deterministic_algorithms(wanted.deterministic, warn_only=wanted.warn_only)
