"""What a time limit ends is queued again: ``python -m beyond_blur.storage.resubmit COMMAND ...``.

For commands that save what they have done when they are told to stop, and go on from it. In a job
of SLURM that is told so while it runs, which is its time limit coming, the job is put back into the
queue under its own number, so that whoever waits for it waits on and counts no failure. A job that
a user cancels is not running any more and stays cancelled. One of several tasks of a step only
passes on that it was told. Elsewhere this becomes the command. Standard library only.

``--kept FOLDER`` before the command names where it keeps what is finished, if it has no exit code
for having saved: a job that has added nothing to it would be queued again without end, and fails.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

RESUME_ME = 75
"""Exit code of a command that has saved because it was told to stop, and goes on when it is started
again: EX_TEMPFAIL of sysexits.h, "try again later"."""

JOB = "SLURM_JOB_ID"

TASKS = "SLURM_STEP_NUM_TASKS"
"""Number of commands that one srun has started, in the environment of each of them."""

KEPT = "--kept"

PATIENCE = 120
"""Seconds until SLURM has ended a job that it was asked to queue again."""


def state_of(job: str) -> dict[str, str]:
    """What SLURM says of a job: ``JobState``, ``Restarts``, ``Requeue``, ...; empty if nothing."""
    done = subprocess.run(
        ["scontrol", "show", "job", "--oneliner", job], capture_output=True, text=True
    )
    return dict(re.findall(r"(\w+)=(\S*)", done.stdout))


def queue_again(job: str) -> None:
    """Put this job back into the queue, and wait to be ended; returns only where that fails."""
    state = state_of(job)
    if state.get("JobState") != "RUNNING":
        return
    done = subprocess.run(["scontrol", "requeue", job], capture_output=True, text=True)
    if done.returncode:
        _say(
            f"the time limit is near and SLURM does not queue job {job} again "
            f"({done.stderr.strip()}): submit it with --requeue, or run Snakemake again"
        )
        return
    times = int(state.get("Restarts", "0")) + 1
    _say(f"the time limit is near: job {job} is queued again ({times}) and goes on from here")
    time.sleep(PATIENCE)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def files_in(folder: str | None) -> set[str]:
    """Names of the files that are kept."""
    place = None if folder is None else Path(folder)
    return {one.name for one in place.iterdir()} if place is not None and place.is_dir() else set()


def main(arguments: list[str]) -> None:
    """Run the command; its exit code is ours."""
    kept, command = (arguments[1], arguments[2:]) if arguments[0] == KEPT else (None, arguments)
    job = os.environ.get(JOB)
    if job is None:
        os.execvp(command[0], command)
    before = files_in(kept)
    told: list[int] = []
    # The command gets the signal too, and decides; a handler does not reach it as ignoring would.
    signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    code = subprocess.call(command)
    if code == RESUME_ME or (code != 0 and told):
        if int(os.environ.get(TASKS, "1")) > 1:
            sys.exit(RESUME_ME)
        if kept is not None and files_in(kept) <= before:
            _say(
                f"error: the time of job {job} ends and nothing was finished in it that is kept in "
                f"{kept}: give it more (longest_job, or runtime in set-resources)"
            )
        else:
            queue_again(job)
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main(sys.argv[1:])
