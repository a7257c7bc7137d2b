"""One image on its way: when its flow is shown, and what it is called."""

import numpy as np

from beyond_blur.analysis import one_image
from beyond_blur.config import Levels, Velocity
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.lbm.trajectory import Trajectory


def test_the_flow_is_drawn_at_several_levels_and_once_where_it_stands_still():
    widths = tuple(blur_widths(Levels(n_levels=20, sigma_max=8.0)))

    def levels(**velocity):
        image = np.zeros((1, 16, 16), np.float32)
        run = one_image.Run(image, "", Trajectory(widths, 0.1, Velocity(**velocity)), 0)
        return one_image.flow_levels(run).tolist()

    moving = levels()
    assert moving[0] == 0 and moving[-1] == 20 and len(moving) == 3
    assert levels(phase_step=0.0) == levels(flow="vortex") == levels(flow="stream") == [0]


def test_titles_name_the_flow():
    def title(peclet, **velocity):
        image = np.zeros((1, 8, 8), np.float32)
        trajectory = Trajectory((0.0, 1.0), peclet, Velocity(**velocity))
        return one_image.Run(image, "a.png", trajectory, 0).title

    assert title(0.0) == "a.png: Pe = 0, no flow"
    assert title(0.1) == "a.png: Pe = 0.1, compressible flow"
    assert title(0.1, divergence_free=True) == "a.png: Pe = 0.1, divergence-free flow"
    assert title(0.1, flow="vortex") == "a.png: Pe = 0.1, one vortex"
