"""Make torchvision importable beside a CPU-only torch.

The usual torchvision wheel is built for CUDA. Beside a CPU-only torch its compiled operators
cannot be loaded, and `import torchvision` stops at the first one it misses ("operator
torchvision::nms does not exist"), although the networks need none of them. Declaring the two
operators lets the import through; calling them still fails, as it should.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

# torch forgets operators whose library object is collected.
_declared: list[Any] = []


def ensure_importable() -> None:
    """Declare torchvision's missing operators, only where its own cannot be loaded.

    Call before the first `import torchvision`, or of a package that imports it. Does nothing with a
    CUDA build of torch, or with a torchvision built for the CPU.

    Raises
    ------
    ImportError
        If torchvision is not installed.
    """
    import torch

    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        raise ImportError(
            "torchvision is not installed, and Inception features need it: "
            "pip install torchvision pytorch-fid"
        )
    if torch.version.cuda or torch.version.hip or hasattr(torch.ops.torchvision, "nms"):
        return
    if _own_operators_load(Path(spec.origin).parent):
        return
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)


def _own_operators_load(folder: Path) -> bool:
    """Load the compiled operators as torchvision itself will; loading them twice is harmless."""
    import torch

    for path in folder.glob("_C.*"):
        try:
            torch.ops.load_library(str(path))
        except OSError:
            continue
    return hasattr(torch.ops.torchvision, "nms")
