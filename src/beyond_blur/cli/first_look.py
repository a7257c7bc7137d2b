"""Verbs for a first look: corrupt any image file, see its flow, compare the two lattice schemes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from beyond_blur.cli.option_names import in_options
from beyond_blur.cli.verbs import FILE, option, verb
from beyond_blur.config import Corruption, Levels, Velocity, Walls
from beyond_blur.config.options import Flow
from beyond_blur.corruption import pairs, states
from beyond_blur.corruption.backend import choose
from beyond_blur.data.photograph import SIZES, read_photograph, square_photograph
from beyond_blur.lbm.levels import LatticeSchedule, blur_widths
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.lbm.units import rms_speed
from beyond_blur.metrics.blocks import available_threads
from beyond_blur.rendering.animation import write_animation

if TYPE_CHECKING:
    from beyond_blur.rendering import corruption_pictures


# suffix -> levels shown where --n is not given
SHOWN = {".png": 8, ".pdf": 8, ".gif": 50, ".mp4": 100}


FIGURES = (".png", ".pdf")


GRID_SIZES = (128, 256)


GRID_PECLETS = (0.0, 0.06, 0.12, 1.0)


GRID_SHARES = (1 / 32, 1 / 8)
"""Blur widths of the grid over the image size."""


GRID_CHANGE = 1.0
"""Change of full colour over the Peclet number, in grey values."""


TYPED = {
    "peclet": "--peclet", "levels.n_levels": "--levels", "levels.sigma_max": "--sigma-max",
    "velocity.flow": "--kind", "velocity.divergence_free": "--divergence-free",
    "velocity.speed_limit": "--speed-limit", "corruption.walls": "--walls",
}  # fmt: skip
"""Options of the verb corrupt by the keys that they give a value to."""


@dataclass(frozen=True)
class Run:
    """One image on its way under one flow."""

    image: np.ndarray  # float32 (c, h, w)
    name: str
    trajectory: Trajectory
    flow_seed: int

    @property
    def title(self) -> str:
        """What the pictures are called."""
        velocity, peclet = self.trajectory.velocity, self.trajectory.peclet
        if peclet == 0:
            return f"{self.name}: Pe = 0, no flow"
        kind = {"stream": "uniform stream", "vortex": "one vortex"}.get(velocity.flow)
        random = "divergence-free flow" if velocity.divergence_free else "compressible flow"
        return f"{self.name}: Pe = {peclet:g}, {kind or random}"

    def states(self, levels: np.ndarray) -> np.ndarray:
        """The image at some levels, float32 (m, c, h, w), all under the run's one flow."""
        options = Corruption(threads=available_threads())
        backend = choose(options, self.trajectory, self.image.shape)
        seeds = np.array([self.flow_seed])
        return states.corrupt(self.image[None], self.trajectory, seeds, levels[None], backend)[0]


# --- the verb corrupt -----------------------------------------------------------------------------


@verb(
    option("photo", nargs="?", metavar="PHOTO", help="image file; none: a sample photo"),
    option(
        "--out",
        action="append",
        default=[],
        metavar="FILE",
        help=".png or .pdf: a strip; .gif or .mp4: an animation; may be repeated",
    ),
    option("--flow", metavar="FILE", help=".png or .pdf: the velocity field"),
    option(
        "--peclet",
        type=float,
        default=0.12,
        metavar="PE",
        help="strength of the flow; 0 is blur alone (default %(default)s)",
    ),
    option(
        "--sigma-max",
        type=float,
        default=32.0,
        metavar="PIXELS",
        help="blur width of the last level (default %(default)s)",
    ),
    option(
        "--levels",
        type=int,
        default=200,
        metavar="K",
        help="number of levels (default %(default)s)",
    ),
    option(
        "--size",
        type=int,
        default=128,
        metavar="PIXELS",
        help="longer side of the image (default %(default)s)",
    ),
    option("--divergence-free", action="store_true", help="a flow that does not compress"),
    option("--frozen", action="store_true", help="a flow that does not change in time"),
    option(
        "--kind",
        choices=get_args(Flow),
        default="turbulence",
        help="random modes, a uniform stream or one vortex",
    ),
    option(
        "--speed-limit",
        type=float,
        default=0.01,
        metavar="V",
        help="cells per lattice step (default %(default)s)",
    ),
    option("--walls", choices=get_args(Walls), default="mirror"),
    option("--seed", type=int, default=0, metavar="N", help="another one: another flow"),
    option(
        "--n",
        type=int,
        metavar="N",
        help="levels shown (default: 8 in a strip, 50 in a GIF, 100 in an MP4)",
    ),
)
def corrupt(
    photo: str | None, out: list[str], flow: str | None, peclet: float, sigma_max: float,
    levels: int, size: int, divergence_free: bool, frozen: bool, kind: Any, speed_limit: float,
    walls: Walls, seed: int, n: int | None,
) -> None:  # fmt: skip
    """Corrupt any image file: a strip, a GIF or an MP4, and the flow as arrows and as colour."""
    check_outputs(out, flow, peclet)
    check_range("--levels", levels, 1, 10_000)
    check_range("--n", 2 if n is None else n, 2, 1000)
    check_range("--sigma-max", sigma_max, 0.6, 4 * SIZES[1])
    check_range("--speed-limit", speed_limit, 1e-6, 0.3)
    check_range("--seed", seed, 0, 2**63)
    check_range("--size", size, *SIZES)
    image = read_photograph(photo, size)
    velocity = Velocity(
        flow=kind, divergence_free=divergence_free, speed_limit=speed_limit,
        phase_step=0.0 if frozen else Velocity().phase_step,
    )  # fmt: skip
    with in_options(TYPED):
        widths = blur_widths(Levels(n_levels=levels, sigma_max=sigma_max))
        trajectory = Trajectory(tuple(widths), peclet, velocity, walls=walls)
        described = trajectory.describe(image.shape)
    seeds = pairs.flow_seeds(seed, np.array([0]), 0)
    name = Path(photo).name if photo else "china.jpg"
    run = Run(image, name, trajectory, int(seeds[0]))
    channels, h, w = image.shape
    print(f"image: {name}, {w} x {h} px, {'grey' if channels == 1 else 'colour'}")
    print(described, flush=True)
    write_all(run, out, flow, n)


