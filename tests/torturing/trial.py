"""One trial: a run is disturbed, the disturbance is lifted, the run is made again and compared."""

import contextlib
import filecmp
import json
import re
import time
from dataclasses import dataclass
from random import Random

from torturing.faults import FAULTS
from torturing.running import Running, run
from torturing.scenes import Scene, fill, logs_of, small_disk

WORKFLOWS = 0.15
"""Share of trials on the whole workflow, where the fault can be one of it."""

TRACEBACK = "Traceback (most recent call last)"
BUSY = "is being written by"
ERROR_LINE = re.compile(r"^beyond_blur \w+: error: .+$", flags=re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """How a trial ended.

    Attributes
    ----------
    number : int
    fault : str
        Its name in the registry.
    victim : str
        A verb, or "workflow".
    words : str
        What was done.
    exit : int or None
        Of the disturbed run; None: it did not end.
    struck : bool
        Whether the disturbed run ended otherwise than an undisturbed one.
    identical : bool
        Whether the run made again ended with the same bytes, and nothing beside them.
    complaints : list of str
        Everything that is not as it should be; empty for a trial that is passed.
    seconds : float
    said : str
        What was printed, for whoever looks into a failure.
    """

    number: int
    fault: str
    victim: str
    words: str
    exit: int | None
    struck: bool
    identical: bool
    complaints: list
    seconds: float
    said: str


def run_trial(reference, folder, seed, number, kinds):
    """Make trial ``number`` of ``seed`` in ``folder``; the faults are drawn from ``kinds``."""
    rng, begin = Random(f"{seed}/{number}"), time.monotonic()
    name = rng.choices(kinds, [FAULTS[kind].weight for kind in kinds])[0]
    fault = FAULTS[name]
    whole = fault.workflow and rng.random() < WORKFLOWS
    scene = Scene(reference, folder, None if whole else draw_job(reference, rng), rng)
    with contextlib.ExitStack() as stack:
        if fault.own_disk:
            stack.enter_context(small_disk(scene.results))
        fill(scene, _undone(scene))
        with fault.disturb(scene) as disturbance:
            running = _start(scene, disturbance)
            stack.callback(running.end)
            disturbance.act(running)
            ended = running.wait(scene.limit)
            if scene.job:
                running.wait_for_all(scene.limit)
        said = logs_of(scene)
        complaints = judge(ended, said, disturbance.kills)
        again = _again(scene, disturbance, running)
        said_again = logs_of(scene)
        if scene.job:
            reference.lately[scene.victim] = again.seconds
        if again.returncode != 0:
            complaints.append(f"run again it ended with {again.returncode}")
        found = differences(reference.run / "results", scene.results)
        said = {"disturbed": ended.text, **said, "again": again.text,
                **{f"again, {log}": text for log, text in said_again.items()}}  # fmt: skip
        return Outcome(
            number, name, scene.victim, disturbance.words,
            ended.returncode, ended.returncode != 0, not found, complaints + found,
            time.monotonic() - begin, "\n".join(f"--- {k}\n{v}" for k, v in said.items()),
        )  # fmt: skip


def draw_job(reference, rng):
    """A verb first, then one of its jobs: figures are many."""
    verb = rng.choice(sorted({job.verb for job in reference.jobs}))
    return rng.choice([job for job in reference.jobs if job.verb == verb])


def _undone(scene):
    """The jobs that are left to do: the verb, or everything, or a few and what follows."""
    if scene.job:
        return [scene.job]
    jobs = scene.reference.jobs
    if scene.rng.random() < 0.3:
        return jobs
    return scene.reference.followed(scene.rng.sample(jobs, 2))


def _start(scene, disturbance):
    env = scene.reference.environment(**disturbance.variables)
    # Python 3.11 takes part of a compiled module for all of it where no more may be written, and
    # cannot import it ever after: of Python and not of the run, which has it compiled before.
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    if disturbance.torture:
        env["TORTURE"] = json.dumps(disturbance.torture)
    return Running([*disturbance.prefix, *scene.command], scene.folder, env, **disturbance.options)


def _again(scene, disturbance, disturbed):
    """The same command once more; after SIGKILL of Snakemake itself as it says."""
    env = scene.reference.environment()
    if disturbance.kills and any((scene.folder / ".snakemake/locks").glob("*")):
        run(scene.reference.workflow("--unlock"), scene.folder, env, scene.limit)
    again = run(scene.command, scene.folder, env, scene.limit)
    # Jobs outlive a Snakemake that was killed alone; a training that does says: wait for it.
    disturbed.wait_for_all(scene.limit)
    if again.returncode and BUSY in again.text:
        again = run(scene.command, scene.folder, env, scene.limit)
    return again


def judge(ended, said, killed):
    """Complaints about how a disturbed run ended and what it said."""
    complaints = []
    if ended.returncode is None:
        complaints.append(f"did not end in {ended.seconds:.0f} s")
    texts = [ended.text, *said.values()]
    if any(TRACEBACK in text for text in texts):
        complaints.append("a traceback")
    lines = [len(ERROR_LINE.findall(text)) for text in texts]
    if max(lines[1:], default=0) > 1:  # Snakemake repeats the line of each job that failed
        complaints.append("more than one line of error")
    if ended.returncode not in (0, None) and not killed and not any(lines):
        complaints.append(f"ended with {ended.returncode} without a line of error")
    return complaints


def differences(expected, found):
    """What two folders of results do not have in common, logs left out."""
    names = [
        {
            path.relative_to(top)
            for path in top.rglob("*")
            if path.relative_to(top).parts[0] != "logs"
        }
        for top in (expected, found)
    ]
    complaints = [f"{path} is missing" for path in sorted(names[0] - names[1])]
    complaints += [f"{path} is left over" for path in sorted(names[1] - names[0])]
    for path in sorted(names[0] & names[1]):
        if (expected / path).is_file() and not filecmp.cmp(expected / path, found / path, False):
            complaints.append(f"{path} has other bytes")
    return complaints
