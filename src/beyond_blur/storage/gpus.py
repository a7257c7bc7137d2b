"""A GPU of its own for every job: ``python -m beyond_blur.storage.gpus N COMMAND ...``.

Takes N of this machine's GPUs that no other job of the user has, waits for them where it must, and
becomes the command, which sees them alone (``CUDA_VISIBLE_DEVICES``). Each GPU has a file that is
locked as long as the command lives: the system ends the lock with it, however it ends. With N = 0
the command sees none. Where a scheduler has given the job its GPUs, they are the job's already.
Standard library only.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

VISIBLE = "CUDA_VISIBLE_DEVICES"

DEVICES = Path("/dev")

JOB_IDS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID", "FLUX_JOB_ID")
"""Variables by which a program knows that a scheduler runs it."""

PAUSE = 0.5
"""Seconds between two looks for a GPU that is free."""


def found(environ: Mapping[str, str]) -> list[str]:
    """The GPUs that programs may use here, as ``CUDA_VISIBLE_DEVICES`` names them.

    Parameters
    ----------
    environ : mapping
        Variables of the process. What ``CUDA_VISIBLE_DEVICES`` lists is taken as it stands:
        numbers, UUIDs, parts of a GPU (MIG).
    """
    listed = environ.get(VISIBLE)
    if listed is not None:
        names = [name.strip() for name in listed.split(",")]
        return [name for name in names if name not in ("", "-1")]
    files = [file for file in DEVICES.glob("nvidia[0-9]*") if file.name[6:].isdigit()]
    return [str(i) for i in range(len(files) or _listed_by_driver())]


def _listed_by_driver() -> int:
    """GPUs that the driver's own program lists: some systems (WSL) have no files for them."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return 0
    try:
        done = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith("GPU ") for line in done.stdout.splitlines())


def given(environ: Mapping[str, str]) -> bool:
    """Whether a scheduler has given this job its GPUs."""
    return VISIBLE in environ and any(name in environ for name in JOB_IDS)


def folder() -> Path:
    """Where the locks lie: one place for all runs of a user on this machine."""
    return Path(tempfile.gettempdir()) / f"beyond_blur-gpus-{os.getuid()}"


def take(n: int, names: list[str], place: Path) -> list[str]:
    """Lock n GPUs for the life of this process, and wait for them where they are taken.

    One job at a time collects its GPUs, so that two that need several never wait for each other.

    Parameters
    ----------
    n : int
    names : list of str
        All of the machine's.
    place : path
        Folder of the locks.

    Returns
    -------
    list of str
        Names of those taken.

    Raises
    ------
    ValueError
        If there are fewer than n.
    """
    if n > len(names):
        raise ValueError(
            f"the job needs {n} GPUs and {len(names)} are here ({VISIBLE}): set training.devices "
            "to as many as there are"
        )
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    collecting = _open(place / "collecting.lock")
    waits = not _locked(collecting)
    if waits:
        _say(f"waiting: another job collects {VISIBLE}")
        fcntl.flock(collecting, fcntl.LOCK_EX)
    taken: list[str] = []
    while len(taken) < n:
        for name in names:
            if len(taken) < n and name not in taken and _lock_for_life(place, name):
                taken.append(name)
        if len(taken) < n:
            if not waits:
                _say(f"waiting for a GPU: all {len(names)} are taken by other jobs")
            waits = True
            time.sleep(PAUSE)
    os.close(collecting)
    return taken


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked(file: int) -> bool:
    """Whether this process could lock a file at once."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_for_life(place: Path, name: str) -> bool:
    """Whether this process has a GPU now; the command that it becomes keeps it."""
    file = _open(place / f"{''.join(c if c.isalnum() else '-' for c in name)}.lock")
    if not _locked(file):
        os.close(file)
        return False
    os.set_inheritable(file, True)
    return True


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> None:
    """Become the command, with its GPUs."""
    n, command, environ = int(arguments[0]), arguments[1:], dict(os.environ)
    if n == 0:
        environ[VISIBLE] = ""
    elif not given(environ):
        names = found(environ)
        try:
            # On a machine without any the CPU serves.
            if names:
                environ[VISIBLE] = ",".join(take(n, names, folder()))
        except ValueError as error:
            sys.exit(f"error: {error}")
    os.execvpe(command[0], command, environ)


if __name__ == "__main__":
    main(sys.argv[1:])
