"""The number format that a network trains in."""

from __future__ import annotations

from typing import Literal

import torch

from beyond_blur.config.options import Precision

Resolved = Literal["float32", "bfloat16"]


def multiplies_bfloat16(device: str) -> bool:
    """Whether the hardware multiplies in bfloat16, rather than emulating it."""
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    found = torch.cpu.get_capabilities()
    return any(found.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16"))


def resolve(wanted: Precision, device: str) -> Resolved:
    """``auto`` as what it means on this device; the others as they are."""
    if wanted != "auto":
        return wanted
    return "bfloat16" if multiplies_bfloat16(device) else "float32"


def warning(wanted: Precision, device: str) -> str | None:
    """One line where bfloat16 is asked for and the hardware does not multiply in it."""
    if wanted != "bfloat16" or multiplies_bfloat16(device):
        return None
    return (
        f"training.precision = bfloat16, but this {device} does not multiply in it: it is emulated "
        "and may be slower than float32; auto would take float32 here"
    )
