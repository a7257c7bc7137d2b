"""Starts every part as a process of its own and gathers what it found.

A part that fails, hangs or leaves a broken CUDA context costs nothing but its own time box, and
what it had measured until then is kept. Parts that compile run beside the others from the start.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gpu_parts.context import file_name, state_file, write
from gpu_parts.registry import ASKED_FOR, PARTS, Part
from gpu_parts.report import as_text

SCRIPT = Path(__file__).resolve().parents[1] / "gpu_check.py"
SMALLEST_BOX = 5.0
TAIL = 0.2
"""Share of the budget kept for the parts beside, where there are any."""
GRACE = 3.0
"""Seconds after its box in which a part may still end by itself."""
FOR_THE_DEVICE = 60.0
"""The same where it may have waited for parts beside, which its box does not count."""


@dataclass
class Running:
    """A part whose process was started."""

    name: str
    process: subprocess.Popen[bytes]
    begun: float = field(default_factory=time.perf_counter)


@dataclass
class Check:
    """One check.

    Attributes
    ----------
    out : Path
        Folder of the reports.
    budget : float
        Seconds it may take in all.
    wanted : tuple of str
        Names of the parts; those beside follow from them.
    dry : bool
    data : Path, optional
    parts : mapping of str to Part
    """

    out: Path
    budget: float
    wanted: tuple[str, ...]
    dry: bool = False
    data: Path | None = None
    parts: Mapping[str, Part] = field(default_factory=lambda: PARTS)
    report: dict[str, Any] = field(default_factory=dict)
    start: float = field(default_factory=time.perf_counter)

    def left(self) -> float:
        """Seconds left of the budget."""
        return self.start + self.budget - time.perf_counter()

    def run(self) -> dict[str, Any]:
        """All parts; what each found, what became of it and how long it took."""
        (self.out / "parts").mkdir(parents=True, exist_ok=True)
        beside = [self.begin(name, self.budget) for name in self.names_beside()]
        try:
            for place, name in enumerate(self.wanted):
                self.run_part(name, self.wanted[place:], beside)
            for running in beside:
                self.gather(running, self.left())
        finally:
            for running in beside:
                end(running.process)
        return self.report

    def names_beside(self) -> list[str]:
        """Parts that run beside the wanted ones, or are wanted themselves."""
        return [
            name for name, part in self.parts.items()
            if part.beside and set(part.serves) & set(self.wanted)
        ]  # fmt: skip

    def box(self, remaining: tuple[str, ...], beside: list[Running]) -> float:
        """Seconds of the first of the remaining parts: its share of the time left to them."""
        compiling = any(self.parts[one.name].shown and one.process.poll() is None for one in beside)
        whole = sum(self.parts[name].box for name in remaining)
        free = self.left() - GRACE - (TAIL * self.budget if compiling else 0.0)
        return min(free * self.parts[remaining[0]].box / whole, self.left() - GRACE)

    def run_part(self, name: str, remaining: tuple[str, ...], beside: list[Running]) -> None:
        """One part, from its start to its end."""
        box = self.box(remaining, beside)
        if box < SMALLEST_BOX:
            self.report[name] = {"outcome": f"left out: {self.left():.0f} s left"}
            print(f"== {name}: {self.report[name]['outcome']}", flush=True)
            self.write()
            return
        print(f"== {name} (up to {box:.0f} s)", flush=True)
        waits = any(one.process.poll() is None for one in beside)
        running = self.begin(name, box)
        self.gather(running, min(box + (FOR_THE_DEVICE if waits else GRACE), self.left()))

    def begin(self, name: str, box: float) -> Running:
        """Start a part; what it prints goes to a file of its own."""
        state_file(self.out, name).unlink(missing_ok=True)
        part = self.parts[name]
        command = [sys.executable, str(SCRIPT), "--part", name, "--run", part.run,
                   "--box", str(box), "--limit", str(self.left() - GRACE),
                   "--out", str(self.out)]  # fmt: skip
        command = ["nice", "-n", "10", *command] if part.beside else command
        command += ["--dry"] if self.dry else []
        command += ["--data", str(self.data)] if self.data else []
        with self.log(name).open("wb") as log:
            process = subprocess.Popen(
                command, env=self.environment(part), stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, cwd=SCRIPT.parents[1],
            )  # fmt: skip
        return Running(name, process)

    def log(self, name: str) -> Path:
        """Where a part's output goes."""
        return self.out / "parts" / f"{file_name(name)}.log"

    def environment(self, part: Part) -> dict[str, str]:
        """The package is that of this repository; parts that compile share the cores."""
        found = dict(os.environ, PYTHONUNBUFFERED="1")
        folders = [str(SCRIPT.parents[1] / "src"), str(SCRIPT.parent), found.get("PYTHONPATH", "")]
        found["PYTHONPATH"] = os.pathsep.join(filter(None, folders))
        if part.beside:
            threads = max(1, round((os.cpu_count() or 1) / max(1, len(self.names_beside()))))
            found.setdefault("TORCHINDUCTOR_COMPILE_THREADS", str(threads))
        return found

    def gather(self, running: Running, seconds: float) -> None:
        """Wait for a part, end it when its time is up, and keep what it found."""
        try:
            code = running.process.wait(max(0.0, seconds))
            ended = "done" if code == 0 else f"failed with {code}"
        except subprocess.TimeoutExpired:
            ended = "out of time"
        finally:
            end(running.process)
        if not self.parts[running.name].shown and ended == "done":
            return
        spent = round(time.perf_counter() - running.begun, 1)
        state = state_file(self.out, running.name)
        found = json.loads(state.read_text(encoding="utf-8")) if state.exists() else {}
        took = {} if self.parts[running.name].beside else {"seconds": spent}
        self.report[running.name] = {**found, "outcome": ended, **took}
        self.show(running.name, ended, spent)
        self.write()

    def show(self, name: str, ended: str, spent: float) -> None:
        """What a part printed: its results, or its last lines if it failed."""
        lines = self.log(name).read_text(encoding="utf-8", errors="replace").splitlines()
        shown = [line for line in lines if line.startswith("[")]
        shown += lines[-25:] if ended != "done" else []
        print("\n".join(f"   {line[:220]}" for line in shown), flush=True)
        print(f"   {name}: {ended} after {spent} s", flush=True)

    def write(self) -> None:
        """Both reports, as far as they go."""
        write(self.out / "report.json", self.report)
        (self.out / "report.txt").write_text(as_text(self.report) + "\n", encoding="utf-8")


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a part: itself, and the processes it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def choose(only: str, skip: str, parts: Mapping[str, Part] = PARTS) -> tuple[str, ...]:
    """The parts that two lists of names leave, in the order they run.

    Raises
    ------
    ValueError
        For a name that no part has.
    """
    own = [name for name, part in parts.items() if not part.beside]
    named, left_out = (tuple(filter(None, names.split(","))) for names in (only, skip))
    for name in (*named, *left_out):
        if name not in own:
            raise ValueError(f"no part {name!r}: there are {', '.join(own)}")
    wanted = named or [name for name in own if name not in ASKED_FOR]
    return tuple(name for name in own if name in wanted and name not in left_out)
