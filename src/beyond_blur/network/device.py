"""The device that a network runs on."""

from __future__ import annotations

import torch


def pick_device(wanted: str, option: str = "training.device") -> str:
    """The device that an option names.

    Parameters
    ----------
    wanted : {"auto", "cpu", "cuda"}
        ``auto`` takes CUDA where there is a device.
    option : str
        The option, for the message.

    Returns
    -------
    {"cpu", "cuda"}

    Raises
    ------
    RuntimeError
        If CUDA is wanted and torch sees no device.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise RuntimeError(f"{option} = cuda, but torch sees no CUDA device: use auto or cpu")
    return "cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu"
