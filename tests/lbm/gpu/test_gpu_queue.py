"""What is queued when, and what is kept on a machine from call to call."""

from types import SimpleNamespace

import numpy as np
import pytest
from emulation import machine as emulation
from gpu_cases import LAYOUTS, WIDTHS, Host, images

from beyond_blur.lbm.gpu import chunks
from beyond_blur.lbm.gpu.flow import make_problem
from beyond_blur.lbm.trajectory import Trajectory

PLACED = LAYOUTS["one warp"]
TRAJECTORY = Trajectory(WIDTHS, 0.3)


def problem_on(machine, **changes):
    options = {"shape": (8, 8), "channels": 1, "trajectory": TRAJECTORY, "placed": PLACED}
    return make_problem(machine, *(options | changes).values())


def test_the_next_chunk_is_queued_before_the_last_one_is_read(monkeypatch):
    told = []
    monkeypatch.setattr(chunks, "draw_flows", lambda machine, problem, seeds: None)
    monkeypatch.setattr(chunks, "run_chunk", lambda machine, problem, phi, *_: len(phi))

    def take(rows, states):
        told.append(("queued", *rows))
        return lambda: told.append(("read", *rows))

    keep, problem = np.array([[1], [12], [5], [9], [3]]), problem_on(Host())
    monkeypatch.setattr(chunks, "images_at_once", lambda *_: 2)
    chunks.run(Host(), problem, 0, images((8, 8), 5, 1), np.ones((5, 1)), np.arange(5), keep, take)
    assert told == [("queued", 1, 3), ("queued", 2, 4), ("read", 1, 3), ("queued", 0),
                    ("read", 2, 4), ("read", 0)]  # fmt: skip


def test_what_waits_is_read_before_chunks_become_smaller_or_are_given_up(monkeypatch):
    told, room = [], [2, 0, 1, 1, 0, 0]
    machine = Host()
    machine.out_of_memory, machine.release = MemoryError, lambda: told.append("released")
    monkeypatch.setattr(chunks, "draw_flows", lambda machine, problem, seeds: None)
    monkeypatch.setattr(chunks, "images_at_once", lambda *_: 2)

    def run_chunk(machine, problem, phi, *_):
        if len(phi) > room.pop(0):
            raise MemoryError("taken by others")

    monkeypatch.setattr(chunks, "run_chunk", run_chunk)
    problem = problem_on(machine)

    def take(rows, states):
        return lambda: told.append(list(rows))

    with pytest.raises(chunks.NoRoom, match=r"^taken by others$") as full:
        chunks.run(machine, problem, 0, images((8, 8), 6, 1), np.ones((6, 1)), np.arange(6),
                   np.ones((6, 1), int), take)  # fmt: skip
    assert told == [[0, 1], "released", [2], [3], "released"]
    assert list(full.value.rows) == [4, 5]


def test_states_are_read_beside_the_solver_s_own_stream(gpu, monkeypatch):
    told = []
    stream, reader = Stream("solver", told), Stream("reader", told)
    monkeypatch.setattr(gpu, "_stream", lambda device: stream)
    monkeypatch.setattr(gpu, "_reader", lambda device: reader)
    monkeypatch.setattr(gpu.cupy.cuda, "Device", lambda: SimpleNamespace(id=0))

    def get(stream):
        told.append(f"read on {stream.name}")
        return np.ones((2, 1, 1, 8, 8), np.float32)

    def run(*arguments):
        read = arguments[-1](np.array([0, 1]), SimpleNamespace(get=get))
        told.append("next chunk")
        read()

    monkeypatch.setattr(gpu, "_run_on_device", run)
    made = gpu.trajectories(images((8, 8), 2, 1), None, None, None, np.ones((2, 1), int))
    assert told == ["event on solver", "next chunk", "reader waits for event on solver",
                    "read on reader"]  # fmt: skip
    assert made.shape == (2, 1, 1, 8, 8) and (made == 1).all()


class Stream:
    def __init__(self, name, told):
        self.name, self.told = name, told

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def record(self):
        self.told.append(f"event on {self.name}")
        return self.told[-1]

    def wait_event(self, event):
        self.told.append(f"{self.name} waits for {event}")


def test_a_problem_is_put_on_a_machine_once_and_on_each_machine():
    first, other = Host(), Host()
    assert problem_on(first) is problem_on(first)
    assert problem_on(first) is not problem_on(other)
    faster = Trajectory(WIDTHS, 0.31)
    assert problem_on(first) is not problem_on(first, trajectory=faster)
    assert problem_on(first) is not problem_on(first, placed=PLACED._replace(rows=4))


def test_segments_are_made_once_whatever_levels_are_wanted(emulate):
    machine, before = emulate.machine(PLACED, "mirror"), chunks._segments_on.cache_info()
    phi, background, seeds = images((8, 8), 2, 1), np.full((2, 1), 9.5), np.arange(2)
    for last in (12, 3, 7):
        keep = np.array([[last], [last - 2]])
        emulation.trajectories(machine, PLACED, phi, background, TRAJECTORY, seeds, keep)
    after = chunks._segments_on.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits) == (1, 2)
    assert after.maxsize == make_problem.cache_info().maxsize == 8


@pytest.mark.parametrize("last", [1, 2, 6, 11, 12])
def test_segments_end_with_the_last_level_wanted(last):
    problem = problem_on(Host())
    end = int(problem.schedule.first_step[last])
    made = chunks._segments_on(Host(), problem, 6)
    kept = [segment.until(end, problem.spacing) for segment in made if segment.start < end]
    steps = np.concatenate([segment.steps for segment in kept])
    assert len(steps) == sum(len(segment.speed) for segment in kept) == end
    *_, level = steps.T
    assert level[-1] == last and set(level) - {0} == set(range(1, last + 1))
    for segment in kept:
        now, after = segment.steps.T[2:4]
        assert after.max() == segment.begin[-1] - 1 or segment is kept[-1]
        frame = np.repeat(np.arange(segment.n_frames), np.diff(segment.begin))
        t = segment.start + np.arange(len(segment.steps))
        np.testing.assert_array_equal(segment.first_frame + frame[now], t // problem.spacing)
        np.testing.assert_array_equal(segment.first_frame + frame[after], t // problem.spacing + 1)
        assert segment.n_frames == frame[after[-1]] + 1


@pytest.fixture
def functions(gpu, monkeypatch):
    """Kernels of a module that counts what is asked of it."""
    asked = []

    class Function:
        def __init__(self, name):
            asked.append(name)
            self.allowed = 0

        def __call__(self, grid, block, arguments, shared_mem):
            asked.append((grid, block, arguments, shared_mem))

        @property
        def max_dynamic_shared_size_bytes(self):
            asked.append("how much")
            return self.allowed

        @max_dynamic_shared_size_bytes.setter
        def max_dynamic_shared_size_bytes(self, size):
            asked.append(size)
            self.allowed = size

    monkeypatch.setattr(gpu.cupy, "RawModule", lambda **_: SimpleNamespace(get_function=Function))
    return asked


def test_a_kernel_and_its_shared_memory_are_asked_for_once(gpu, functions):
    machine = gpu.Cuda(PLACED, "mirror")
    launch = ((4, 1), (32,), ("x",), 1000)
    for _ in range(3):
        machine.launch("advance", (4, 1), 32, ("x",), 1000)
    assert functions == ["advance", "how much", 1000, launch, launch, launch]
    machine.launch("turns", (1, 1), 32, ())
    assert functions[6:] == ["turns", "how much", ((1, 1), (32,), (), 0)]
