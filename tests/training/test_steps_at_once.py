"""Batches of several steps in one call are those of one by one, and no more than there is room."""

import copy

import numpy as np
import pytest
import torch

from beyond_blur.config import AdvectionDiffusionOptions, Corruption, Levels, Velocity
from beyond_blur.training import loop, streamed_pairs
from beyond_blur.training.steps_at_once import (
    MOST_BYTES,
    SHARE,
    DeviceFacts,
    facts_of,
    steps_at_once,
)
from beyond_blur.training.streamed_pairs import StreamedPairs
from small_runs import PROCESS, SPEC, same, start, weights

LEVELS = Levels(n_levels=5, sigma_min=0.5, sigma_max=3.0)
FLOW = AdvectionDiffusionOptions(peclet=0.1, velocity=Velocity(speed_limit=0.05))
N, BATCH = 10, 4  # so that an epoch ends inside of a call
IMAGES = np.random.default_rng(0).integers(0, 256, (N, 1, 9, 8), dtype=np.uint8)
THREE = DeviceFacts(3 * BATCH - 1, 2**30)


def stream(facts=THREE, **changes):
    settings = {"batch_size": BATCH, "seed": 3, "depth": 2, "facts": facts, **changes}
    return StreamedPairs(IMAGES, np.arange(N), FLOW, LEVELS, Corruption(), **settings)


@pytest.fixture
def one_by_one():
    """Batches of the first ten steps, each made in a call of its own."""
    with stream(None, depth=0) as pairs:
        return [pairs.batch(step) for step in range(10)]


@pytest.fixture
def calls(monkeypatch):
    """Images of every call of the solver."""
    seen, corrupt = [], streamed_pairs.corrupt

    def noted(images, *rest):
        seen.append(len(images))
        return corrupt(images, *rest)

    monkeypatch.setattr(streamed_pairs, "corrupt", noted)
    return seen


def assert_equal(a, b):
    assert a.keys() == b.keys()
    for name in a:
        torch.testing.assert_close(a[name], b[name], rtol=0, atol=0)
        assert a[name].is_contiguous()


@pytest.mark.parametrize(
    ("multiprocessors", "n_rows", "expected"),
    [(132, 128, 2), (132, 132, 1), (132, 131, 2), (132, 32, 5), (132, 1, 132), (1, 64, 1)],
)
def test_every_multiprocessor_gets_an_image(multiprocessors, n_rows, expected):
    assert steps_at_once(DeviceFacts(multiprocessors, 2**40), n_rows, 1, 2) == expected
    assert steps_at_once(None, n_rows, 1, 2) == 1


@pytest.mark.parametrize("depth", [0, 2])
@pytest.mark.parametrize("free", [0, 10_000, 100_000, 10**7, 2**50])
def test_batches_made_ahead_take_no_more_than_their_share_of_the_memory(free, depth):
    """One call's batches are handed out while the next call's are made; one at least is."""
    for step_bytes in (1, 70, 3000, 2**20):
        n = steps_at_once(DeviceFacts(10**6, free), 1, step_bytes, depth)
        room = min(free // SHARE, MOST_BYTES)
        assert n == 1 or (2 * n + depth) * step_bytes <= room
        assert n == 10**6 or (2 * (n + 1) + depth) * step_bytes > room


@pytest.mark.parametrize("depth", [0, 1, 4])
def test_steps_made_at_once_are_those_made_one_by_one_in_any_order(one_by_one, calls, depth):
    with stream(depth=depth) as pairs:
        for step in (0, 1, 2, 3, 4, 5, 8, 9, 7, 7, 0, 2):
            assert_equal(pairs.batch(step), one_by_one[step])
    assert set(calls) == {3 * BATCH}


def test_a_run_that_goes_on_inside_of_a_call_gets_the_same_batches(one_by_one):
    for first in range(1, 6):
        with stream() as pairs:
            for step in range(first, 10):
                assert_equal(pairs.batch(step), one_by_one[step])


def test_processes_that_share_a_batch_fill_their_own_devices(one_by_one, calls):
    with stream(depth=0) as first, stream(depth=0) as last:
        for step in range(4):
            parts = [first.batch(step, slice(0, 3)), last.batch(step, slice(3, 4))]
            joined = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
            assert_equal(joined, one_by_one[step])
    assert calls == [12, 11]  # ceil(11 / 3) steps of 3 rows, 11 steps of 1


@pytest.mark.parametrize("depth", [0, 2])
def test_the_last_call_ends_with_the_run(one_by_one, calls, depth):
    with stream(depth=depth, iterations=7) as pairs:
        for step in range(7):
            assert_equal(pairs.batch(step), one_by_one[step])
        assert calls == [12, 12, 4] and pairs.pairs_made == 28
        assert_equal(pairs.batch(8), one_by_one[8])  # somebody may still look
    assert calls == [12, 12, 4, 4]


def test_without_facts_of_a_device_each_call_makes_one_batch(calls):
    with stream(None, depth=0) as pairs:
        pairs.batch(0), pairs.batch(1)
    assert calls == [BATCH, BATCH]


@pytest.mark.parametrize("stops_after", [1, 2, 4])
def test_a_run_resumed_inside_of_a_call_equals_an_unbroken_one_of_single_steps(stops_after):
    whole, broken, resumed = start(), start(), start()
    with stream(None) as pairs:
        loop.train(whole, PROCESS, pairs, SPEC)
    with stream(iterations=SPEC.iterations) as pairs:
        loop.train(broken, PROCESS, pairs, SPEC, stop=lambda: broken.step == stops_after)
    resumed.load_state_dict(copy.deepcopy(broken.state_dict()))
    with stream(iterations=SPEC.iterations) as pairs:
        loop.train(resumed, PROCESS, pairs, SPEC)
    assert same(weights(whole), weights(resumed))


def test_facts_are_asked_of_the_device_itself(monkeypatch):
    class Properties:
        multi_processor_count = 132

    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (7, 9))
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: Properties)
    assert facts_of(torch.device("cuda", 1)) == DeviceFacts(132, 7)
