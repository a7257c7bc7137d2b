"""Published weights: files of other programs, known by their sha256 and read without pickle's code.

`KNOWN_SHA256` holds the full sha256 of the files for which one is known: the number that many
projects pin, whose first digits are in the name of Inception's file. For DINOv2's ViT-S/14 and
ViT-B/14 none is known here: what was given is recorded beside every number made with it (see
``weights_sha256`` of an extractor), and features of unlike files are not compared.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

import torch
from torch import Tensor

from beyond_blur.storage.foreign import kind_of
from beyond_blur.storage.opening import open_file, shown
from beyond_blur.storage.outputs import checksum_of_file

KNOWN_SHA256: Mapping[str, str] = {
    "pt_inception-2015-12-05-6726825d.pth": (
        "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
    ),
    "dinov2_vitl14_pretrain.pth": (
        "d5383ea8f4877b2472eb973e0fd72d557c7da5d3611bd527ceeb1d7162cbf428"
    ),
}
"""Full sha256 of published files by the names that their publishers gave them."""


def checked_sha256(path: Path, sha256: str | None) -> str:
    """The sha256 of a file of weights.

    Parameters
    ----------
    path : path
    sha256 : str, optional
        What it must be, or how it must begin; without it, what is known of a file of this name.

    Returns
    -------
    str
        Hex digest of the file as it is, 64 digits.

    Raises
    ------
    ValueError
        If the file has another one, or cannot be opened.
    """
    expected = KNOWN_SHA256.get(path.name, "") if sha256 is None else sha256
    with open_file(path):
        found = checksum_of_file(path)
    if not found.startswith(expected):
        raise ValueError(
            f"{shown(path)} is {kind_of(path)} of sha256 {found}, which does not begin with "
            f"{expected}: it is not the published file or is damaged; fetch it again"
        )
    return found


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a state dict, by name, from a file of PyTorch or of safetensors.

    Nothing but tensors and plain containers is read of a file of PyTorch: no code runs.

    Raises
    ------
    ValueError
        One line that names the file: it cannot be read so, or holds other things, or numbers that
        are not finite.
    """
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            state: object = load_file(path)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # of a foreign pickle's protocol
                state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch has no one error for a file that is not its own
        raise ValueError(
            f"{shown(path)} is {kind_of(path)}, and no weights can be read from it without running "
            f"code that it may hold ({type(error).__name__}): give the published file"
        ) from error
    if not _is_state(state):
        raise ValueError(f"{shown(path)} holds no state dict (names and tensors): give another")
    broken = [name for name, tensor in state.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise ValueError(
            f"{shown(path)} holds weights that are not finite ({broken[0]!r}): fetch it again"
        )
    return state


def _is_state(state: object) -> TypeGuard[dict[str, Tensor]]:
    return isinstance(state, dict) and all(
        isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in state.items()
    )
