"""Commands in sessions of their own, with a limit of time, and nothing of them left behind."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes
    ----------
    returncode : int or None
        None: it did not end in time and was killed.
    text : str
        What it printed.
    seconds : float
    """

    returncode: int | None
    text: str
    seconds: float


class Running:
    """A command on its way; it leads a session, so that all it starts can be found."""

    def __init__(self, command, folder, env, **options):
        self.output = Path(f"{folder}.{time.monotonic_ns()}.out")
        self.begin = time.monotonic()
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                command, cwd=folder, env=env, stdout=file, stderr=file, stdin=subprocess.DEVNULL,
                start_new_session=True, **options,
            )  # fmt: skip

    def wait(self, limit):
        """Wait until it ends, at most ``limit`` seconds; what it started may go on."""
        try:
            returncode = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            returncode = None
            self.end()
        text = self.output.read_text(errors="replace")
        return Ended(returncode, text, time.monotonic() - self.begin)

    def wait_for_all(self, limit):
        """Wait for what it started, too."""
        end = time.monotonic() + limit
        while self._session() and time.monotonic() < end:
            time.sleep(0.05)

    def send(self, number, whole_group):
        """Send a signal to the command alone, or to its whole process group."""
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if whole_group else os.kill)(self.process.pid, number)

    def end(self):
        """Kill whatever of it still runs."""
        while alive := self._session():
            for pid in alive:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.poll()
            time.sleep(0.02)
        self.output.unlink(missing_ok=True)

    def _session(self):
        """Processes of the command's session that still run."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    # After the name, in parentheses: state, parent, group, session.
                    state, _, _, session, *_ = (
                        (entry / "stat").read_text().rpartition(")")[2].split()
                    )
                    if int(session) == self.process.pid and state != "Z":
                        found.append(int(entry.name))
        return found


def run(command, folder, env, limit, **options):
    """Run a command to its end, and end all that it started."""
    running = Running(command, folder, env, **options)
    try:
        return running.wait(limit)
    finally:
        running.end()
