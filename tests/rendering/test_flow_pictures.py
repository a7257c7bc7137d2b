"""Velocity fields as colours and as arrows."""

import numpy as np
from matplotlib.figure import Figure

from beyond_blur.rendering import flow_pictures


def test_hue_is_direction_and_saturation_is_speed():
    right, down, left, up = np.moveaxis(
        flow_pictures.velocity_colours(np.array([[[2.0, 0, -2, 0]], [[0.0, 2, 0, -2]]]), 2.0)[0],
        0,
        0,
    )
    hues = np.array([right, down, left, up])
    np.testing.assert_allclose(hues.max(1), 0.88)
    assert right.argmax() == 0 and np.ptp(right[1:]) < 1e-12, "red is to the right"
    np.testing.assert_allclose(right + left, 0.88, atol=1e-12)  # opposite directions, opposite hues
    np.testing.assert_allclose(down + up, 0.88, atol=1e-12)
    still = flow_pictures.velocity_colours(np.zeros((2, 3, 4)), 1.0)
    np.testing.assert_array_equal(still, 1), "white is at rest"
    slow, fast = flow_pictures.velocity_colours(np.array([[[0.1, 0.5]], [[0.0, 0.0]]]), 1.0)[0]
    assert np.ptp(slow) < np.ptp(fast)


def test_arrows_point_where_the_flow_goes_on_the_drawn_image():
    field = np.zeros((2, 20, 30))
    field[1] = 1e-3  # down
    moment = flow_pictures.Moment(field, 1e-3, np.zeros((1, 20, 30)), "down")
    axes = Figure().subplots()
    flow_pictures.draw_arrows(axes, moment, 1.0)
    (quiver,) = axes.collections
    assert quiver.angles == "xy" and np.all(quiver.V > 0) and np.all(quiver.U == 0)
    bottom, top = axes.get_ylim()
    assert bottom > top, "y grows downwards, as rows do"
