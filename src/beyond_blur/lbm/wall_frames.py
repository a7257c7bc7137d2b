"""The flow of one image, on whichever basis, as the reference and pictures see it."""

from __future__ import annotations

import numpy as np

from beyond_blur.config import Velocity
from beyond_blur.config.speed import ALPHA_MAX
from beyond_blur.lbm.key_frames import Flow


def fitted(field: np.ndarray, alpha: float) -> np.ndarray:
    """(S_x u, S_y v) of a periodic field (2, h, w), S = 1 + alpha delta^2."""
    made = field.copy()
    for component, axis in ((0, -1), (1, -2)):
        own = field[component]
        made[component] += alpha * (np.roll(own, 1, axis) + np.roll(own, -1, axis) - 2 * own)
    return made


class WallFlow(Flow):
    """A flow between walls, see `beyond_blur.lbm.wall_flow`: key frames are of 2 h x 2 w cells."""

    def frame(self, number: int, rms: float) -> np.ndarray:
        """Key frame (2, 2 h, 2 w), slowed down as a whole where a cell passes the limit."""
        raw = self._frame(number)
        fastest = rms * np.hypot(*raw).max() / np.sqrt((raw**2).mean())
        return raw * min(1.0, self.speed_limit / fastest)

    def at(self, step: int, rms: float, alpha: float = ALPHA_MAX) -> np.ndarray:
        """Velocity (2, h, w) at one lattice step of diffusivity alpha, in cells per step."""
        h, w = self.shape
        return fitted(super().at(step, rms), alpha)[:, :h, :w]


def flow_of(shape: tuple[int, int], velocity: Velocity, seed: int, spacing: int) -> Flow:
    """The flow of one image, on the basis that its options name; arguments as for `Flow`."""
    kind = WallFlow if velocity.basis == "walls" else Flow
    return kind(shape, velocity, seed, spacing)
