"""The kernels' source as one text."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).with_name("kernels")
"""``kernels.cu`` and the headers that it includes, by kernel."""


def source() -> str:
    """``kernels.cu`` with its headers put in place of their ``#include``, for NVRTC.

    NVRTC then needs no include path. ``#line`` keeps file and line of the compiler's messages.
    """

    def header(include: re.Match[str]) -> str:
        name = include[1]
        return f'#line 1 "{name}"\n{(FOLDER / name).read_text(encoding="utf-8")}'

    text = (FOLDER / "kernels.cu").read_text(encoding="utf-8")
    return re.sub(r'^#include "(.+)"$', header, text, flags=re.MULTILINE)
