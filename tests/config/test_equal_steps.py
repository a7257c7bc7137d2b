"""Times at which every step of Blurring Diffusion takes as much: laws, and what they do."""

import itertools
import math

import pytest

from beyond_blur.config import load_experiment
from beyond_blur.config.equal_steps import EVEN_SHARE, LOWEST, equal_steps
from beyond_blur.config.noise_schedule import even_times, log_snr, sigmoid
from beyond_blur.config.step_gain import D_MIN, worst_gain
from beyond_blur.config.warnings import warnings
from beyond_blur.processes import build


@pytest.mark.parametrize(("n_steps", "width"), [(1, 4.0), (7, 0.0), (60, 14.0), (1000, 20.0)])
def test_times_rise_from_0_to_1(n_steps, width):
    times = equal_steps(n_steps, width)
    assert len(times) == n_steps + 1 and times[0] == 0.0 and times[-1] == 1.0
    assert all(a < b for a, b in itertools.pairwise(times))


def log_left(time, width, frequency):
    blur = width * math.sin(math.pi * time / 2) ** 2
    kept = (1 - D_MIN) * math.exp(-((frequency * blur) ** 2) / 2) + D_MIN
    return 0.5 * math.log(sigmoid(log_snr(time))) + math.log(kept)


def test_no_step_takes_more_of_a_frequency_than_its_share_of_the_whole_loss():
    """Every step has 1 / n of G, of which 1 - m is loss: so the largest loss is bounded."""
    n, width = 60, 14.0
    times, fine = equal_steps(n, width), [i / 4000 for i in range(4001)]
    ratio = (math.sqrt(2) * math.pi / LOWEST) ** (1 / 7)
    frequencies = [LOWEST * ratio**i for i in range(8)]
    ways = [[log_left(t, width, f) for t in fine] for f in frequencies]
    whole = sum(max(abs(w[i + 1] - w[i]) for w in ways) for i in range(4000))
    bound = whole / (1 - EVEN_SHARE) / n
    for f in frequencies:
        left = [log_left(t, width, f) for t in times]
        assert max(abs(b - a) for a, b in itertools.pairwise(left)) < 1.01 * bound


@pytest.mark.parametrize(
    ("n_steps", "width", "size", "even", "equal"),
    [(60, 14.0, 28, 60, 3.6), (60, 5.0, 28, 4.9, 2.9), (60, 20.0, 128, 190, 4.4)],
)
def test_far_fewer_levels_will_do(n_steps, width, size, even, equal):
    assert worst_gain(even_times(n_steps), width, size) > even
    assert worst_gain(equal_steps(n_steps, width), width, size) < equal


def test_the_option_makes_the_process_and_takes_the_warning_away():
    entry = {"kind": "blurring_diffusion", "n_steps": 60, "blur_width_max": 14.0}
    entries = [entry, {**entry, "name": "equal", "spacing": "equal_steps"}]
    made = load_experiment({"preset": "digits", "processes": entries, "dataset": {"size": 28}})
    lines = [line for line in warnings(made) if line.startswith("process")]
    assert len(lines) == 1 and "spacing: equal_steps" in lines[0]
    even, equal = (build(process, made.levels) for process in made.processes)
    assert even.times == even_times(60) and equal.times == equal_steps(60, 14.0)
    given = load_experiment(
        {"preset": "digits", "processes": [{**entries[1], "given": [0.5, 1.0]}]}
    )
    assert build(given.processes[0], given.levels).times == (0.0, 0.5, 1.0)


def test_a_share_of_the_blur_has_times_of_its_own():
    entry = {"kind": "blurring_diffusion", "n_steps": 60, "blur_width_max": 14.0}
    entry |= {"spacing": "equal_steps", "blur_share": 0.5}
    made = load_experiment({"preset": "digits", "processes": [entry]})
    assert build(made.processes[0], made.levels).times == equal_steps(60, 14.0, 0.5)
    assert worst_gain(equal_steps(60, 14.0, 0.5), 14.0, 28, blur_share=0.5) < 2.7
