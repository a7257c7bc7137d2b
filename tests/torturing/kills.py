"""Runs that are stopped by a signal, or that another run gets in the way of."""

import contextlib
import signal
import time

from torturing.running import Running
from torturing.scenes import Disturbance

SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
"""Drawn from; SIGKILL twice, because nothing can be done against it."""


def _whom(scene):
    whole_group = scene.rng.random() < 0.5
    return whole_group, "the group" if whole_group else "the process alone"


@contextlib.contextmanager
def at_a_moment(scene):
    """A signal at a random moment."""
    number, (whole_group, whom) = scene.rng.choice(SIGNALS), _whom(scene)
    after = scene.rng.uniform(0, scene.seconds)

    def act(run):
        time.sleep(after)
        run.send(number, whole_group)

    words = f"{number.name} to {whom} after {after:.2f} s"
    yield Disturbance(words, act=act, kills=True)


@contextlib.contextmanager
def at_a_rename(scene):
    """A signal right before or right after a file takes its name."""
    yield _strike(scene, scene.rng.choice(("before", "after")))


@contextlib.contextmanager
def during_a_write(scene):
    """A signal in the first tenth of a second of a write."""
    yield _strike(scene, "during")


def _strike(scene, when):
    job = scene.job or scene.rng.choice(scene.reference.jobs)
    number, (whole_group, whom) = scene.rng.choice(SIGNALS), _whom(scene)
    # In the workflow the first verb that comes so far is struck.
    which = scene.rng.randint(1, len(job.made) if scene.job else 2)
    plan = {"when": when, "number": which, "signal": int(number), "whole_group": whole_group,
            "delay": scene.rng.choice((0, scene.rng.uniform(0, 0.1)))}  # fmt: skip
    event = "write" if when == "during" else "rename"
    words = f"{number.name} to {whom} {when} {event} {which}"
    return Disturbance(words, {"strike": plan}, kills=True)


@contextlib.contextmanager
def second_run(scene):
    """The same command once more, in the same folder, a little later."""
    after = scene.rng.choice((0, scene.rng.uniform(0, scene.seconds)))
    started = []

    def act(run):
        time.sleep(after)
        command = scene.command
        if scene.job:
            command = [word.replace(scene.job.log, f"{scene.job.log}.second") for word in command]
        second = Running(command, scene.folder, scene.reference.environment())
        started.append(second)
        second.wait(scene.limit)

    try:
        yield Disturbance(f"a second run after {after:.2f} s", act=act)
    finally:
        for run in started:
            run.end()
