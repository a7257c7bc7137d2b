"""Where one trial happens: a copy of the finished run from which some results are taken away."""

import contextlib
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from torturing.reference import Job, Reference

ROOM = 256
"""Megabytes of a small disk before it is made smaller."""


@dataclass(frozen=True)
class Scene:
    """A folder in which one verb, or the whole workflow, has something left to do.

    Attributes
    ----------
    reference : Reference
    folder : path
        Where the commands run.
    job : Job or None
        The verb; None: the workflow.
    rng : Random
    """

    reference: Reference
    folder: Path
    job: Job | None
    rng: Random

    @property
    def results(self):
        return self.folder / "results"

    @property
    def victim(self):
        """What a person calls it."""
        return self.job.verb if self.job else "workflow"

    @property
    def command(self):
        """What is disturbed, and run again."""
        if self.job is None:
            return self.reference.workflow()
        return ["bash", "-c", f"set -euo pipefail; export PYTHONUNBUFFERED=1; {self.job.command}"]

    @property
    def seconds(self):
        """How long it takes undisturbed."""
        usual = self.reference.seconds if self.job is None else self.job.seconds
        return self.reference.lately.get(self.victim, usual)

    @property
    def limit(self):
        """Seconds after which it hangs: a machine may be busy."""
        return 180 + 10 * self.seconds

    @property
    def bytes_made(self):
        """How much is still to be written."""
        absent = (name for name in self.reference.made if not (self.folder / name).exists())
        files = [self.reference.run / name for name in absent]
        return sum(path.stat().st_size for path in files if path.exists())


def fill(scene, jobs):
    """Copy the finished run and take away what ``jobs`` have made, and every log."""
    logs = shutil.ignore_patterns("logs") if scene.job is None else (
        shutil.ignore_patterns("logs", ".snakemake"))  # fmt: skip
    shutil.copytree(scene.reference.run, scene.folder, copy_function=shutil.copy2, ignore=logs,
                    dirs_exist_ok=True)  # fmt: skip
    for job in jobs:
        for name in {*job.outputs, *job.made}:
            (scene.folder / name).unlink(missing_ok=True)
    logs = scene.folder / "logs"
    logs.mkdir()
    # What a run says has to be read also where its results cannot be written.
    (scene.results / "logs").symlink_to(logs)
    for job in scene.reference.jobs:
        (scene.folder / job.log).parent.mkdir(parents=True, exist_ok=True)


def logs_of(scene):
    """What the verbs of a scene have said, by the name of the log; and take it away."""
    said = {}
    for path in (scene.folder / "logs").rglob("*"):
        if path.is_file():
            said[str(path.relative_to(scene.folder / "logs"))] = path.read_text(errors="replace")
            path.unlink()
    return said


@contextlib.contextmanager
def small_disk(folder):
    """A file system of its own in a folder; needs root."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}m,mode=755", "tmpfs", folder],
                   check=True)  # fmt: skip
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@dataclass(frozen=True)
class Disturbance:
    """What is done to a run.

    Attributes
    ----------
    words : str
        What a person reads.
    torture : dict
        What the injected module does, see there.
    options : dict
        Of `subprocess.Popen`.
    prefix : tuple of str
        Words before the command.
    variables : dict
        Of the environment.
    act : callable
        Called with the run that has just been started.
    kills : bool
        Whether the run is ended by a signal, and need not say why it ended.
    """

    words: str
    torture: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)
    prefix: tuple = ()
    variables: dict = field(default_factory=dict)
    act: object = lambda run: None
    kills: bool = False
