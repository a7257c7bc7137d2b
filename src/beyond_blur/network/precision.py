"""The number format that a network trains in."""

from __future__ import annotations

from typing import Literal

import torch

from beyond_blur.config.options import Precision

Resolved = Literal["float32", "bfloat16"]


def multiplies_bfloat16(device: str) -> bool:
    """Whether the hardware of a device multiplies in bfloat16, rather than emulating it."""
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    found = torch.cpu.get_capabilities()
    return any(found.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16"))


def resolve(wanted: Precision, device: str) -> Resolved:
    """The number format that an option means on a device.

    Parameters
    ----------
    wanted : {"auto", "float32", "bfloat16"}
        ``auto`` takes bfloat16 where the hardware multiplies in it.
    device : str
    """
    if wanted != "auto":
        return wanted
    return "bfloat16" if multiplies_bfloat16(device) else "float32"


def warning(wanted: Precision, device: str) -> str | None:
    """One line where bfloat16 is asked for and the device only emulates it; else None."""
    if wanted != "bfloat16" or multiplies_bfloat16(device):
        return None
    return (
        f"training.precision = bfloat16, but this {device} does not multiply in it: it is emulated "
        "and may be slower than float32; auto would take float32 here"
    )
