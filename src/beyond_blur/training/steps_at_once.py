"""How many steps' batches a device makes in one call of the solver.

A block of threads runs an image, so a batch of fewer images than the device has multiprocessors
leaves the others idle. A batch is a function of its step and an image's states are a function of
the image: batches of several steps in one call are the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

SHARE = 16
"""What part of the free memory batches made ahead may take: one in so many. A choice."""

MOST_BYTES = 2**30
"""Bytes that they take at most, however much is free. A choice: pairs of 2,700 images of 128 x 128
pixels in three channels."""


@dataclass(frozen=True)
class DeviceFacts:
    """What bounds the batches that are made in one call.

    Attributes
    ----------
    multiprocessors : int
        Of the device.
    free_bytes : int
        Of its memory, when pairs are begun to be made.
    """

    multiprocessors: int
    free_bytes: int


def facts_of(device: torch.device) -> DeviceFacts:
    """The facts of a CUDA device."""
    free, _ = torch.cuda.mem_get_info(device)
    return DeviceFacts(torch.cuda.get_device_properties(device).multi_processor_count, free)


def steps_at_once(facts: DeviceFacts | None, n_rows: int, step_bytes: int, depth: int) -> int:
    """Steps whose batches are made in one call.

    As many as give every multiprocessor an image, and no more than memory has room for: one call's
    batches are handed out while the next call's are made, so that there are up to
    2 x steps + ``depth`` of them.

    Parameters
    ----------
    facts : DeviceFacts, optional
        None where pairs are not left on a device: there each call makes one batch.
    n_rows : int
        Rows of a batch that are made here.
    step_bytes : int
        Bytes of their pairs.
    depth : int
        Batches prepared ahead.

    Returns
    -------
    int
        At least 1.
    """
    if facts is None:
        return 1
    wanted = -(-facts.multiprocessors // max(1, n_rows))
    room = min(facts.free_bytes // SHARE, MOST_BYTES)
    fit = (room // max(1, step_bytes) - depth) // 2
    return max(1, min(wanted, fit))
