"""Teams of threads that run one image: what the others do when one fails, or comes late."""

import threading

import numpy as np
import pytest

from beyond_blur.lbm.cpu import barrier, slabs
from beyond_blur.lbm.cpu import solver as cpu
from beyond_blur.lbm.trajectory import Trajectory

SECONDS = 60


def states(threads):
    """States of one image on so many threads."""
    phi = np.random.default_rng(0).random((1, 1, 64, 64), np.float32)
    constant, seeds, keep = np.full((1, 1), 9.5), np.zeros(1, int), np.ones((1, 1), int)
    return cpu.trajectories(phi, constant, Trajectory((0.0, 4.0), 0.1), seeds, keep, threads)


def run(threads):
    """What it raised, or the states. Hangs do not hang the tests."""
    found = []

    def call():
        try:
            found.append(states(threads))
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert found, "the others wait for good"
    return found[0]


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """Kernels: where their cache is empty they take longer than a test may hang."""
    states(1)


@pytest.fixture(autouse=True)
def small_slabs(monkeypatch):
    monkeypatch.setattr(slabs, "SLAB_CELLS", 1)


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_a_member_that_fails_does_not_leave_the_others_waiting(monkeypatch, rank):
    plain = cpu.Runner._run_slab

    def fails(self, slab, scratch, team, *others):
        if team.rank == rank:
            raise OSError("disk full")
        plain(self, slab, scratch, team, *others)

    monkeypatch.setattr(cpu.Runner, "_run_slab", fails)
    assert str(run(3)) == "disk full"


def test_a_thread_that_does_not_start_does_not_leave_the_others_waiting(monkeypatch):
    started = []

    class Pool(barrier.ThreadPoolExecutor):
        def submit(self, *arguments):
            started.append(1)
            if len(started) == 2:
                raise RuntimeError("can't start new thread")
            return super().submit(*arguments)

    monkeypatch.setattr(barrier, "ThreadPoolExecutor", Pool)
    assert str(run(3)) == "can't start new thread"


def test_members_that_come_late_are_waited_for(monkeypatch):
    """Long past the spinning of those who wait: they sleep by then."""
    expected, plain = run(1), cpu.Runner._run_slab

    def late(self, slab, scratch, team, *others):
        if team.rank == 1:
            threading.Event().wait(0.5)
        plain(self, slab, scratch, team, *others)

    monkeypatch.setattr(cpu.Runner, "_run_slab", late)
    np.testing.assert_array_equal(run(2), expected)
