"""What jobs ask SLURM for, compared with what its partitions give, before the first is submitted.

SLURM takes a job whose time is above its partition's limit, or whose account may not use it, and
lets it wait for ever. Read only: ``scontrol show partition`` and ``sbatch --test-only``. Standard
library only.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PATIENCE = 30
"""Seconds that SLURM has for an answer."""

PASSING = re.compile(r"down|drained|inactive", re.IGNORECASE)
"""In refusals that may be over tomorrow."""

NOT_THERE = "not available"
"""In refusals of what no node has; a node that is drained counts as one that is not there."""

REFUSAL = re.compile(r"(?:error|allocation failure): *(.+)")

OPTIONS = {
    "slurm_partition": "--partition",
    "slurm_account": "--account",
    "runtime": "--time",
    "mem_mb": "--mem",
    "mem_mb_per_cpu": "--mem-per-cpu",
    "nodes": "--nodes",
    "tasks": "--ntasks",
    "gpu": "--gpus",
    "gres": "--gres",
    "constraint": "--constraint",
    "qos": "--qos",
}
"""Options of sbatch for resources of Snakemake."""


@dataclass(frozen=True)
class Request:
    """What the job of a rule asks for.

    Attributes
    ----------
    rule : str
    resources : dict
        By Snakemake's names.
    threads : int
    """

    rule: str
    resources: Mapping[str, Any]
    threads: int = 1

    def options(self) -> list[str]:
        """The options of ``sbatch``."""
        wanted = {option: self.resources.get(name) for name, option in OPTIONS.items()}
        given = [f"{option}={value}" for option, value in wanted.items() if value]
        extra = shlex.split(str(self.resources.get("slurm_extra") or ""))
        cpus = self.resources.get("cpus_per_task") or self.threads
        return [*given, f"--cpus-per-task={cpus}", *extra]


@dataclass(frozen=True)
class Finding:
    """What is wrong with a request, and whether it is so for good."""

    line: str
    for_good: bool


def requests(jobs: Iterable[Any]) -> list[Request]:
    """What Snakemake's jobs ask for: of each rule the first one that is submitted by itself."""
    found: dict[str, Request] = {}
    for job in jobs:
        if job.rule.name in found or job.is_local or job.group:
            continue
        known = {name: value for name, value in job.resources.items() if _is_known(value)}
        found[job.rule.name] = Request(job.rule.name, known, job.threads)
    return list(found.values())


def _is_known(value: Any) -> bool:
    """Whether a resource has its value yet: some follow from files that are not there."""
    return isinstance(value, int) or type(value) is str


def findings(wanted: Iterable[Request]) -> Iterator[Finding]:
    """What SLURM would not start; nothing where it does not answer."""
    partitions = _partitions(_answer(["scontrol", "show", "partition", "--oneliner"])[1])
    for request in wanted:
        if request.resources.get("slurm_cluster") or request.resources.get("clusters"):
            continue
        line = above_limit(request, partitions)
        if line:
            # A quality of service may lift the limit of a partition.
            yield Finding(line, not request.resources.get("qos"))
            continue
        code, said = _answer(["sbatch", "--test-only", *request.options(), "--wrap=true"])
        if code:
            passing = PASSING.search(said) or (NOT_THERE in said and _nodes_missing())
            yield Finding(refused(request, said, list(partitions)), not passing)


def above_limit(request: Request, partitions: Mapping[str, Mapping[str, str]]) -> str | None:
    """A request that its partition would let wait for ever, in one line."""
    name, limits = _of(request, partitions)
    minutes, most = request.resources.get("runtime"), minutes_of(limits.get("MaxTime", ""))
    if isinstance(minutes, int) and most is not None and minutes > most:
        return (
            f"rule {request.rule} asks for {minutes} minutes, and SLURM's partition {name} ends "
            f"jobs after {most}: it would wait for ever; set longest_job: {most}, or another "
            "slurm_partition"
        )
    account, allowed = request.resources.get("slurm_account"), limits.get("AllowAccounts", "ALL")
    if account and allowed != "ALL" and account not in allowed.split(","):
        return (
            f"rule {request.rule} asks for the account {account}, and SLURM's partition {name} is "
            f"for {allowed}: it would wait for ever; set slurm_account, or another slurm_partition"
        )
    return None


def refused(request: Request, said: str, partitions: list[str]) -> str:
    """What ``sbatch --test-only`` says of a request, in one line."""
    found = REFUSAL.findall(said)
    words = found[-1].strip() if found else said.strip().replace("\n", " ")
    there = f" (there are {', '.join(partitions)})" if "partition name" in words else ""
    wanted = " ".join(request.options())
    return f"rule {request.rule}: SLURM refuses its job: {words}{there}; it asks for {wanted}"


def minutes_of(limit: str) -> int | None:
    """Minutes of a time as SLURM writes it, "1-00:00:00"; None where there is no limit."""
    found = re.fullmatch(r"(?:(\d+)-)?(\d+):(\d+):(\d+)", limit)
    if found is None:
        return None
    days, hours, minutes, _ = (int(part or 0) for part in found.groups())
    return (days * 24 + hours) * 60 + minutes


def _nodes_missing() -> bool:
    """Whether nodes are out of service that may come back."""
    asked = ["sinfo", "--noheader", "--states=down,drain,fail,maint", "--format=%N"]
    return bool(_answer(asked)[1].strip())


def _of(
    request: Request, partitions: Mapping[str, Mapping[str, str]]
) -> tuple[str, Mapping[str, str]]:
    """The partition that a request goes to: the named one, else the cluster's usual one."""
    usual = [name for name, limits in partitions.items() if limits.get("Default") == "YES"]
    name = str(request.resources.get("slurm_partition") or "".join(usual[:1]))
    return name, partitions.get(name, {})


def _partitions(text: str) -> dict[str, dict[str, str]]:
    """The partitions of ``scontrol show partition --oneliner``."""
    lines = [dict(re.findall(r"(\w+)=(\S*)", line)) for line in text.splitlines()]
    return {line["PartitionName"]: line for line in lines if "PartitionName" in line}


def _answer(command: list[str]) -> tuple[int, str]:
    """Exit code of a command of SLURM and what it says; 0 and nothing where it does not answer."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return 0, ""
    return done.returncode, done.stdout + done.stderr
