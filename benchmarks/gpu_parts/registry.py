"""The parts of a GPU check, in the order they run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One part, which is a process of its own.

    Attributes
    ----------
    run : str
        ``module:function``, called with a `context.Context`.
    box : float
        Seconds it may take, in proportion to the boxes of the others.
    beside : bool
        Started with the check and left to run beside the other parts: it compiles a network, and
        waits for the device before it is timed.
    serves : tuple of str
        Parts that it is started for; it is left out where none of them is wanted.
    shown : bool
        Whether the report tells of it.
    """

    run: str
    box: float = 0.0
    beside: bool = False
    serves: tuple[str, ...] = ()
    shown: bool = True


PARTS = {
    "warm-up": Part(
        "gpu_parts.warm_up:run", beside=True, serves=("tests", "streaming", "real"), shown=False
    ),
    "real, ahead": Part("gpu_parts.real:ahead", beside=True, serves=("real",), shown=False),
    "training, compiled: cifar10": Part(
        "gpu_parts.training_compiled:cifar10", beside=True, serves=("training",)
    ),
    "training, compiled: ffhq128": Part(
        "gpu_parts.training_compiled:ffhq128", beside=True, serves=("training",)
    ),
    "sampling, compiled: cifar10": Part(
        "gpu_parts.sampling_compiled:cifar10", beside=True, serves=("sampling",)
    ),
    "sampling, compiled: ffhq128": Part(
        "gpu_parts.sampling_compiled:ffhq128", beside=True, serves=("sampling",)
    ),
    "facts": Part("gpu_parts.facts:run", 15),
    "corruption": Part("gpu_parts.corruption:run", 60),
    "tests": Part("gpu_parts.device_tests:run", 45),
    "streaming": Part("gpu_parts.streaming:run", 55),
    "training": Part("gpu_parts.training:run", 85),
    "deterministic": Part("gpu_parts.deterministic:run", 40),
    "sampling": Part("gpu_parts.sampling:run", 30),
    "real": Part("gpu_parts.real:run", 110),
    "sanitizer": Part("gpu_parts.sanitizer:run", 150),
}
"""Names to parts. Those that run beside come first: they start first."""

ASKED_FOR = ("sanitizer",)
"""Parts that run only when they are named."""
