"""Which levels are shown."""

from beyond_blur.corruption.shown_levels import levels_shown


def test_levels_shown_are_even_and_reach_from_the_clean_image_to_the_last():
    assert levels_shown(range(201), 3).tolist() == [0, 100, 200]
    assert levels_shown(range(3), 50).tolist() == [0, 1, 2]
