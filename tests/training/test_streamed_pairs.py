"""Streamed pairs: what comes depends on the seed and the step, on nothing else."""

import copy
import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from beyond_blur.config import AdvectionDiffusionOptions, Corruption, Levels, Velocity
from beyond_blur.corruption import backend
from beyond_blur.corruption import pairs as pairs_module
from beyond_blur.corruption.pairs import flow_seeds
from beyond_blur.corruption.states import corrupt
from beyond_blur.lbm import diffusion_on_device
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.training import loop, streamed_pairs
from beyond_blur.training.monitor import stream_cost
from beyond_blur.training.steps_at_once import DeviceFacts
from beyond_blur.training.streamed_pairs import StreamedPairs
from small_runs import PROCESS, SPEC, same, start, weights

LEVELS = Levels(n_levels=5, sigma_min=0.5, sigma_max=3.0)
FLOW = AdvectionDiffusionOptions(peclet=0.1, velocity=Velocity(speed_limit=0.05))
N, BATCH = 10, 4
IDS = np.arange(100, 100 + N)
IMAGES = np.random.default_rng(0).integers(0, 256, (N, 2, 9, 8), dtype=np.uint8)


def stream(depth=2, levels=LEVELS, spec=FLOW, options=None, images=IMAGES, **changes):
    settings = {"batch_size": BATCH, "seed": 3, "depth": depth, **changes}
    return StreamedPairs(images, IDS, spec, levels, options or Corruption(), **settings)


def assert_equal(a, b):
    assert a.keys() == b.keys()
    for name in a:
        torch.testing.assert_close(a[name], b[name], rtol=0, atol=0)


def test_any_order_prefetched_or_not_gives_the_same_batches():
    with stream(depth=0) as plain, stream(depth=2, threads=2) as ahead:
        expected = {step: plain.batch(step) for step in range(6)}
        for step in (0, 1, 2, 5, 3, 4, 4, 0):
            assert_equal(ahead.batch(step), expected[step])


def test_parts_make_up_the_whole():
    with stream(depth=0) as whole, stream(depth=1) as first, stream(depth=1) as last:
        for step in (0, 1, 2):
            parts = [first.batch(step, slice(0, 3)), last.batch(step, slice(3, 4))]
            joined = {name: torch.cat([p[name] for p in parts]) for name in parts[0]}
            assert_equal(joined, whole.batch(step))


def test_rows_are_states_of_neighbouring_levels_of_their_images():
    trajectory = Trajectory.from_options(FLOW, LEVELS, Corruption())
    with stream() as pairs:
        rows, epochs, k = pairs._choose(2)  # places 8..11: the end of epoch 0 and the next one
        made = pairs.batch(2)
    assert epochs.tolist() == [0, 0, 1, 1]
    assert made["k"].tolist() == k.tolist()
    for i in range(BATCH):
        states = corrupt(
            IMAGES[rows[i : i + 1]] / np.float32(255), trajectory,
            flow_seeds(3, IDS[rows[i : i + 1]], epochs[i]), np.array([[k[i], k[i] - 1]]),
        )  # fmt: skip
        np.testing.assert_array_equal(made["x_k"][i].numpy(), states[0, 0])
        np.testing.assert_array_equal(made["x_previous"][i].numpy(), states[0, 1])
    assert {name: values.dtype for name, values in made.items()} == {
        "x_k": torch.float32, "x_previous": torch.float32, "k": torch.int64,
    }  # fmt: skip


@pytest.fixture
def flows(monkeypatch):
    """Seeds of all flows made so far."""
    seen, make = [], flow_seeds

    def noted(*arguments):
        seeds = make(*arguments)
        seen.extend(seeds.tolist())
        return seeds

    monkeypatch.setattr(pairs_module, "flow_seeds", noted)
    return seen


def test_every_epoch_shows_every_image_once_and_no_flow_comes_twice(flows):
    with stream(depth=0) as pairs:
        rows = np.concatenate([pairs._choose(step)[0] for step in range(5)])
        for step in range(5):
            pairs.batch(step)
    assert sorted(rows[:N]) == sorted(rows[N:]) == list(range(N))
    assert rows[:N].tolist() != rows[N:].tolist()
    assert len(flows) == len(set(flows)) == 2 * N


def test_flows_depend_on_image_and_epoch_and_not_on_the_batch_size(flows):
    for batch_size, n_steps in ((4, 5), (10, 2)):
        with stream(depth=0, batch_size=batch_size) as pairs:
            for step in range(n_steps):
                pairs.batch(step)
    assert len(flows) == 4 * N
    assert flows[: 2 * N] == flows[2 * N :]


def test_levels_are_uniform_and_stratified():
    with stream(depth=0, batch_size=10) as pairs:
        for step in range(20):
            k = pairs._choose(step)[2]
            assert np.bincount(k, minlength=6).tolist() == [0, 2, 2, 2, 2, 2]
    with stream(depth=0, batch_size=8, levels=replace(LEVELS, train_last_level=False)) as pairs:
        assert set(pairs._choose(0)[2]) == {1, 2, 3, 4}
    with stream(depth=0, batch_size=1) as pairs:
        assert {int(pairs._choose(step)[2][0]) for step in range(60)} == {1, 2, 3, 4, 5}


