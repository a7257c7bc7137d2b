"""Noise is standard normal, seeded, and belongs to a batch or to a sample."""

import pytest
import torch

from beyond_blur.processes.noise import BatchNoise, PartNoise, SampleNoise


def test_noise_is_standard_normal_and_seeded():
    noise = BatchNoise(1, 2)
    x = noise.normal(torch.empty(100_000))
    assert abs(float(x.mean())) < 0.02
    assert float(x.std()) == pytest.approx(1, abs=0.02)
    assert torch.equal(BatchNoise(1, 2).normal(x), x)
    assert not torch.equal(BatchNoise(2, 1).normal(x), x)
    assert set(noise.integers(1, 3, 1000).tolist()) == {1, 2, 3}


def test_sample_noise_belongs_to_the_sample_not_to_the_batch():
    like = torch.empty(3, 1, 4, 4)
    batch = SampleNoise(0, [5, 6, 7]).normal(like)
    alone = SampleNoise(0, [6]).normal(like[:1])
    assert torch.equal(batch[1], alone[0])
    assert torch.equal(*SampleNoise(0, [5, 5]).normal(like[:2]))  # shared noise
    with pytest.raises(ValueError, match="1 rows for noise of 2 samples"):
        SampleNoise(0, [1, 2]).normal(like[:1])
    with pytest.raises(ValueError, match="1 rows for noise of 2 samples"):
        SampleNoise(0, [1, 2]).integers(1, 2, 1)
    assert SampleNoise(0, [1, 2]).integers(1, 9, 2).shape == (2,)


def test_parts_of_a_batch_draw_the_noise_of_the_whole():
    like = torch.empty(5, 1, 4, 4)
    whole = BatchNoise(0)
    expected = whole.integers(1, 9, 5), whole.normal(like)
    drawn = []
    for part in (slice(0, 2), slice(2, 5)):
        noise, n = PartNoise(BatchNoise(0), 5, part), part.stop - part.start
        drawn.append((noise.integers(1, 9, n), noise.normal(like[part])))
    for i in (0, 1):
        assert torch.equal(torch.cat([drawn[0][i], drawn[1][i]]), expected[i])
    with pytest.raises(ValueError, match="4 rows for noise of 3 rows"):
        noise.normal(like[:4])