def write_all(run: Run, out: list[str], flow: str | None, n: int | None) -> None:
    """Solve once for everything that is asked for, then write it."""
    from beyond_blur.rendering import corruption_pictures

    k_last = run.trajectory.n_levels
    shown = {p: corruption_pictures.levels_shown(k_last, n or SHOWN[suffix(p)]) for p in out}
    moments = flow_levels(run) if flow else np.zeros(0, np.int64)
    solved = np.unique(np.concatenate([*shown.values(), moments, [k_last]]))
    states = run.states(solved)
    cut = corruption_pictures.share_outside(states)
    if cut.max() > 1e-3:
        worst = solved[cut.argmax()]
        print(f"note: {100 * cut.max():.2g} % of level {worst} lie outside [0, 1]; pictures cut it")
    for path, chosen in shown.items():
        part = states[np.searchsorted(solved, chosen)]
        if suffix(path) in FIGURES:
            write_strip(run, path, part, chosen)
            words = f"{len(chosen)} of levels 0 to {k_last}"
        else:
            write_animation(path, corruption_pictures.frames(part))
            words = f"{len(chosen)} frames, levels 0 to {k_last}"
        print(f"wrote {path} ({words})", flush=True)
    if flow:
        write_flow(run, flow, states[np.searchsorted(solved, moments)], moments)
        print(f"wrote {flow} (the flow at {len(moments)} of {k_last} levels)")


def check_outputs(out: list[str], flow: str | None, peclet: float) -> None:
    """Refuse what cannot be written, before any work."""
    if not out and flow is None:
        raise ValueError("nothing to write: give --out strip.png, --out film.gif or --flow v.png")
    for path in out:
        if suffix(path) not in SHOWN:
            raise ValueError(f"--out {path} ends with none of {', '.join(SHOWN)}: rename it")
        if suffix(path) == ".mp4" and shutil.which("ffmpeg") is None:
            other = Path(path).with_suffix(".gif")
            raise ValueError(
                f"--out {path} needs the program ffmpeg, which is not on PATH: install it, or "
                f"write --out {other}, which needs nothing"
            )
    if flow is not None and suffix(flow) not in FIGURES:
        raise ValueError(f"--flow {flow} ends with none of {', '.join(FIGURES)}: rename it")
    if not 0 <= peclet < np.inf:
        raise ValueError(f"--peclet {peclet:g} is not a number from 0 up: 0 is no flow at all")
    if flow is not None and peclet == 0:
        raise ValueError(f"--peclet 0 has no flow to draw: raise it, or leave out --flow {flow}")


def check_range(option: str, value: float, low: float, high: float) -> None:
    """Refuse a value outside its range, by the option's name."""
    if not low <= value <= high:
        raise ValueError(f"{option} {value:g} is outside its range {low:g} to {high:g}")


def suffix(path: str) -> str:
    """What decides how a file is written."""
    return Path(path).suffix.lower()


# --- writing --------------------------------------------------------------------------------------


def write_strip(run: Run, path: str, states: np.ndarray, levels: np.ndarray) -> None:
    """The image at some levels side by side."""
    from beyond_blur.rendering import corruption_pictures, style

    style.save(
        corruption_pictures.strip(states, levels, run.trajectory.schedule.sigma[levels], run.title),
        path,
    )


# --- the flow -------------------------------------------------------------------------------------


def flow_levels(run: Run, n: int = 3) -> np.ndarray:
    """Levels at which the flow is drawn: evenly spread in time, or level 0 where it stands still.

    Returns
    -------
    int64 array, increasing
    """
    velocity = run.trajectory.velocity
    if velocity.phase_step == 0 or velocity.flow != "turbulence":
        return np.zeros(1, np.int64)
    done = run.trajectory.schedule.first_step
    wanted = np.searchsorted(done, np.linspace(0, done[-1], n))
    return np.unique(wanted).astype(np.int64)