def test_float_images_are_grey_values_as_they_are():
    floats = IMAGES.astype(np.float32) / np.float32(255)
    with stream(depth=0) as pairs:
        expected = pairs.batch(1)
    with StreamedPairs(floats, IDS, FLOW, LEVELS, Corruption(), batch_size=BATCH, seed=3) as pairs:
        assert_equal(pairs.batch(1), expected)


def test_an_error_in_the_thread_reaches_the_caller_and_does_not_stick(monkeypatch):
    with stream() as pairs:
        monkeypatch.setattr(streamed_pairs, "corrupt", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pairs.batch(0)
        monkeypatch.undo()
        assert pairs.batch(7)["k"].shape == (BATCH,)


def test_close_joins_the_thread():
    before = threading.active_count()
    pairs = stream()
    pairs.batch(0)
    assert threading.active_count() > before
    pairs.close()
    pairs.close()
    assert threading.active_count() == before


def test_the_thread_has_the_cuda_device_of_its_maker(monkeypatch):
    """Else every process of a node would run its solver on the first one."""
    taken = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 3)
    monkeypatch.setattr(
        torch.cuda, "set_device", lambda i: taken.append((i, threading.current_thread().name))
    )
    with stream() as pairs:
        pairs.batch(0)
    assert taken == [(3, "pairs_0")]


def test_counters_count():
    with stream(depth=0) as pairs:
        pairs.batch(0), pairs.batch(1, slice(0, 2))
    assert pairs.pairs_made == 6
    assert pairs.seconds_working > 0


def test_what_is_told_of_the_cost_says_what_is_counted(monkeypatch):
    with stream(depth=0) as pairs:
        pairs.batch(0)
    line = stream_cost(pairs, 0.4, BATCH, 1.5)
    assert " ms to make one, beside 100 ms of training per image; training waited " in line
    assert line.endswith("1.5 s for them") and not pairs.left_on_device

    class Queued(dict):
        def to_torch(self):
            return torch.zeros(BATCH, 2, 2, 9, 8)

    monkeypatch.setattr(streamed_pairs, "choose", lambda *_: backend.Backend("gpu", on_device=True))
    monkeypatch.setattr(streamed_pairs, "corrupt_on_device", lambda *_: Queued())
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: SimpleNamespace(cuda_stream=7))
    with stream(depth=0, device="cuda", facts=DeviceFacts(1, 0)) as pairs:
        pairs.batch(0)
    line = stream_cost(pairs, 0.4, BATCH, 1.5)
    assert " ms of the host's time to make one, beside 100 ms of training per image; " in line
    assert "the host waited " in line and "device's time for them" in line and pairs.left_on_device


@pytest.mark.parametrize("depth", [0, 2])
def test_without_a_flow_pairs_are_left_on_the_device_and_are_the_cpus_but_for_rounding(
    monkeypatch, depth
):
    still = replace(FLOW, peclet=0.0)
    with stream(spec=still) as pairs:
        expected = [pairs.batch(step) for step in range(5)]
        assert not pairs.left_on_device
    monkeypatch.setattr(diffusion_on_device, "here", lambda: torch.device("cpu"))
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: SimpleNamespace(cuda_stream=7))
    facts = DeviceFacts(2 * BATCH, 2**30)
    with stream(depth, spec=still, device="cuda", facts=facts) as pairs:
        for step, there in enumerate(expected):
            made = pairs.batch(step)
            assert torch.equal(made["k"], there["k"])
            for name in ("x_k", "x_previous"):
                torch.testing.assert_close(made[name], there[name], rtol=0, atol=1.2e-7)
        assert pairs.left_on_device


def test_what_cannot_be_streamed_is_refused_at_once():
    with pytest.raises(ValueError, match="none of 1 levels to train on"):
        stream(levels=Levels(n_levels=1, train_last_level=False))
    with pytest.raises(ValueError, match=r"lower peclet to"):
        stream(spec=AdvectionDiffusionOptions(peclet=50.0))
    with pytest.raises(ValueError, match=r"image_ids must be \(10,\)"):
        StreamedPairs(IMAGES, IDS[1:], FLOW, LEVELS, Corruption(), batch_size=4, seed=0)
    with pytest.raises(ValueError, match=r"n > 0"):
        StreamedPairs(IMAGES[:0], IDS[:0], FLOW, LEVELS, Corruption(), batch_size=4, seed=0)
    with stream(depth=0) as pairs, pytest.raises(ValueError, match="contiguous rows"):
        pairs.batch(0, slice(0, 4, 2))


def test_a_resumed_run_on_streamed_pairs_equals_an_unbroken_one():
    whole, broken, resumed = start(), start(), start()
    with stream(images=IMAGES[:, :1]) as pairs:
        loop.train(whole, PROCESS, pairs, SPEC)
    with stream(images=IMAGES[:, :1]) as pairs:
        loop.train(broken, PROCESS, pairs, SPEC, stop=lambda: broken.step == 3)
    resumed.load_state_dict(copy.deepcopy(broken.state_dict()))
    with stream(images=IMAGES[:, :1]) as pairs:
        loop.train(resumed, PROCESS, pairs, SPEC)
    assert same(weights(whole), weights(resumed))
