"""The pictures that figures are drawn from, read from files: one function for every kind of input.

Each takes a `Given` and returns what the drawing functions take. `figures.INPUTS` names them; those
of numbers stand in `number_loading`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from beyond_blur import finite
from beyond_blur.config import labels, read
from beyond_blur.config.rule_specs import SamplingSpec, TrajectorySpec, from_json
from beyond_blur.data.pixels import to_float
from beyond_blur.rendering.given import Given
from beyond_blur.storage import artifacts
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.contents import GRID, IMAGES, MARKS, NUMBERS, STRIPS, array_of

if TYPE_CHECKING:
    from beyond_blur.analysis.carried_image import Carried, PecletRow
    from beyond_blur.analysis.mean_colour import MeanColours
    from beyond_blur.analysis.one_image import Run
    from beyond_blur.analysis.photograph import SpectrumPanel
    from beyond_blur.analysis.profiles import ProfileStates
    from beyond_blur.analysis.terminal_knowledge import Known
    from beyond_blur.rendering.panels import Panel
    from beyond_blur.rendering.strips import Strips

N_IMAGES = 64
"""Images of each grid of samples."""


def images(given: Given) -> list[tuple[str, np.ndarray]]:
    """The first real images or samples of each file: (label, float32 (n, c, h, w) in [0, 1])."""
    manifests = [artifacts.read_manifest(path) for path in given.files]
    given.check(manifests)
    found = []
    for path, manifest in zip(given.files, manifests, strict=True):
        kind = manifest["kind"]
        name = "samples" if kind == "samples" else "images"
        pixels = array_of(artifacts.load(path, kind).arrays, name, IMAGES, path)
        found.append(to_float(pixels[:N_IMAGES]))
    return given.labelled(found)


def strips(given: Given) -> list[Strips]:
    """Forward and reverse strips of every process."""
    from beyond_blur.rendering.strips import Strips

    found = []
    for path, file in zip(given.files, given.artifacts("trajectory"), strict=True):
        arrays = file.arrays
        levels = array_of(arrays, "levels", NUMBERS, path)
        ways = [array_of(arrays, name, STRIPS, path) for name in ("forward", "backward")]
        for way in ways:
            finite.check(way, f"{path}: states", "make the file again")
            if way.shape[1] != len(levels):
                raise ArtifactError(
                    f"{path}: states of {way.shape[1]} levels for {len(levels)} levels: delete it "
                    "and rerun"
                )
        found.append((*ways, levels))
    return [Strips(label, *strip) for label, strip in given.labelled(found)]


def neighbours(given: Given) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Samples over their nearest training images: (label, images, copies) of every process."""
    found = []
    for path, file in zip(given.files, given.artifacts("neighbours"), strict=True):
        pictures = array_of(file.arrays, "images", STRIPS, path)
        found.append((pictures, array_of(file.arrays, "copies", MARKS, path, len(pictures))))
    return [(label, *both) for label, both in given.labelled(found)]


def starts(given: Given) -> list[MeanColours]:
    """The mean colours of every process's samples and of their initial states."""
    from beyond_blur.analysis.mean_colour import MeanColours, channel_means

    given.check([artifacts.read_manifest(path) for path in given.files])
    found = []
    for path in given.files:  # one at a time: samples are large
        file = artifacts.load(path, "samples")
        job = {key: value for key, value in file.manifest["spec"].items() if key != "seed"}
        process = read(SamplingSpec, job).process
        facts = {
            "process": process.name,
            "peclet": process.flow_peclet,
            "prior": file.traits["prior"],
            "seed": file.traits["seed"],
        }
        after = array_of(file.arrays, "samples", IMAGES, path)
        before = array_of(file.arrays, "prior", IMAGES, path, len(after))
        means = channel_means(before), channel_means(after)
        found.append(MeanColours(labels.process_label(process), facts, *means))
    return found


def panels(given: Given) -> list[Panel]:
    """What the verb explore kept of every network."""
    from beyond_blur.rendering.panels import Panel

    return [Panel(to_float(pictures), **facts) for pictures, facts in explorations(given)]


def explorations(given: Given) -> list[tuple[np.ndarray, dict[str, Any]]]:
    """Images of each file, uint8 (rows, columns, c, h, w), with their rows, columns and title."""
    found = []
    for path, file in zip(given.files, given.artifacts("exploration"), strict=True):
        lacks = {"rows", "columns", "title"} - set(file.manifest)
        if lacks:
            raise ArtifactError(f"{path} does not say its {min(lacks)}: delete it and rerun")
        facts = {name: file.manifest[name] for name in ("rows", "columns", "title")}
        found.append((array_of(file.arrays, "images", GRID, path), facts))
    return found


def profiles(given: Given) -> list[ProfileStates]:
    """A profile and a photograph under each operation; computed, from no file."""
    from beyond_blur.analysis.photograph import sample_photograph
    from beyond_blur.analysis.profiles import bump_and_box, profile_states

    return profile_states(bump_and_box(), sample_photograph(128)[0])


def terminal_states(given: Given) -> list[Known]:
    """What the terminal states of held-out images know of them; computed, process by process."""
    from beyond_blur.analysis import terminal_knowledge as terminal

    pixels, ids = first_images(given, terminal.N_IMAGES)
    return [
        terminal.known(label, pixels, terminal.terminal_states(job, pixels, ids))
        for label, job in processes_of(given)
    ]


def flow(given: Given) -> Carried:
    """The first image at some levels of one flow, and the flow; computed."""
    from beyond_blur.analysis.carried_image import carried

    return carried(flow_run(given))


def peclets(given: Given) -> PecletRow:
    """The first image at one level of flows of rising Peclet numbers; computed."""
    from beyond_blur.analysis.carried_image import peclet_row

    return peclet_row(flow_run(given))


def flow_run(given: Given) -> Run:
    """The first image under the flow of the process that is given.

    Raises
    ------
    ValueError
        Where none is given: the configuration has no flow.
    """
    from beyond_blur.analysis.carried_image import run_of

    if not given.specs:
        raise ValueError(
            "no flow to draw: the configuration has no advection_diffusion with peclet > 0; add one"
        )
    label, job = processes_of(given)[0]
    (image,), (number,) = first_images(given, 1)
    return run_of(label, job, image, int(number))


def first_images(given: Given, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The first n images of the one file, float32 in [0, 1], and their indices in the set."""
    path, file = given.files[0], given.artifacts("images")[0]
    pixels = array_of(file.arrays, "images", IMAGES, path)
    ids = array_of(file.arrays, "index", NUMBERS, path, len(pixels))
    return to_float(pixels[:n]), ids[:n]


def processes_of(given: Given) -> list[tuple[str, TrajectorySpec]]:
    """The processes that run to make a figure, by their labels."""
    jobs: list[TrajectorySpec] = [from_json(TrajectorySpec, spec) for spec in given.specs]
    return given.labelled(jobs)


def photograph(given: Given) -> list[SpectrumPanel]:
    """A photograph at several levels of every process; computed, from the processes alone."""
    from beyond_blur.analysis.photograph import photograph_panels, sample_photograph

    return photograph_panels(dict(processes_of(given)), sample_photograph())
