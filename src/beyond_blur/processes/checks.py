"""What every process asks of its input; each check has one message that says what to do."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from beyond_blur.config.rising import first_fall
from beyond_blur.processes.batch import Batch

SLACK = 1e-4
"""How far a grey value may lie outside [0, 1]: rounding of a resize, not another range."""


def images_of(batch: Batch) -> Tensor:
    """The batch's clean images, checked.

    Raises
    ------
    ValueError
        If the batch has no images, or `check_images` refuses them.
    """
    if "images" not in batch:
        raise ValueError(
            f"the batch holds {', '.join(sorted(batch)) or 'nothing'} but no images: this process "
            "corrupts clean images itself; train it on the dataset, not on cached pairs"
        )
    return check_images(batch["images"])


def of_a_flow(batch: Batch, *names: str) -> tuple[Tensor, ...]:
    """Arrays of a flow's states in a batch.

    Raises
    ------
    ValueError
        Naming those that the batch has not, and where they come from.
    """
    missing = [name for name in names if name not in batch]
    if missing:
        raise ValueError(
            f"the batch holds {', '.join(sorted(batch)) or 'nothing'} but no {', '.join(missing)}: "
            "states of a flow come from the solver, beyond_blur.corrupt makes them "
            "(docs/library.md)"
        )
    return tuple(batch[name] for name in names)


def check_images(images: Tensor) -> Tensor:
    """Images as the project stores them: floating-point (n, c, h, w) in [0, 1].

    Values are looked at on the CPU alone: to ask a device for them would wait for it at every step.
    What comes from files is in range, being bytes; `train_in_memory` looks at its first batch here.

    Raises
    ------
    ValueError
        On another shape, another type, grey values outside [0, 1] or not finite.
    """
    if images.dim() != 4 or not images.is_floating_point():
        raise ValueError(
            f"images are {images.dtype} of shape {tuple(images.shape)}: expected floating-point "
            "grey values of shape (n, c, h, w); divide 8-bit values by 255"
        )
    if images.numel() == 0:
        raise ValueError(f"images of shape {tuple(images.shape)} are empty: give at least one")
    if images.device.type != "cpu":
        return images
    low, high = (limit.item() for limit in torch.aminmax(images))
    if not (low >= -SLACK and high <= 1 + SLACK):
        raise ValueError(
            f"images have grey values in [{low:g}, {high:g}]: expected [0, 1]; every process does "
            "its own scaling, so leave out any before it"
        )
    return images


def check_levels(k: Tensor, n_images: int, n_steps: int) -> Tensor:
    """One whole level for each image, 0 (clean) to ``n_steps``, looked at on the CPU alone.

    Raises
    ------
    ValueError
        On another shape or type, or a level outside 0..n_steps.
    """
    if k.shape != (n_images,) or k.is_floating_point():
        raise ValueError(
            f"levels are {k.dtype} of shape {tuple(k.shape)}: expected whole numbers of shape "
            f"({n_images},), one for each image"
        )
    if k.device.type != "cpu":
        return k
    outside = k[(k < 0) | (k > n_steps)]
    if len(outside):
        raise ValueError(
            f"level {int(outside[0])} is outside 0..{n_steps}: ask for less or make n_steps larger"
        )
    return k


def check_step(k: int, n_steps: int) -> int:
    """A level that a reverse step can start from, 1..n_steps.

    Raises
    ------
    ValueError
        If it is not one.
    """
    if not 1 <= k <= n_steps:
        raise ValueError(
            f"a reverse step from level {k}: expected a level in 1..{n_steps}; "
            "level 0 is the image, nothing lies below it"
        )
    return k


def check_jump(k: int, j: int, n_steps: int) -> None:
    """Two levels that a jump can go between, 0 <= j < k <= n_steps.

    Raises
    ------
    ValueError
        If they are not.
    """
    check_step(k, n_steps)
    if not 0 <= j < k:
        raise ValueError(f"a jump from level {k} to level {j}: expected a level in 0..{k - 1}")


def rising(name: str, values: Iterable[float], *, low: float, high: float) -> tuple[float, ...]:
    """A schedule of levels 0..K as a tuple, strictly increasing within [low, high].

    Raises
    ------
    ValueError
        If it has fewer than two values, leaves the range or does not increase.
    """
    schedule = tuple(float(value) for value in values)
    if len(schedule) < 2:
        raise ValueError(
            f"{name} has {len(schedule)} values: expected one for each level 0..K, at least 2"
        )
    for k, value in enumerate(schedule):
        if not (low <= value <= high and math.isfinite(value)):
            raise ValueError(f"{name}[{k}] = {value:g} is outside [{low:g}, {high:g}]")
    fall = first_fall(schedule)
    if fall is not None:
        raise ValueError(
            f"{name}[{fall}] = {schedule[fall]:g} does not exceed {schedule[fall - 1]:g} of level "
            f"{fall - 1}: a schedule must increase strictly with the level"
        )
    return schedule


def at_least_zero(**values: float) -> None:
    """Refuse numbers that are negative or not finite, by their names."""
    for name, value in values.items():
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} = {value:g} must be finite and at least 0")


def one_of(name: str, value: object, valid: Iterable[object]) -> None:
    """Refuse a choice that does not exist, naming those that do."""
    choices = tuple(valid)
    if value not in choices:
        raise ValueError(f"{name} = {value!r} is unknown; valid: {', '.join(map(str, choices))}")
