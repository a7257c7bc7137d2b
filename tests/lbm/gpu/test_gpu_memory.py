"""A card whose memory others have taken: smaller chunks; flows of few modes and between walls."""

import weakref

import numpy as np
import pytest
from emulation import machine as emulation
from gpu_cases import LAYOUTS, WIDTHS, Host, images

from beyond_blur.config import Velocity
from beyond_blur.lbm.gpu import chunks
from beyond_blur.lbm.gpu.flow import make_problem
from beyond_blur.lbm.trajectory import Trajectory

PLACED, N = LAYOUTS["one warp"], 5
TRAJECTORY = Trajectory(WIDTHS, 0.3)
KEEP = np.array([[12], [5], [7], [3], [9]])


def crowded(machine, room):
    """The machine with memory for the states of so many images at once."""
    launch, seen = machine.launch, []

    def tight(kernel, grid, threads, arguments, shared=0):
        if kernel == "advance":
            seen.append(grid[0])
            if grid[0] > room:
                raise MemoryError(f"{grid[0]} images")
        launch(kernel, grid, threads, arguments, shared)

    machine.launch = tight
    return seen


def run(machine, phi, room=2**30):
    background, seeds = np.full(phi.shape[:2], 9.5), np.arange(N)
    return emulation.trajectories(machine, PLACED, phi, background, TRAJECTORY, seeds, KEEP, room)


class Memory:
    """A card's memory, which machines share; and NumPy whose arrays lie there while held."""

    def __init__(self, n_bytes):
        self.n_bytes = self.free = self.least_free = n_bytes
        self.refused = 0

    def __getattr__(self, name):
        return getattr(np, name)

    def asarray(self, *given, **more):
        return self.holding(np.array(*given, **more))

    def empty(self, *given, **more):
        return self.holding(np.empty(*given, **more))

    def zeros(self, *given, **more):
        return self.holding(np.zeros(*given, **more))

    def holding(self, array):
        if array.nbytes > self.free:
            self.refused += 1
            raise MemoryError(f"{array.nbytes} of {self.free} bytes")
        self.taken(array.nbytes)
        weakref.finalize(array, self.taken, -array.nbytes)
        return array

    def taken(self, n_bytes):
        self.free -= n_bytes
        self.least_free = min(self.least_free, self.free)


@pytest.fixture
def job(emulate):
    """A machine with arrays in a memory; at its first steps, something else that happens."""

    def build(memory, meanwhile=lambda: None):
        machine, waiting = emulate.machine(PLACED, "mirror"), [meanwhile]
        machine.xp, launch = memory, machine.launch

        def launched(kernel, *rest):
            if kernel == "advance" and waiting:
                waiting.pop()()
            launch(kernel, *rest)

        machine.launch = launched
        return machine

    return build


@pytest.mark.thorough
def test_two_jobs_on_one_card_share_its_memory_and_both_come_out_right(emulate, job):
    one, other = images((8, 8), N, 1), 1 - images((8, 8), N, 1)
    expected = [run(emulate.machine(PLACED, "mirror"), phi) for phi in (one, other)]
    whole = Memory(2**40)
    run(job(whole), one)
    needed = whole.n_bytes - whole.least_free
    for measured in (False, True):  # the second measures room before the first takes it, or after
        memory, second = Memory(3 * needed // 2), []

        def meanwhile(memory=memory, second=second, measured=measured):
            room = memory.free // 2 if measured else 2**30
            second.append(run(job(memory), other, room))

        np.testing.assert_array_equal(run(job(memory, meanwhile), one), expected[0])
        np.testing.assert_array_equal(second[0], expected[1])
        assert (memory.refused == 0) == measured
        assert memory.least_free < needed // 2, "the two were there together"


@pytest.mark.thorough
def test_chunks_are_halved_until_they_fit_and_states_stay_the_same(emulate):
    phi = images((8, 8), N, 1)
    expected = run(emulate.machine(PLACED, "mirror"), phi)
    machine = emulate.machine(PLACED, "mirror")
    seen = crowded(machine, 1)
    np.testing.assert_array_equal(run(machine, phi), expected)
    assert seen[:2] == [5, 2] and max(seen[2:]) == 1


def test_states_that_were_read_are_free_before_a_smaller_chunk_is_tried(emulate, monkeypatch):
    machine, seen, starts, free = emulate.machine(PLACED, "mirror"), [], [], []
    monkeypatch.setattr(chunks, "CELLS_AT_ONCE", 2 * 64)
    launch = machine.launch

    def tight(kernel, *arguments):
        starts.append(kernel == "start")
        if kernel == "start" and sum(starts) == 2:
            raise MemoryError("taken by others")
        launch(kernel, *arguments)

    def finish(xp, rows, states):
        seen.append(weakref.ref(states))
        return states

    machine.launch = tight
    machine.release = lambda: free.append([states() is None for states in seen])
    phi, background = images((8, 8), N, 1), np.full((N, 1), 9.5)
    emulation.trajectories(machine, PLACED, phi, background, TRAJECTORY, np.arange(N), KEEP,
                           finish=finish)  # fmt: skip
    assert free == [[True]] and len(seen) == 4  # of two images and, after that, of one each


def test_without_room_for_one_the_images_left_are_told(emulate):
    machine = emulate.machine(PLACED, "mirror")
    crowded(machine, 0)
    with pytest.raises(chunks.NoRoom, match=r"^1 images$") as full:
        run(machine, images((8, 8), N, 1))
    assert list(full.value.rows) == [0, 4, 2, 1, 3]  # longest trajectories first


def test_a_flow_between_walls_is_refused():
    walled = Trajectory(WIDTHS, 0.3, Velocity(basis="walls"))
    with pytest.raises(ValueError, match=r"basis = walls is not on the GPU; set .*'cpu'"):
        make_problem(Host(), (8, 8), 1, walled, PLACED)


def test_waves_that_stand_still_leave_a_finite_scale(emulate):
    """Mean square 1 + cos of a turn is 0 after half a turn; rounding may leave less."""
    machine = emulate.machine(PLACED, "mirror")
    mean, swing = np.ones((1, 2), np.float32), np.full((1, 2, 1), -1.5, np.complex64)
    speed, turn = np.array([1e-3], np.float32), np.ones((1, 1), np.complex64)
    scale = np.empty((1, 1, 2), np.float32)
    machine.launch("scales", (1, 1), 256, (mean, swing, turn, speed, *map(np.int32, (2, 1, 1)),
                                           scale))  # fmt: skip
    np.testing.assert_allclose(scale, 1.0, rtol=1e-6)  # 1e-3 over the root of a millionth
