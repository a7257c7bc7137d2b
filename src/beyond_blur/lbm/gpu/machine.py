"""What the GPU solver's stages ask of the machine that they run on."""

from __future__ import annotations

from typing import Any, Protocol


class Machine(Protocol):
    """Where kernels run: a device, or a test's emulation of one."""

    xp: Any
    """cupy or numpy."""

    fft_cells: int
    """Cells of one batch of FFTs."""

    out_of_memory: type[Exception]
    """What is raised where an array does not fit."""

    def __hash__(self) -> int:
        """One machine is told from another: what is put on it is remembered."""

    def release(self) -> None:
        """Give back memory that no array holds any more."""

    def launch(
        self, kernel: str, grid: tuple[int, int], threads: int, arguments: tuple, shared: int = 0
    ) -> None:
        """Queue a kernel on ``grid`` blocks of ``threads`` with ``shared`` bytes each."""
