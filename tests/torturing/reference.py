"""The run that nothing disturbed: its results, its jobs, and every rename it made."""

import base64
import json
import re
import shutil
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from torturing.running import run
from workflow.workflow_runs import copy_repository, environment

INJECTED = Path(__file__).parent / "injected"


@dataclass(frozen=True)
class Job:
    """One verb with its options, as the workflow called it.

    Attributes
    ----------
    verb : str
    command : str
        What Snakemake gave to the shell.
    log : str
        File that the command writes to.
    inputs : tuple of str
    outputs : tuple of str
        Declared outputs.
    made : tuple of str
        Every file that the call gave its name, in the order of the renames, with repetitions.
    seconds : float
        Until the last rename, as in the middle one of the verb's calls: one has to compile.
    """

    verb: str
    command: str
    log: str
    inputs: tuple
    outputs: tuple
    made: tuple
    seconds: float


@dataclass(frozen=True)
class Reference:
    """A finished run of preset tiny, the copy of the repository that made it, and its jobs.

    Attributes
    ----------
    place : path
        Where all of that is.
    jobs : tuple of Job
    seconds : float
        How long the run took.
    lately : dict
        Seconds that a verb took when it was run last: a machine is not always as busy.
    """

    place: Path
    jobs: tuple
    seconds: float
    lately: dict = field(default_factory=dict)

    @property
    def run(self):
        """The folder that the workflow ran in."""
        return self.place / "run"

    @property
    def made(self):
        """Every file that the jobs have made."""
        return {name for job in self.jobs for name in job.made}

    def followed(self, jobs):
        """Some jobs and all that make something of their results."""
        found, size = set(jobs), 0
        while len(found) > size:
            size, made = len(found), {name for job in found for name in job.outputs}
            found |= {job for job in self.jobs if made & set(job.inputs)}
        return found

    @property
    def repository(self):
        return self.place / "repository"

    def environment(self, **more):
        """Variables of a shell in which the repository's environment is active."""
        env = environment(self.repository, **more)
        env["PYTHONPATH"] = f"{INJECTED}:{env['PYTHONPATH']}"
        return env

    def workflow(self, *arguments):
        """The command that runs the workflow."""
        files = ["-s", self.repository / "Snakefile", "--configfile", self.place / "config.yaml"]
        return [sys.executable, "-m", "snakemake", *files, "--cores", "2", *arguments]


def make_reference(place):
    """Run the workflow once in ``place``, or take the run that an earlier call has made there."""
    place = Path(place).absolute()
    notes, ready = place / "notes.jsonl", place / "ready"
    if not ready.exists():
        for name in ("repository", "run"):
            shutil.rmtree(place / name, ignore_errors=True)
        copy_repository(place / "repository")
        (place / "run").mkdir()
        (place / "config.yaml").write_text("preset: tiny\n")
        notes.write_text("")
        blank = Reference(place, (), 0.0)
        env = blank.environment(TORTURE=json.dumps({"notes": str(notes)}))
        done = run(blank.workflow(), blank.run, env, limit=1200)
        if done.returncode != 0:
            raise RuntimeError(f"the undisturbed run failed:\n{done.text}")
        ready.write_text(str(done.seconds))
    calls = [json.loads(line) for line in notes.read_text().splitlines()]
    jobs = sorted(_jobs(place / "run", calls), key=lambda job: job.command)
    verbs = {job.verb for job in jobs}
    times = {verb: median(job.seconds for job in jobs if job.verb == verb) for verb in verbs}
    jobs = tuple(replace(job, seconds=times[job.verb]) for job in jobs)
    return Reference(place, jobs, float(ready.read_text()))


def _jobs(folder, calls):
    """The jobs that Snakemake's records of its outputs name, with the renames of each."""
    outputs, records = {}, {}
    metadata = folder / ".snakemake/metadata"
    for path in metadata.rglob("*"):
        if path.is_file():
            # A name too long for one file is spread over folders that begin with "@".
            coded = "".join(part.removeprefix("@") for part in path.relative_to(metadata).parts)
            record = json.loads(path.read_text())
            outputs.setdefault(record["shellcmd"], []).append(base64.b64decode(coded).decode())
            records[record["shellcmd"]] = record
    for command, made in outputs.items():
        call = {entry["call"] for entry in calls if entry["target"] in made}
        entries = [entry for entry in calls if entry["call"] in call]
        yield Job(
            re.search(r"-m beyond_blur (\w+)", command)[1], command, records[command]["log"][0],
            tuple(records[command]["input"]), tuple(sorted(made)),
            tuple(entry["target"] for entry in entries),
            max(entry["at"] for entry in entries),
        )  # fmt: skip
