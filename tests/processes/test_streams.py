"""Random streams: their numbers and what they draw are part of every result."""

import numpy as np
import torch

from beyond_blur.processes.noise import BatchNoise, Stream, Use, mix
from beyond_blur.sampling.priors import prior_rows, seed_of_round
from beyond_blur.training.batches import order_of_epoch


def test_streams_keep_their_numbers():
    assert {stream.name: stream.value for stream in Stream} == {
        "EPOCH_ORDER": 1, "TRAINING_NOISE": 2, "DROPOUT": 3, "STREAMED_LEVELS": 4,
        "HELD_OUT_NOISE": 5, "SAMPLE_NOISE": 6,
    }  # fmt: skip
    assert {use.name: use.value for use in Use} == {"NORMAL": 0, "INTEGERS": 1}


def test_a_named_stream_draws_what_its_number_draws():
    assert mix(7, Stream.DROPOUT, 11) == mix(7, 3, 11)
    like = torch.empty(4)
    named, plain = (BatchNoise(7, s, 11) for s in (Stream.TRAINING_NOISE, 2))
    assert torch.equal(named.normal(like), plain.normal(like))
    levels = (np.random.default_rng((7, s, 2)).random(3) for s in (Stream.STREAMED_LEVELS, 4))
    np.testing.assert_array_equal(*levels)


def test_seeds_of_different_purposes_differ():
    """SeedSequence fills up with zeros; no purpose is another one with zeros at its end."""
    several, one = range(40), [()]
    purposes = {
        "weights": ((), one),
        "EPOCH_ORDER": ((Stream.EPOCH_ORDER,), [(i,) for i in several]),
        "TRAINING_NOISE": ((Stream.TRAINING_NOISE,), [(i,) for i in several]),
        "DROPOUT": ((Stream.DROPOUT,), [(i,) for i in several]),
        "HELD_OUT_NOISE": ((Stream.HELD_OUT_NOISE,), one),
        "SAMPLE_NOISE": ((Stream.SAMPLE_NOISE,), one),
    }
    assert {*purposes, "STREAMED_LEVELS"} == {*Stream.__members__, "weights"}
    found = {}
    for seed in range(40):
        for name, (stream, ends) in purposes.items():
            for end in ends:
                found.setdefault(mix(seed, *stream, *end), []).append((seed, name, *end))
    assert [users for users in found.values() if len(users) > 1] == []
    assert mix(0, 2) == mix(0, 2, 0) and mix(2**32) == mix(0, 1)


def test_orders_are_those_of_finished_results():
    expected = torch.randperm(9, generator=torch.Generator().manual_seed(mix(5, 1, 2)))
    assert torch.equal(order_of_epoch(9, 2, 5), expected)
    assert seed_of_round(4, 3) == 4_000_015
    expected = torch.randperm(9, generator=torch.Generator().manual_seed(4_000_012))
    assert torch.equal(prior_rows(9, 9, 4), expected)
