"""Signals that tell a training run to stop: it finishes its step, saves its state and ends."""

from __future__ import annotations

import os
import signal
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""From a cluster before it ends a job, from Ctrl-C, and from a terminal that is closed."""

WORD = b"stopping after this step; Ctrl-C again stops at once and loses what was not saved\n"


class StopSignal:
    """Whether one of `SIGNALS` has come; a context manager, which gives the signals back.

    Ctrl-C a second time is a KeyboardInterrupt. A signal that the process was started to ignore,
    as ``nohup`` does, stays ignored.
    """

    def __init__(self) -> None:
        self.received = False
        self._before: dict[int, Any] = {}

    def __call__(self) -> bool:
        """Whether to stop now."""
        return self.received

    def __enter__(self) -> StopSignal:
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            if self.received:
                raise KeyboardInterrupt
            if os.environ.get("RANK", "0") == "0":
                os.write(2, WORD)  # print may not be called again from within print
        self.received = True
