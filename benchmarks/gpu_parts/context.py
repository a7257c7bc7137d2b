"""What a part is handed: where its results go, how long it may take, and the device for itself."""

from __future__ import annotations

import fcntl
import gc
import json
import math
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from gpu_parts.report import short

HELD_AT_MOST = 90.0
"""Seconds after which a part that keeps the device from all others is ended."""

AT_A_PEAK = 2.0
"""Seconds that a part may need most of the memory for: the first step of a compiled network."""


@dataclass
class Context:
    """A part while it runs.

    Attributes
    ----------
    name : str
        Of the part.
    out : Path
        Folder of the check.
    box : float
        Seconds it may take; time spent on waiting for the device is not counted.
    limit : float
        Seconds until the whole check ends, waiting or not.
    dry : bool
        Tiny sizes, on the CPU.
    data : Path, optional
        npz of images for the part that trains on them.
    """

    name: str
    out: Path
    box: float
    limit: float = math.inf
    dry: bool = False
    data: Path | None = None
    values: dict[str, Any] = field(default_factory=dict)
    start: float = field(default_factory=time.perf_counter)
    waited: float = 0.0
    holding: bool = False

    @cached_property
    def device(self) -> str:
        """``cuda``, or ``cpu`` in a dry run and where there is no GPU."""
        import torch

        return "cuda" if torch.cuda.is_available() and not self.dry else "cpu"

    @property
    def root(self) -> Path:
        """The repository."""
        return Path(__file__).resolve().parents[2]

    def left(self) -> float:
        """Seconds left of the box."""
        return self.start + min(self.waited + self.box, self.limit) - time.perf_counter()

    def add(self, key: str, value: Any) -> Any:
        """Keep a value on disk, and print it."""
        self.keep(key, value)
        spent = time.perf_counter() - self.start
        print(f"[{spent:6.1f} s] {key}: {short(value)}", flush=True)
        return value

    def keep(self, key: str, value: Any) -> None:
        """Keep a value on disk; what is kept of a part that is ended is in its report."""
        self.values[key] = value
        write(state_file(self.out, self.name), self.values)

    def attempt(self, key: str, run: Callable[..., Any], *arguments: Any) -> Any:
        """Keep what a call returns, or why it failed; without memory it is called once more."""
        try:
            return self.add(key, run(*arguments))
        except Exception as error:
            if type(error).__name__ == "OutOfMemoryError" and self.left() > 5:
                error.__traceback__ = None  # it holds the tensors of the call
                free_memory()
                time.sleep(AT_A_PEAK)  # another part may be at its peak
                return self.again(key, run, *arguments)
            return self.failed(key, error)

    def again(self, key: str, run: Callable[..., Any], *arguments: Any) -> Any:
        """The second and last try, alone on the device."""
        try:
            with self.alone():
                return self.add(key, run(*arguments))
        except Exception as error:
            return self.failed(key, error)

    def failed(self, key: str, error: Exception) -> None:
        """Keep why a call failed, beside what it had kept before."""
        traceback.print_exc()
        before = self.values.get(key)
        before = before if isinstance(before, dict) else {}
        self.add(key, {**before, "failed": f"{type(error).__name__}: {error}"[:400]})

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Have the device for oneself in this block: what is timed is timed in such blocks."""
        if self.holding:
            yield
            return
        begun = time.perf_counter()
        with lock_file(self.out).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.waited += time.perf_counter() - begun
            ended = threading.Timer(HELD_AT_MOST, os.kill, (os.getpid(), signal.SIGKILL))
            ended.daemon = True
            ended.start()
            self.holding = True
            try:
                yield
            finally:
                self.holding = False
                free_memory()  # whoever is next may need most of it
                ended.cancel()
                fcntl.flock(file, fcntl.LOCK_UN)  # a forked child may have the file open, too
        time.sleep(0.02)  # whoever waits is to have it before it is asked for again


def lock_file(out: Path) -> Path:
    """What whoever times something holds."""
    return out / ".gpu-lock"


def state_file(out: Path, name: str) -> Path:
    """Where a part keeps its results while it runs."""
    return out / "parts" / f"{file_name(name)}.json"


def file_name(name: str) -> str:
    """A part's name as that of a file."""
    return name.replace(", ", "-").replace(": ", "-").replace(" ", "-")


def write(path: Path, values: dict[str, Any]) -> None:
    """JSON, whole or not at all: whoever writes it may be killed."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(values, indent=1, default=str), encoding="utf-8")
    unfinished.replace(path)


def free_memory() -> None:
    """Give back the device memory that nothing uses any more."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        gc.collect()
        torch.cuda.empty_cache()
