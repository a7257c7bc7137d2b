"""Images of noise, for what does not depend on what is in them."""

import numpy as np


def noise_images(n, channels, size, seed=0):
    shape = (n, channels, size, size)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
