"""Verbs for a first look: corrupt any image file, see its flow, compare the two lattice schemes."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from beyond_blur.cli.option_names import in_options
from beyond_blur.cli.verbs import FILE, SEED, option, verb
from beyond_blur.config import Levels, Velocity, Walls
from beyond_blur.config.options import Flow
from beyond_blur.progress import expected

if TYPE_CHECKING:
    import numpy as np

    from beyond_blur.analysis.one_image import Run

# suffix -> levels shown where --n is not given
SHOWN = {".png": 8, ".pdf": 8, ".jpg": 8, ".webp": 8, ".gif": 50, ".mp4": 100}


FIGURES = (".png", ".pdf", ".jpg", ".webp")


TYPED = {
    "peclet": "--peclet", "levels.n_levels": "--levels", "levels.sigma_max": "--sigma-max",
    "velocity.flow": "--kind", "velocity.divergence_free": "--divergence-free",
    "velocity.speed_limit": "--speed-limit", "corruption.walls": "--walls",
}  # fmt: skip
"""Options of the verb corrupt by the keys that they give a value to."""


@verb(
    option("photo", nargs="?", metavar="PHOTO", help="image file; none: a sample photo"),
    option(
        "--out",
        action="append",
        default=[],
        metavar="FILE",
        help=".png, .pdf, .jpg or .webp: a strip; .gif or .mp4: an animation; may be repeated",
    ),
    option("--flow", metavar="FILE", help=".png, .pdf, .jpg or .webp: the velocity field"),
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
        default=256,
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
    import numpy as np

    from beyond_blur.analysis.one_image import Run
    from beyond_blur.config.blur_widths import blur_widths
    from beyond_blur.corruption import pairs
    from beyond_blur.data.photograph import SIZES, notes_on, read_photograph
    from beyond_blur.lbm.trajectory import Trajectory

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
    for note in notes_on(photo):
        print(f"note: {note}")
    print(described, flush=True)
    write_all(run, out, flow, n)


def write_all(run: Run, out: list[str], flow: str | None, n: int | None) -> None:
    """Solve once for everything that is asked for, then write it."""
    import numpy as np

    from beyond_blur.analysis.one_image import flow_levels
    from beyond_blur.corruption.shown_levels import levels_shown
    from beyond_blur.rendering import corruption_pictures

    k_last = run.trajectory.n_levels
    shown = {path: levels_shown(range(k_last + 1), n or SHOWN[suffix(path)]) for path in out}
    moments = flow_levels(run) if flow else np.zeros(0, np.int64)
    solved = np.unique(np.concatenate([*shown.values(), moments, [k_last]]))
    states = waited_for(run, solved)
    cut = corruption_pictures.share_outside(states)
    if cut.max() > 1e-3:
        worst = solved[cut.argmax()]
        print(f"note: {100 * cut.max():.2g} % of level {worst} lie outside [0, 1]; pictures cut it")
    for path, chosen in shown.items():
        words = write_levels(run, path, states[np.searchsorted(solved, chosen)], chosen)
        print(f"wrote {path} ({words})", flush=True)
    if flow:
        write_flow(run, flow, states[np.searchsorted(solved, moments)], moments)
        print(f"wrote {flow} (the flow at {len(moments)} of {k_last} levels)")


def waited_for(run: Run, levels: np.ndarray) -> np.ndarray:
    """The image at some levels; a person at a terminal sees about how long that takes."""
    if not sys.stderr.isatty():
        return run.states(levels)
    with expected("solving", run.seconds_to(int(levels[-1]))):
        return run.states(levels)


def write_levels(run: Run, path: str, states: np.ndarray, levels: np.ndarray) -> str:
    """The image at some levels as a strip or as an animation; what was written, in words."""
    from beyond_blur.rendering import corruption_pictures, films, style

    k_last, sigma = run.trajectory.n_levels, run.trajectory.schedule.sigma[levels]
    if suffix(path) in FIGURES:
        style.draw(lambda: corruption_pictures.strip(states, levels, sigma, run.title), path)
        return f"{len(levels)} of levels 0 to {k_last}"
    films.write_film(path, films.Film(corruption_pictures.frames(states)))
    return f"{len(levels)} frames, levels 0 to {k_last}"


def write_flow(run: Run, path: str, states: np.ndarray, levels: np.ndarray) -> None:
    """The flow at some levels as arrows over the image and as colour."""
    from beyond_blur.rendering import flow_pictures, style

    moments = flow_pictures.flow_moments(run, states, levels)
    style.draw(lambda: flow_pictures.flow_figure(moments, run.title), path)


def check_outputs(out: list[str], flow: str | None, peclet: float) -> None:
    """Refuse what cannot be written, or is there already, before any work."""
    from beyond_blur.storage.output_folder import check_new

    if not out and flow is None:
        raise ValueError("nothing to write: give --out strip.png, --out film.gif or --flow v.png")
    for path in out:
        if suffix(path) not in SHOWN:
            raise ValueError(f"--out {path} ends with none of {', '.join(SHOWN)}: rename it")
    if flow is not None and suffix(flow) not in FIGURES:
        raise ValueError(f"--flow {flow} ends with none of {', '.join(FIGURES)}: rename it")
    if not 0 <= peclet < math.inf:
        raise ValueError(f"--peclet {peclet:g} is not a number from 0 up: 0 is no flow at all")
    if flow is not None and peclet == 0:
        raise ValueError(f"--peclet 0 has no flow to draw: raise it, or leave out --flow {flow}")
    for path in out:
        check_new(path, "--out")
    if flow is not None:
        check_new(flow, "--flow")


def check_range(option: str, value: float, low: float, high: float) -> None:
    """Refuse a value outside its range, by the option's name."""
    if not low <= value <= high:
        raise ValueError(f"{option} {value:g} is outside its range {low:g} to {high:g}")


def suffix(path: str) -> str:
    """What decides how a file is written."""
    return Path(path).suffix.lower()


# --- figures of the docs --------------------------------------------------------------------------


@verb(
    option("photo", nargs="?", metavar="PHOTO", help="image file; none: a sample photo"),
    option("--seed", **SEED, help="another one: another flow"),
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def peclets(photo: str | None, seed: int, png: str, pdf: str) -> None:
    """Draw one photograph over Peclet numbers, compressible and divergence-free, at two sizes."""
    from beyond_blur.analysis.peclet_grid import SIZES, peclet_grid
    from beyond_blur.data.photograph import square_photograph
    from beyond_blur.rendering import style
    from beyond_blur.rendering.peclet_grid import cuts, peclet_figure

    rows = peclet_grid({size: square_photograph(photo, size) for size in SIZES}, seed)
    style.draw(lambda: peclet_figure(rows), png, pdf)
    print(*cuts(rows), sep="\n")


@verb(
    option("--png", **FILE),
    option("--pdf", **FILE),
)
def schemes(png: str, pdf: str) -> None:
    """Draw where the authors' lattice scheme and the memoryless one differ."""
    from beyond_blur.lbm.levels import LatticeSchedule
    from beyond_blur.rendering import schemes as scheme_figures
    from beyond_blur.rendering import style

    schedule = LatticeSchedule.from_levels(Levels())
    style.draw(lambda: scheme_figures.schemes(schedule), png, pdf)
