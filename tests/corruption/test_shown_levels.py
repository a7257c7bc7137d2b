"""Which levels are shown."""

import numpy as np

from beyond_blur.corruption.shown_levels import levels_shown


def test_levels_shown_are_even_and_reach_from_the_clean_image_to_the_last():
    assert levels_shown(range(201), 3).tolist() == [0, 100, 200]
    assert levels_shown(range(3), 50).tolist() == [0, 1, 2]


def test_levels_shown_are_some_of_those_visited_with_both_ends():
    assert levels_shown([0, 2, 4]).tolist() == [0, 2, 4]
    assert levels_shown(range(0, 201), 3).tolist() == [0, 100, 200]
    shown = levels_shown(range(31))
    assert (shown[0], shown[-1], len(shown), shown.dtype) == (0, 30, 8, np.int64)
