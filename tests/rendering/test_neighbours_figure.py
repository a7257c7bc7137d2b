"""Samples over the training images nearest to them."""

import numpy as np

from beyond_blur.rendering.neighbours import NEIGHBOUR_ROWS, neighbours


def test_copies_are_framed():
    images = np.zeros((len(NEIGHBOUR_ROWS), 3, 1, 4, 4))
    images[1] = np.nan
    copies = np.zeros(images.shape[:2], bool)
    copies[2, 1] = copies[5, 0] = True
    figure = neighbours([("a", images, copies), ("b", images, copies)])
    frames = [patch.get_xy() for patch in figure.axes[0].patches]
    assert frames == [(4.5, 4.5), (-0.5, 19.5)], "the row without an image is left out"
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == [name for name in NEIGHBOUR_ROWS if name != "its prior's image"]
