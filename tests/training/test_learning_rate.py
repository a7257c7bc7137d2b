"""The learning rate is a function of the step."""

from dataclasses import replace

import pytest

from beyond_blur.training.learning_rate import full_rate_of, learning_rate_of
from small_runs import SPEC


def test_a_change_holds_for_the_steps_after_those_it_names():
    spec = replace(SPEC, learning_rate=1.0, warmup=0, learning_rate_changes=((2, 0.5), (5, 0.1)))
    assert [learning_rate_of(spec, step) for step in range(7)] == [1, 1, 0.5, 0.5, 0.5, 0.1, 0.1]


def test_every_rate_is_warmed_up():
    spec = replace(SPEC, learning_rate=1.0, warmup=4, learning_rate_changes=((2, 0.5),))
    rates = [learning_rate_of(spec, step) for step in range(5)]
    assert rates == pytest.approx([0.25, 0.5, 0.375, 0.5, 0.5])
    assert full_rate_of(spec, 2) == 0.5
