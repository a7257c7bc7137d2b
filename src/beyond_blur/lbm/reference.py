"""The whole solver in float64 NumPy: the truth the fast ones are tested against.

    d phi / dt + div(v phi) = div(alpha grad phi)                       (paper, without
    Q)

Two schemes on the D2Q9 lattice. The central-moment scheme of the authors keeps nine populations and
relaxes the odd central moments with omega = 1 / (3 alpha + 1/2) at cs2 = 1/3. At omega = 1 the
state after a collision is the equilibrium, so nothing but phi is remembered; the memoryless scheme
stays at omega = 1 and lets the sound speed carry the diffusivity, cs2 = 2 alpha. They coincide at
alpha = 1/6.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from beyond_blur.config import Walls
from beyond_blur.lbm.d2q9 import CS2, axis_weights
from beyond_blur.lbm.key_frames import Flow
from beyond_blur.lbm.levels import Steps
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.units import rms_speed
from beyond_blur.lbm.wall_frames import flow_of


def stream(f: np.ndarray, walls: Walls) -> np.ndarray:
    """Move populations f (3, 3, ..., h, w), index (c_y + 1, c_x + 1), one cell each.

    Mirror walls reflect: what leaves returns to the cell it left with its normal velocity reversed.
    """
    for lattice_axis, axis in ((0, -2), (1, -1)):
        minus, rest, plus = np.moveaxis(f, lattice_axis, 0)
        moved_minus, moved_plus = np.roll(minus, -1, axis), np.roll(plus, 1, axis)
        if walls == "mirror":
            last, first = _edge(minus, axis, -1), _edge(minus, axis, 0)
            moved_minus[last], moved_plus[first] = plus[last], minus[first]
        f = np.moveaxis(np.stack([moved_minus, rest, moved_plus]), 0, lattice_axis)
    return f


def _edge(a: np.ndarray, axis: int, at: int) -> tuple[slice | int, ...]:
    index: list[slice | int] = [slice(None)] * a.ndim
    index[axis] = at
    return tuple(index)


def equilibrium(phi: np.ndarray, velocity: np.ndarray, cs2: float = CS2) -> np.ndarray:
    """Populations (3, 3, ..., h, w) of phi (..., h, w): products of axis weights."""
    w_x, w_y = axis_weights(velocity[0], cs2), axis_weights(velocity[1], cs2)
    lead = (1,) * (phi.ndim - 2)
    w_x, w_y = (w.reshape(3, *lead, *w.shape[1:]) for w in (w_x, w_y))
    return phi * w_x[None, :] * w_y[:, None]


def memoryless_step(
    phi: np.ndarray, velocity: np.ndarray, alpha: float, walls: Walls
) -> np.ndarray:
    """One step of phi (..., h, w) at omega = 1 and cs2 = 2 alpha."""
    return stream(equilibrium(phi, velocity, 2 * alpha), walls).sum(axis=(0, 1))


def central_moments(f: np.ndarray, velocity: np.ndarray) -> np.ndarray:
    """Central moments k[b, a] = sum f (c_y - v_y)^b (c_x - v_x)^a of populations (3, 3, h, w)."""
    for lattice_axis, speed in ((1, velocity[0]), (0, velocity[1])):
        minus, rest, plus = np.moveaxis(f, lattice_axis, 0)
        k = [
            minus * (-1 - speed) ** a + rest * (-speed) ** a + plus * (1 - speed) ** a
            for a in range(3)
        ]
        f = np.moveaxis(np.stack(k), 0, lattice_axis)
    return f


def populations(k: np.ndarray, velocity: np.ndarray) -> np.ndarray:
    """Populations from central moments: the inverse of :func:`central_moments`."""
    for lattice_axis, speed in ((1, velocity[0]), (0, velocity[1])):
        k0, k1, k2 = np.moveaxis(k, lattice_axis, 0)
        m1, m2 = k1 + speed * k0, k2 + 2 * speed * k1 + speed**2 * k0
        k = np.moveaxis(np.stack([(m2 - m1) / 2, k0 - m2, (m2 + m1) / 2]), 0, lattice_axis)
    return k


def central_moment_step(
    f: np.ndarray, velocity: np.ndarray, omega: float, walls: Walls
) -> np.ndarray:
    """Collide and stream populations f (3, 3, h, w).

    Odd moments relax with omega, even ones at once.
    Equilibrium central moments: (phi, 0, 0, cs2 phi, cs2 phi, 0, 0, 0, cs2^2 phi).
    """
    k = central_moments(f, velocity)
    phi = k[0, 0]
    relaxed = np.zeros_like(k)
    relaxed[0, 0], relaxed[0, 2], relaxed[2, 0], relaxed[2, 2] = (
        phi,
        CS2 * phi,
        CS2 * phi,
        CS2**2 * phi,
    )
    for b, a in ((0, 1), (1, 0), (1, 2), (2, 1)):
        relaxed[b, a] = (1 - omega) * k[b, a]
    return stream(populations(relaxed, velocity), walls)


def run_image(
    phi: np.ndarray, trajectory: Trajectory, flow: Flow | None, levels: Iterable[int]
) -> dict[int, np.ndarray]:
    """States of one field phi (..., h, w) at the given levels, memoryless scheme.

    ``flow`` None is Pe = 0. Stops at the largest level.
    """
    return run_steps(phi, trajectory.schedule, 0, trajectory, flow, levels)


def run_steps(
    phi: np.ndarray, steps: Steps, first: int, trajectory: Trajectory, flow: Flow | None,
    parts: Iterable[int],
) -> dict[int, np.ndarray]:  # fmt: skip
    """States of phi (..., h, w) at the ends of the given parts of some lattice steps.

    ``first`` is the number of lattice steps done before; Peclet number and walls are the
    trajectory's. Stops at the largest part.
    """
    wanted = set(map(int, parts))
    size, step, states = max(phi.shape[-2:]), first, {0: phi}
    velocity = np.zeros((2, *phi.shape[-2:]))
    for k in range(1, max(wanted, default=0) + 1):
        alpha = float(steps.alpha[k])
        for _ in range(int(steps.n_lbm_steps[k])):
            if flow is not None:
                velocity = flow.at(step, rms_speed(trajectory.peclet, alpha, size), alpha)
            phi = memoryless_step(phi, velocity, alpha, trajectory.walls)
            step += 1
        if k in wanted:
            states[k] = phi
    return states


def trajectories(
    phi: np.ndarray, background: np.ndarray, trajectory: Trajectory, seeds: np.ndarray,
    keep: np.ndarray, threads: int = 1,
) -> np.ndarray:  # fmt: skip
    """States at the wanted levels, float64 (n, m, c, h, w).

    See `beyond_blur.lbm.solver.Solver`; ``threads`` is not used.
    """
    shape = (phi.shape[-2], phi.shape[-1])
    base = np.asarray(background, np.float64)[:, :, None, None]
    out = np.empty((*keep.shape, *phi.shape[1:]))
    for i, levels in enumerate(keep):
        flow = None
        if trajectory.peclet > 0:
            spacing = trajectory.frame_spacing(shape)
            flow = flow_of(shape, trajectory.velocity, int(seeds[i]), spacing)
        total = phi[i].astype(np.float64) + base[i]
        states = run_image(total, trajectory, flow, levels)
        out[i] = np.stack([states[int(k)] for k in levels]) - base[i]
    return out
