"""Jobs that wait at SLURM, and why: some wait for room, some for ever, and Snakemake tells neither.

Read only: ``squeue``. Standard library only.
"""

from __future__ import annotations

import logging
import re
import subprocess
import threading
import time
from collections.abc import Iterator

FIRST, PAUSE = 20, 60
"""Seconds until the first look at the queue, and between two."""

FEW = 3
"""Jobs that a line names by their numbers."""

ROOM = re.compile(r"Resources|Priority|Licenses|Reservation")
"""Reasons that go away by themselves, as other jobs end."""

STUCK = {
    r"PartitionTimeLimit": (
        "more time is asked for than the partition gives: set longest_job, or another "
        "slurm_partition"
    ),
    r"PartitionNodeLimit|PartitionConfig|BadConstraints": (
        "no node of the partition has what is asked for: set mem_mb, threads or gpu of the "
        "rule, or another slurm_partition"
    ),
    r"PartitionDown|PartitionInactive": "the partition is closed: set another slurm_partition",
    r"[Aa]ccount.*(can't|not|NotAllowed)|AccountNotAllowed|InvalidAccount": (
        "the account may not use the partition: set slurm_account, or another slurm_partition"
    ),
    r"QOSNotAllowed|InvalidQOS": "the partition does not take this qos: set qos of the rule",
    r"(Assoc|QOS).*(PerJob|WallDuration)": (
        "one job asks for more than the account or the qos allows: set longest_job, mem_mb or gpu"
    ),
    r"(Assoc|QOS)Grp.*Minutes": "the account's budget is used up: ask who gives it",
    r"(Assoc|QOS)Grp": "other jobs of the account have all that it may have at a time",
    r"ReqNodeNotAvail|DOWN|NodeDown": (
        "the nodes that could do it are down, drained or reserved: sinfo -R says why"
    ),
    r"JobHeld|JobHoldMaxRequeue|held": "scontrol release lets a job go on that is held",
    r"DependencyNeverSatisfied": "what it waits for has failed: cancel it",
}
"""Reasons of SLURM that do not go away by themselves, or not soon, and the way out."""


def remarks(queue: str) -> Iterator[tuple[int, str, str]]:
    """What there is to say of jobs that wait.

    Parameters
    ----------
    queue : str
        Lines "number|partition|reason", as of ``squeue --format='%i|%P|%r'``.

    Yields
    ------
    level : int
        Of `logging`.
    subject : str
        What to say no more than once: the reason and the partition.
    line : str
    """
    waiting: dict[tuple[str, str], list[str]] = {}
    for line in queue.splitlines():
        number, partition, reason = [*line.split("|", 2), "", ""][:3]
        if reason and reason != "None":
            waiting.setdefault((partition, reason), []).append(number)
    for (partition, reason), numbers in waiting.items():
        named = ", ".join(numbers[:FEW]) + (", ..." if len(numbers) > FEW else "")
        jobs = f"{len(numbers)} job{'s' if len(numbers) > 1 else ''} ({named})"
        verb = "" if len(numbers) > 1 else "s"
        meaning = next((said for sign, said in STUCK.items() if re.search(sign, reason)), None)
        place = f"of this run at SLURM's partition {partition}"
        if meaning:
            line = f"{jobs} {place} will not start as things are: {reason}: {meaning}"
            yield logging.WARNING, f"{partition} {reason}", line
        elif ROOM.search(reason):
            yield (
                logging.INFO,
                f"{partition} room",
                f"{jobs} {place} wait{verb} for room ({reason})",
            )


def watch(run: str, logger: logging.Logger) -> None:
    """Say in the background why jobs of a run wait, each thing once, as long as this process lives.

    Parameters
    ----------
    run : str
        The name that Snakemake's jobs have at SLURM.
    logger : Logger
        Snakemake's.
    """
    threading.Thread(target=_watch, args=(run, logger), daemon=True).start()


def _watch(run: str, logger: logging.Logger) -> None:
    said: set[str] = set()
    time.sleep(FIRST)
    while True:
        for level, subject, line in remarks(_queue(run)):
            if subject not in said:
                logger.log(level, line)
            said.add(subject)
        time.sleep(PAUSE)


def _queue(run: str) -> str:
    """The jobs of a run that wait; none where SLURM does not answer."""
    command = ["squeue", "--noheader", "--states=PENDING", "--name", run, "--format=%i|%P|%r"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=PAUSE).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
