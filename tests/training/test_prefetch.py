"""Pairs made ahead are the pairs of their step, whatever was expected, and errors reach the run."""

import threading

import pytest
import torch

from beyond_blur.processes import TrainingPair
from beyond_blur.training.batches import CachedRows, pair_of_step
from beyond_blur.training.prefetch import PreparedPairs, number_of
from small_runs import PROCESS, SPEC


class Watched:
    """A source that notes which thread asks it for which step."""

    def __init__(self, rows, fails_at=None):
        self.rows, self.fails_at, self.asked = CachedRows(rows, SPEC.batch_size, 0), fails_at, []

    def batch(self, step, part):
        self.asked.append((step, threading.current_thread() is threading.main_thread()))
        if step == self.fails_at:
            raise OSError("the disk is gone")
        return self.rows.batch(step, part)

    def name(self, step, row):
        return self.rows.name(step, row)


def equal(a: TrainingPair, b: TrainingPair) -> bool:
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in ("x_k", "k", "target"))


@pytest.mark.parametrize("ahead", [True, False])
@pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 3, 0, 5], [1, 1, 4]])
def test_pairs_are_those_of_the_step_in_any_order(source, order, ahead):
    with PreparedPairs(PROCESS, source, SPEC, ahead=ahead) as pairs:
        for step in order:
            assert equal(pairs.of_step(step), pair_of_step(PROCESS, source, SPEC, step))


def test_the_next_step_is_made_in_a_thread_and_none_after_the_last(source):
    watched = Watched(source)
    with PreparedPairs(PROCESS, watched, SPEC, ahead=True) as pairs:
        for step in range(SPEC.iterations):
            pairs.of_step(step)
    assert watched.asked == [(step, False) for step in range(SPEC.iterations)]


def test_what_goes_wrong_in_the_thread_is_raised_at_its_step(source):
    with PreparedPairs(PROCESS, Watched(source, fails_at=1), SPEC, ahead=True) as pairs:
        pairs.of_step(0)
        with pytest.raises(OSError, match="the disk is gone"):
            pairs.of_step(1)


def test_the_source_is_at_rest_when_it_is_looked_at(source):
    watched = Watched(source)
    with PreparedPairs(PROCESS, watched, SPEC, ahead=True) as pairs:
        pairs.of_step(0)
        assert pairs.at_rest() is watched
        asked = list(watched.asked)
        assert equal(pairs.of_step(1), pair_of_step(PROCESS, source, SPEC, 1))
        assert watched.asked[: len(asked)] == asked


def test_the_thread_ends_with_the_run(source):
    before = threading.active_count()
    with PreparedPairs(PROCESS, source, SPEC, ahead=True) as pairs:
        pairs.of_step(0)
    pairs.close()
    assert threading.active_count() == before


def test_time_spent_waiting_is_counted(source):
    with PreparedPairs(PROCESS, source, SPEC, ahead=False) as pairs:
        pairs.of_step(0)
        assert pairs.seconds_waited > 0


def test_the_thread_is_on_the_device_of_the_process(monkeypatch):
    """By number: torch takes no device without one."""
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 3)
    assert [number_of(torch.device(name)) for name in ("cuda", "cuda:2", "cpu")] == [3, 2, -1]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_pairs_are_those_of_the_cpu_while_the_queue_is_full(source):
    from beyond_blur.training.distributed import Group

    with PreparedPairs(PROCESS, source, SPEC, Group("cuda")) as pairs:
        for step in range(SPEC.iterations):
            busy = torch.randn(2048, 2048, device="cuda")
            for _ in range(20):
                busy = busy @ busy / 64
            made = pairs.of_step(step)
            on_cpu = TrainingPair(made.x_k.cpu(), made.k.cpu(), made.target.cpu())
            assert equal(on_cpu, pair_of_step(PROCESS, source, SPEC, step))
