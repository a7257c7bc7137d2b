"""Every film of the workflow, as `figures.FIGURES` lists the figures.

A new film is one entry here: which file of every process it is made of, and the functions that read
them and draw its frames. They are named by strings and imported when they are needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from beyond_blur.rendering.figures import resolve

if TYPE_CHECKING:
    from beyond_blur.rendering.given import Given


@dataclass(frozen=True)
class FilmEntry:
    """One film.

    Attributes
    ----------
    files : str
        The file of a process, below the results' folder, with ``{dataset}`` and ``{process}``.
    load : str
        Function that reads them, as ``package.module:name``: takes a `given.Given`.
    title : str
        In the report.
    always : bool
        Whether every run has it; others are made where they are asked for by name.
    options : mapping of str to values
        Keyword arguments of ``draw``.
    draw : str
        Function that draws it, of what ``load`` returns: to a `films.Film`.
    """

    files: str
    load: str
    title: str
    always: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    draw: str = "beyond_blur.rendering.film_panels:film_of"

    @property
    def code(self) -> tuple[str, str]:
        """The functions that the film depends on, as ``package.module:name``."""
        return self.draw, self.load

    def file_of(self, dataset: str, process: str) -> str:
        """The file of one process, below the results' folder."""
        return self.files.format(dataset=dataset, process=process)


EXPLORED = "beyond_blur.rendering.film_loading:explored"

FILMS: dict[str, FilmEntry] = {
    "reverse": FilmEntry(
        "trajectories/{dataset}/{process}.safetensors",
        "beyond_blur.rendering.film_loading:reverse_ways",
        "samples on their way back",
        always=True,
    ),
    "ways": FilmEntry(
        "explorations/{dataset}/{process}/way.safetensors",
        EXPLORED,
        "samples on their way back, level by level",
    ),
    "interpolation": FilmEntry(
        "explorations/{dataset}/{process}/morph.safetensors",
        EXPLORED,
        "from one sample to another, and back",
        options={"back": True},
    ),
    "shared_noise": FilmEntry(
        "explorations/{dataset}/{process}/way-shared-noise.safetensors",
        EXPLORED,
        "samples that see the same noise",
    ),
    "shared_state": FilmEntry(
        "explorations/{dataset}/{process}/way-shared-state.safetensors",
        EXPLORED,
        "samples from one initial state",
    ),
}
"""Films by their names; the caption of each is ``film_NAME.rst`` in ``workflow/report``."""


def draw_film(name: str, paths: Sequence[Path | str], given: Given) -> None:
    """Read what a film is made of, draw its frames and write it.

    Parameters
    ----------
    name : str
        A key of `FILMS`.
    paths : sequence of Path or str
        Files to write, .gif or .mp4.
    given : Given
        Its inputs.

    Raises
    ------
    ValueError
        For labels that are not one for each input, or a file that cannot be written.
    ArtifactError
        For a file that is broken or not what the film is made of.
    """
    from beyond_blur.rendering import films

    entry = FILMS[name]
    film = resolve(entry.draw)(resolve(entry.load)(given), **entry.options)
    for path in paths:
        films.write_film(path, film)
