"""Every figure of the workflow: what it is drawn from, by which function, and what it is called.

A new figure is its drawing function and one entry here: the command line and the rules take theirs
from `FIGURES`. Drawing functions and readers are named by strings and imported when they are
needed, so that a dry run imports neither.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from beyond_blur.rendering.given import Given


@dataclass(frozen=True)
class Inputs:
    """A kind of input that figures are drawn from.

    Attributes
    ----------
    load : str
        Function that reads it, as ``package.module:name``: takes a `given.Given`.
    computes : bool
        Whether processes run to make it, which takes PyTorch.
    """

    load: str
    computes: bool = False


INPUTS: dict[str, Inputs] = {
    "facts": Inputs("beyond_blur.rendering.set_loading:facts"),
    "contact_sheet": Inputs("beyond_blur.rendering.set_loading:contact_sheet"),
    "samples": Inputs("beyond_blur.rendering.loading:images"),
    "trajectories": Inputs("beyond_blur.rendering.loading:strips"),
    "teaser": Inputs("beyond_blur.rendering.loading:strips"),
    "table": Inputs("beyond_blur.rendering.number_loading:table"),
    "study": Inputs("beyond_blur.rendering.number_loading:table"),
    "metrics": Inputs("beyond_blur.rendering.number_loading:rows"),
    "histories": Inputs("beyond_blur.rendering.number_loading:histories"),
    "neighbours": Inputs("beyond_blur.rendering.loading:neighbours"),
    "amplitude": Inputs("beyond_blur.rendering.number_loading:amplitudes"),
    "study_amplitude": Inputs("beyond_blur.rendering.number_loading:amplitudes"),
    "interpolations": Inputs("beyond_blur.rendering.loading:panels"),
    "shared": Inputs("beyond_blur.rendering.loading:panels"),
    "starts": Inputs("beyond_blur.rendering.loading:starts"),
    "network_calls": Inputs("beyond_blur.rendering.number_loading:over_calls"),
    "deltas": Inputs("beyond_blur.rendering.delta_loading:read_deltas"),
    "terminal_states": Inputs("beyond_blur.rendering.loading:terminal_states", computes=True),
    "stages": Inputs("beyond_blur.rendering.pipeline_loading:stages", computes=True),
    "flow": Inputs("beyond_blur.rendering.loading:flow", computes=True),
    "peclets": Inputs("beyond_blur.rendering.loading:peclets", computes=True),
    "profile": Inputs("beyond_blur.rendering.loading:profiles", computes=True),
    "processes": Inputs("beyond_blur.rendering.loading:photograph", computes=True),
}
"""The rules know the files of each: `FIGURE_INPUTS` in ``workflow/rules/rendering.smk``."""


@dataclass(frozen=True)
class FigureEntry:
    """One figure.

    Attributes
    ----------
    draw : str
        Function that draws it, as ``package.module:name``: takes what the inputs hold.
    inputs : str
        A key of `INPUTS`.
    title : str
        In the report.
    category : str
        Heading of the report that it stands under.
    always : bool
        Whether it is drawn with the tables; others are drawn where they are asked for by name.
    caption : str
        File of ``workflow/report`` with its caption, if it is not called as the figure.
    options : mapping of str to values
        Keyword arguments of ``draw``.
    """

    draw: str
    inputs: str
    title: str
    category: str = "Figures"
    always: bool = True
    caption: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> tuple[str, str]:
        """The functions that the figure depends on, as ``package.module:name``."""
        return self.draw, INPUTS[self.inputs].load

    @property
    def computes(self) -> bool:
        """Whether processes run to make what it shows."""
        return INPUTS[self.inputs].computes


FIGURES: dict[str, FigureEntry] = {
    "contact_sheet": FigureEntry(
        "beyond_blur.rendering.contact_sheet:contact_sheet",
        "contact_sheet",
        "training images, some of every class",
        "Data set",
    ),
    "data_set": FigureEntry(
        "beyond_blur.rendering.data_set:data_set",
        "facts",
        "spectrum, grey values and classes of the data set",
        "Data set",
    ),
    "samples": FigureEntry(
        "beyond_blur.rendering.image_grids:sample_grids", "samples", "samples beside real images"
    ),
    "strips": FigureEntry(
        "beyond_blur.rendering.strips:strips", "trajectories", "forward and reverse strips"
    ),
    "spectrum": FigureEntry(
        "beyond_blur.rendering.spectra:spectra", "trajectories", "energy spectrum over levels"
    ),
    "restored": FigureEntry(
        "beyond_blur.rendering.restored:restored_octaves",
        "trajectories",
        "which wave numbers each reverse step restores",
    ),
    "metrics": FigureEntry(
        "beyond_blur.rendering.metric_figures:metric_against_peclet",
        "table",
        "metrics over the Péclet number",
    ),
    "loss": FigureEntry("beyond_blur.rendering.losses:losses", "histories", "training loss"),
    "profiles": FigureEntry(
        "beyond_blur.rendering.profiles:profiles",
        "profile",
        "what each operation does to a profile (paper, figure 1)",
    ),
    "teaser": FigureEntry(
        "beyond_blur.rendering.teaser:teaser", "teaser", "processes side by side (paper, teaser)"
    ),
    "pipeline": FigureEntry(
        "beyond_blur.rendering.pipeline:pipeline",
        "stages",
        "from an image to the table (paper, figure 3)",
    ),
    "photograph": FigureEntry(
        "beyond_blur.rendering.photograph:spectra_of_one_photograph",
        "processes",
        "spectrum of one photograph (paper, figure 2)",
    ),
    "neighbours": FigureEntry(
        "beyond_blur.rendering.neighbours:neighbours",
        "neighbours",
        "samples and their nearest training images",
    ),
    "precision_recall": FigureEntry(
        "beyond_blur.rendering.precision_recall:precision_recall",
        "table",
        "precision against recall",
    ),
    "fid_against_n": FigureEntry(
        "beyond_blur.rendering.extrapolation:fid_against_n",
        "metrics",
        "distance over the number of samples",
    ),
    "amplitude": FigureEntry(
        "beyond_blur.rendering.amplitude:amplitudes",
        "amplitude",
        "what the terminal states still hold",
    ),
    "terminal_knowledge": FigureEntry(
        "beyond_blur.rendering.terminal_knowledge:terminal_knowledge",
        "terminal_states",
        "what terminal states still know, at every wave number",
    ),
    "streamlines": FigureEntry(
        "beyond_blur.rendering.streamlines:streamlines",
        "flow",
        "the flow over time and the image that it carries",
    ),
    "peclet_row": FigureEntry(
        "beyond_blur.rendering.peclet_row:peclet_pictures",
        "peclets",
        "one image at one Fourier number over the Péclet number",
    ),
    "mean_colours": FigureEntry(
        "beyond_blur.rendering.mean_colours:mean_colours",
        "starts",
        "mean colours of samples and of what they started from",
    ),
    "interpolation": FigureEntry(
        "beyond_blur.rendering.panels:draw_panels",
        "interpolations",
        "from one sample to another",
        always=False,
    ),
    "shared": FigureEntry(
        "beyond_blur.rendering.panels:draw_panels",
        "shared",
        "the same noise; one initial state",
        always=False,
        options={"across": 2},
    ),
    "study": FigureEntry(
        "beyond_blur.rendering.study:study",
        "study",
        "processes side by side",
        "Study",
        always=False,
    ),
    "study_amplitude": FigureEntry(
        "beyond_blur.rendering.amplitude:amplitudes",
        "study_amplitude",
        "what the terminal states still hold",
        "Study",
        always=False,
        caption="amplitude",
    ),
    "deltas": FigureEntry(
        "beyond_blur.rendering.delta_sweep:metrics_over_delta",
        "deltas",
        "quality over the sampler noise",
        "Study",
        always=False,
    ),
    "steps": FigureEntry(
        "beyond_blur.rendering.network_calls:metrics_over_calls",
        "network_calls",
        "quality over network calls",
        "Network calls",
        always=False,
    ),
}


def resolve(name: str) -> Callable[..., Any]:
    """The function that a string ``package.module:name`` names, imported only now."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def draw_figure(name: str, paths: Sequence[Path | str], given: Given) -> None:
    """Read what a figure is drawn from, draw it and write it.

    Parameters
    ----------
    name : str
        A key of `FIGURES`.
    paths : sequence of Path or str
        Files to write, of the formats of `style.FORMATS`.
    given : Given
        Its inputs.

    Raises
    ------
    ValueError
        For labels that are not one for each input, or a file that cannot be written.
    ArtifactError
        For a file that is broken or not what the figure is drawn from.
    """
    from beyond_blur.rendering import style

    entry = FIGURES[name]
    loaded = resolve(INPUTS[entry.inputs].load)(given)
    style.draw(lambda: resolve(entry.draw)(loaded, **entry.options), *paths)
