"""The number format that a network computes in."""

from __future__ import annotations

from typing import Literal

import torch

from beyond_blur.config.options import Precision

Resolved = Literal["float32", "tf32", "bfloat16"]


def multiplies_bfloat16(device: str) -> bool:
    """Whether the hardware of a device multiplies in bfloat16, rather than emulating it."""
    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    found = torch.cpu.get_capabilities()
    return any(found.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16"))


def multiplies_tf32(device: str) -> bool:
    """Whether a device has TF32, which NVIDIA's have from compute capability 8.0 on."""
    return device.startswith("cuda") and torch.cuda.get_device_capability(device) >= (8, 0)


def resolve(wanted: Precision, device: str) -> Resolved:
    """The number format that ``training.precision`` means on a device.

    Parameters
    ----------
    wanted : {"auto", "float32", "tf32", "bfloat16"}
        ``auto`` takes bfloat16 where the hardware multiplies in it; ``tf32`` is float32 where there
        is no TF32.
    device : str
    """
    if wanted == "tf32" and not multiplies_tf32(device):
        return "float32"
    if wanted != "auto":
        return wanted
    return "bfloat16" if multiplies_bfloat16(device) else "float32"


def resolve_sampling(wanted: Precision, device: str) -> Resolved:
    """The number format that ``sampling.precision`` means on a device.

    As `resolve`, but ``auto`` is float32 on every CPU: samples, and with them a table, would
    otherwise depend on whether a CPU multiplies in bfloat16.
    """
    if wanted == "auto" and not device.startswith("cuda"):
        return "float32"
    return resolve(wanted, device)


def warning(wanted: Precision, device: str, asked: str = "training.precision =") -> str | None:
    """One line where a device has not the format that is to be computed in; else None.

    ``asked`` is what asks for the format: a key of the configuration, or an option.
    """
    if wanted == "tf32" and not multiplies_tf32(device):
        return f"{asked} tf32, but this {device} has no TF32: float32 is used"
    if wanted != "bfloat16" or multiplies_bfloat16(device):
        return None
    return (
        f"{asked} bfloat16, but this {device} does not multiply in it: it is emulated "
        "and may be slower than float32; auto would take float32 here"
    )
