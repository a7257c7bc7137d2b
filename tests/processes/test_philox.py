"""The counter-based generator gives the words that its authors publish, for any number at once."""

import counted_noise
import pytest
import torch

from beyond_blur.processes.philox import Philox, counters

CPU = torch.device("cpu")
PUBLISHED = {
    "00000000 00000000 00000000 00000000, 00000000 00000000": "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff": "408f276d 41c83b0e a20bc7c6 6d5451fd",
    "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0": "d16cfe09 94fdcceb 5001e420 24126ea1",
}
"""Counter and key to random words: kat_vectors of Random123, philox4x32 with 10 rounds."""


def numbers(text):
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize("n", [1, 4, 37])
@pytest.mark.parametrize(("given", "expected"), PUBLISHED.items())
def test_words_are_the_published_ones_however_many_are_asked_for(given, expected, n):
    counter, (low, high) = (numbers(part) for part in given.split(","))
    many = torch.tensor(counter)[:, None].repeat(1, n)
    made = Philox(high << 32 | low, CPU).words(many)
    assert made.tolist() == [[word] * n for word in numbers(expected)]
    assert list(counted_noise.philox(counter, (low, high))) == numbers(expected)
    assert many[:, 0].tolist() == counter  # what is handed over stays as it is


def test_words_are_those_of_the_definition():
    torch.manual_seed(0)
    drawn = torch.randint(0, 2**32, (4, 500))
    key = 0xFEDCBA9876543210
    made = Philox(key, CPU).words(drawn)
    halves = key & 0xFFFFFFFF, key >> 32
    expected = [counted_noise.philox(counter, halves) for counter in drawn.T.tolist()]
    assert made.T.tolist() == [list(words) for words in expected]


def test_counters_have_a_word_of_each_and_of_all():
    made = counters(torch.tensor([5, 6]), 7, torch.tensor([8, 9]), 1)
    assert made.T.tolist() == [[5, 7, 8, 1], [6, 7, 9, 1]]


def test_one_bit_of_key_or_counter_changes_half_of_the_bits():
    torch.manual_seed(1)
    drawn, key = torch.randint(0, 2**32, (4, 200)), 0x0123456789ABCDEF
    words = Philox(key, CPU).words(drawn)
    others = [Philox(key ^ 1 << bit, CPU).words(drawn) for bit in (0, 31, 32, 62)]
    for row in range(4):
        for bit in (0, 31):
            changed = drawn.clone()
            changed[row] ^= 1 << bit
            others.append(Philox(key, CPU).words(changed))
    for other in others:
        differ = torch.stack([(words ^ other) >> bit & 1 for bit in range(32)]).double()
        # 25,600 bits: a standard deviation is 0.0031.
        assert float(differ.mean()) == pytest.approx(0.5, abs=0.016)