def write_flow(run: Run, path: str, states: np.ndarray, levels: np.ndarray) -> None:
    """The flow at some levels as arrows over the image and as colour."""
    from beyond_blur.lbm.key_frames import Flow
    from beyond_blur.rendering import flow_pictures, style

    shape, schedule = (run.image.shape[1], run.image.shape[2]), run.trajectory.schedule
    flow = Flow(shape, run.trajectory.velocity, run.flow_seed, 1)
    moments = []
    for level, state in zip(levels, states, strict=True):
        # The step that led to the level; the first step of all at level 0.
        step = max(int(schedule.first_step[level]) - 1, 0)
        rms = float(rms_speed(run.trajectory.peclet, schedule.alpha[max(level, 1)], max(shape)))
        title = f"step {step:,} (k = {level})\nV = {rms:.2g} cells per step"
        moments.append(flow_pictures.Moment(flow.at(step, rms), rms, state, title))
    style.save(flow_pictures.flow_figure(moments, run.title), path)


# --- figures of the docs --------------------------------------------------------------------------


@verb(
    option("photo", nargs="?", metavar="PHOTO", help="image file; none: a sample photo"),
    option("--seed", type=int, default=0, metavar="N", help="another one: another flow"),
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def peclets(photo: str | None, seed: int, png: str, pdf: str) -> None:
    """Draw one photograph over Peclet numbers, compressible and divergence-free, at two sizes."""
    from beyond_blur.rendering import corruption_pictures, style

    kinds = {"compressible": False, "divergence-free": True}
    names = [(kind, size) for kind in kinds for size in GRID_SIZES]
    # (share, peclet) -> state; one dict for each row
    rows = [
        {(share, pe): state for pe in GRID_PECLETS
         for share, state in zip(GRID_SHARES, grid_states(photo, size, pe, kinds[kind], seed),
                                 strict=True)}
        for kind, size in names
    ]  # fmt: skip
    labels = [f"Pe = {pe:g}" for pe in GRID_PECLETS]
    blocks = [
        corruption_pictures.Block(f"$\\sigma_B$ = L / {1 / share:g}", labels,
                       [[row[share, pe] for pe in GRID_PECLETS] for row in rows])
        for share in GRID_SHARES
    ]  # fmt: skip
    style.save(
        corruption_pictures.picture_grid([*blocks, change_block(rows)], [f"{k}\n{n} px" for k, n in names]),
        png, pdf,
    )  # fmt: skip
    report_cut(names, rows)


def change_block(rows: list[dict[tuple[float, float], np.ndarray]]) -> corruption_pictures.Block:
    """What the flow changes at the last blur width, coloured in proportion to the Peclet number."""
    from beyond_blur.rendering import corruption_pictures

    share, peclets = GRID_SHARES[-1], [pe for pe in GRID_PECLETS if pe > 0]
    changes = [
        [corruption_pictures.change_colours(row[share, pe] - row[share, 0.0], GRID_CHANGE * pe)
         for pe in peclets]
        for row in rows
    ]  # fmt: skip
    columns = [f"$\\pm${GRID_CHANGE * pe:g}" for pe in peclets]
    return corruption_pictures.Block(
        f"$\\sigma_B$ = L / {1 / share:g}, minus Pe = 0", columns, changes
    )


def report_cut(
    names: list[tuple[str, int]], rows: list[dict[tuple[float, float], np.ndarray]]
) -> None:
    """Say how much of each picture lies outside the grey range."""
    from beyond_blur.rendering.corruption_pictures import share_outside

    for (kind, size), row in zip(names, rows, strict=True):
        for peclet in GRID_PECLETS:
            cut = [f"{100 * share_outside(row[share, peclet]):.1f} %" for share in GRID_SHARES]
            print(f"{kind}, {size} px, Pe = {peclet:g}: {', '.join(cut)} outside [0, 1]")


def grid_states(
    photo: str | None, size: int, peclet: float, divergence_free: bool, seed: int
) -> np.ndarray:
    """The centre square of a photograph at `GRID_SHARES`, float32 (m, c, size, size).

    A flow that turns by so much per lattice step turns more often on a larger image, which takes
    more steps; its phase step is scaled so that it turns as often per Fourier number.
    """
    image = square_photograph(photo, size)
    sigma = (0.0, *(share * size for share in GRID_SHARES))
    turning = Velocity().phase_step * (GRID_SIZES[0] / size) ** 2
    velocity = Velocity(divergence_free=divergence_free, phase_step=turning)
    seeds = pairs.flow_seeds(seed, np.array([0]), 0)
    run = Run(image, "", Trajectory(sigma, peclet, velocity), int(seeds[0]))
    return run.states(np.arange(1, len(sigma)))


@verb(
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def schemes(png: str, pdf: str) -> None:
    """Draw where the authors' lattice scheme and the memoryless one differ."""
    from beyond_blur.rendering import schemes as scheme_figures
    from beyond_blur.rendering import style

    schedule = LatticeSchedule.from_levels(Levels())
    style.save(scheme_figures.schemes(schedule), png, pdf)
