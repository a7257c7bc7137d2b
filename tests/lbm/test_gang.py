"""Threads that run one image together: what one of them does when another fails."""

import threading

import numpy as np
import pytest

from beyond_blur.lbm.cpu import barrier
from beyond_blur.lbm.cpu import solver as cpu
from beyond_blur.lbm.trajectory import Trajectory

SECONDS = 60


def run(threads):
    """One image on so many threads; what it raised, or its states. Hangs do not hang the tests."""
    trajectory = Trajectory((0.0, 4.0), 0.1)
    phi, found = np.random.default_rng(0).random((1, 1, 64, 64), np.float32), []

    def call():
        try:
            found.append(cpu.trajectories(phi, np.full((1, 1), 9.5), trajectory,
                                          np.zeros(1, int), np.ones((1, 1), int),
                                          threads))  # fmt: skip
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert found, "the others wait for good"
    return found[0]


@pytest.fixture(autouse=True)
def small_bands(monkeypatch):
    monkeypatch.setattr(cpu, "BAND_CELLS", 1)


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_a_member_that_fails_does_not_leave_the_others_waiting(monkeypatch, rank):
    plain = cpu.Runner._run_band

    def fails(self, scratch, place, *others):
        if place.rank == rank:
            raise OSError("disk full")
        plain(self, scratch, place, *others)

    monkeypatch.setattr(cpu.Runner, "_run_band", fails)
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
    """Long past the patience of those who look for them."""
    expected, plain = run(1), cpu.Runner._run_band

    def late(self, scratch, place, *others):
        if place.rank == 1:
            threading.Event().wait(0.5)
        plain(self, scratch, place, *others)

    monkeypatch.setattr(cpu.Runner, "_run_band", late)
    np.testing.assert_array_equal(run(2), expected)
