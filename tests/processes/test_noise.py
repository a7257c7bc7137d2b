"""Noise is standard normal, seeded, and belongs to a batch or to a sample."""

import counted_noise
import pytest
import torch

from beyond_blur.processes import noise as module
from beyond_blur.processes.noise import BatchNoise, PartNoise, SampleNoise


def test_noise_is_standard_normal_and_seeded():
    noise = BatchNoise(1, 2)
    x = noise.normal(torch.empty(100_000))
    assert abs(float(x.mean())) < 0.02
    assert float(x.std()) == pytest.approx(1, abs=0.02)
    assert torch.equal(BatchNoise(1, 2).normal(x), x)
    assert not torch.equal(BatchNoise(2, 1).normal(x), x)
    assert set(noise.integers(1, 3, 1000).tolist()) == {1, 2, 3}


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


def test_sample_noise_belongs_to_the_sample_not_to_the_batch():
    like = torch.empty(3, 1, 5, 5)
    batch, other = SampleNoise(0, [5, 6, 7]), SampleNoise(0, [7, 6])
    for _ in range(2):
        drawn, turned = batch.normal(like), other.normal(like[:2])
        assert torch.equal(drawn[1:].flip(0), turned)
    drawn, turned = batch.integers(0, 2**62, 3), other.integers(0, 2**62, 2)
    assert torch.equal(drawn[1:].flip(0), turned)
    assert torch.equal(*SampleNoise(0, [5, 5]).normal(like[:2]))  # shared noise


def test_rows_and_numbers_of_samples_that_cannot_be_are_refused():
    noise = SampleNoise(0, [1, 2])
    with pytest.raises(ValueError, match="1 rows for noise of 2 samples"):
        noise.normal(torch.empty(1, 4))
    with pytest.raises(ValueError, match="1 rows for noise of 2 samples"):
        noise.integers(1, 2, 1)
    for number in (-1, 2**32):
        with pytest.raises(ValueError, match=f"noise of sample {number}: give it a number from 0"):
            SampleNoise(0, [1, number])


def test_sample_noise_is_that_of_the_definition():
    seed, samples = 2**40 + 3, [0, 7, 2**32 - 1]
    noise, like = SampleNoise(seed, samples), torch.empty(3, 3, 5, 5)
    for draw in range(2):
        whole = [counted_noise.whole_number(seed, s, draw, -5, 2**62) for s in samples]
        assert noise.integers(-5, 2**62, 3).tolist() == whole
        expected = [[counted_noise.normal(seed, s, draw, i) for i in range(75)] for s in samples]
        assert noise.normal(like).flatten(1).tolist() == expected


def test_pieces_threads_and_memory_formats_change_no_bit(monkeypatch):
    like = torch.empty(5, 3, 17, 17)
    expected = SampleNoise(1, list(range(5))).normal(like)
    last = like.to(memory_format=torch.channels_last)
    assert torch.equal(SampleNoise(1, list(range(5))).normal(last), expected)
    n_threads = torch.get_num_threads()
    for piece, threads in ((1000, 1), (2**20, 1), (2**20, 3)):
        monkeypatch.setattr(module, "BLOCKS_ON_CPU", piece)
        try:
            torch.set_num_threads(threads)
            assert torch.equal(SampleNoise(1, list(range(5))).normal(like), expected)
        finally:
            torch.set_num_threads(n_threads)


def test_sample_noise_has_the_type_of_what_it_is_added_to():
    expected = SampleNoise(1, [4]).normal(torch.empty(1, 3, 8, 8))
    for dtype in (torch.float32, torch.bfloat16, torch.float16, torch.float64):
        drawn = SampleNoise(1, [4]).normal(torch.empty(1, 3, 8, 8, dtype=dtype))
        assert drawn.dtype == dtype
        assert torch.equal(drawn, expected.to(dtype))
    for shape in ((0, 3, 8, 8), (2, 0), (2,)):
        assert SampleNoise(1, [4] * shape[0]).normal(torch.empty(shape)).shape == shape


def test_a_device_draws_the_bits_of_the_cpu():
    if not torch.cuda.is_available():
        pytest.skip("torch sees no CUDA device")
    for shape in (
        (1, 1, 1, 1),
        (64, 1, 8, 8),
        (33, 3, 31, 31),
        (40, 3, 128, 128),
        (2, 3, 1024, 1024),
    ):
        cpu, cuda = (SampleNoise(9, list(range(shape[0]))) for _ in range(2))
        for _ in range(2):
            drawn = cuda.normal(torch.empty(shape, device="cuda"))
            assert drawn.is_cuda
            assert torch.equal(drawn.cpu(), cpu.normal(torch.empty(shape)))


def test_a_device_is_not_waited_for_after_the_first_draw():
    if not torch.cuda.is_available():
        pytest.skip("torch sees no CUDA device")
    noise, like = SampleNoise(9, [0, 1]), torch.empty(2, 3, 64, 64, device="cuda")
    noise.normal(like)
    torch.cuda.set_sync_debug_mode("error")
    try:
        noise.normal(like)
    finally:
        torch.cuda.set_sync_debug_mode("default")
