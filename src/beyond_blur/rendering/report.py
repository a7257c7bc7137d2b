"""The report of a run as one page that needs nothing else: table, figures, what was run.

It shows what there is: a run that was stopped has its report, too, which says what is missing.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from beyond_blur.rendering.figures import FIGURES
from beyond_blur.rendering.film_registry import FILMS
from beyond_blur.rendering.run_facts import Times, facts, times
from beyond_blur.storage import outputs
from beyond_blur.storage.atomic import ArtifactError

FIRST = ("samples", "metrics", "strips", "precision_recall", "teaser", "study")
"""The figures that answer what one asks first; then films; then the others, as in `FIGURES`."""

LAST = ("loss", "contact_sheet", "data_set")
"""Those of what went in."""

OF_OTHER_VERBS = {"alignment": "levels of different processes, made comparable"}
"""Figures that are no entry of `FIGURES`, and their titles."""

TABLES = {"table1": "Results", "study": "Study: does the flow help?"}
"""Tables by the names of their files."""

SCALE = 0.42
"""Widths of a figure on the page, in CSS pixels, over its own pixels: 300 to an inch."""


@dataclass(frozen=True)
class Listed:
    """A figure or a film that a run may have.

    Attributes
    ----------
    name : str
        That of its caption.
    title, file : str
        The file below the results' folder.
    always : bool
        Whether every run has it.
    """

    name: str
    title: str
    file: str
    always: bool


@dataclass(frozen=True)
class Shown:
    """A figure or a film of the page.

    Attributes
    ----------
    name, title : str
    kind : str
        ``png`` or ``gif``.
    data : str
        The file in base64.
    width : int
        CSS pixels.
    caption : str
        As HTML.
    """

    name: str
    title: str
    kind: str
    data: str
    width: int
    caption: str


@dataclass
class Report:
    """What the page shows.

    Attributes
    ----------
    title : str
        The preset, where the table says which.
    tables : list of (title, HTML, note)
    figures : list of Shown
    facts : list of (name, text)
        What was run.
    times : Times or None
        What each rule took, where that is known.
    left_out : list of str
        Files that are not there, or are not what was written, a line each.
    """

    title: str = "A run of beyond_blur"
    tables: list[tuple[str, str, str]] = field(default_factory=list)
    figures: list[Shown] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    times: Times | None = None
    left_out: list[str] = field(default_factory=list)


def page(results: Path, captions: Path) -> str:
    """The report as HTML; the same results are the same text.

    Parameters
    ----------
    results : path
        The folder ``results`` of a run, finished or not.
    captions : path
        Folder of the captions: ``workflow/report``.
    """
    import jinja2

    report = gather(results, captions)
    text = Path(__file__).with_name("report.html.j2").read_text(encoding="utf-8")
    template = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return template.from_string(text).render(report=report)


def gather(results: Path, captions: Path) -> Report:
    """All that the page shows, read and checked."""
    report = Report(facts=list(facts(results)), times=times(results))
    for name, title in TABLES.items():
        if name == "table1" or (results / f"{name}.html").exists():
            try:
                preset, text, note = table(results / f"{name}.html")
                report.tables.append((title, text, note))
                report.title = preset if name == "table1" else report.title
            except ArtifactError as error:
                report.left_out.append(str(error))
    for one in figures_in_order():
        path = results / one.file
        if not path.exists():
            report.left_out += [f"{path} is not there yet"] if one.always else []
            continue
        try:
            report.figures.append(figure(path, one, caption(captions, one.name)))
        except ArtifactError as error:
            report.left_out.append(str(error))
    return report


def figures_in_order() -> Iterator[Listed]:
    """All figures and films, by importance."""
    figures = {
        **{name: (entry.title, entry.always) for name, entry in FIGURES.items()},
        **{name: (title, True) for name, title in OF_OTHER_VERBS.items()},
    }
    listed = {
        name: Listed(name, of[0], f"figures/{name}.png", of[1]) for name, of in figures.items()
    }
    films = {
        f"film_{name}": Listed(f"film_{name}", film.title, f"films/{name}.gif", film.always)
        for name, film in FILMS.items()
    }
    middle = [name for name in listed if name not in (*FIRST, *LAST)]
    for name in (*FIRST, *films, *middle, *LAST):
        yield (listed | films)[name]


def table(path: Path) -> tuple[str, str, str]:
    """The preset of a table, and its element and its note, as the table's own page has them.

    Made again of the CSV, whose numbers are rounded, a last digit could be another.

    Raises
    ------
    ArtifactError
        For a page that is missing, or not as it was written.
    """
    preset = outputs.check(path, "table")["spec"]["preset"]
    text = path.read_text(encoding="utf-8")
    parts = (re.search(f"<{tag}>.*</{tag}>", text, re.DOTALL) for tag in ("table", "p"))
    found, note = (part[0] if part else "" for part in parts)
    return f"Preset {preset}", found, note


def figure(path: Path, listed: Listed, caption: str) -> Shown:
    """A figure or a film with its caption.

    Raises
    ------
    ArtifactError
        For a file that is not as it was written.
    """
    of_others = path.parents[1] / f"{path.stem}.manifest.json"
    outputs.check(path, manifest=of_others if listed.name in OF_OTHER_VERBS else None)
    data, kind = path.read_bytes(), path.suffix[1:]
    encoded = base64.b64encode(data).decode()
    return Shown(listed.name, listed.title, kind, encoded, WIDTHS[kind](data), caption)


WIDTHS: dict[str, Callable[[bytes], int]] = {
    "png": lambda data: round(struct.unpack(">I", data[16:20])[0] * SCALE),
    "gif": lambda data: int(struct.unpack("<H", data[6:8])[0]),
}
"""CSS pixels of a picture, by the head of its file; of a film as many as it has of its own."""


def caption(folder: Path, name: str) -> str:
    """A figure's caption as HTML; empty where it has none."""
    entry = FIGURES.get(name)
    path = folder / f"{(entry and entry.caption) or name}.rst"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return "".join(f"<p>{inline(part)}</p>" for part in text.strip().split("\n\n") if part)


def inline(text: str) -> str:
    """The literals of reStructuredText as HTML; captions have no other marks."""
    return re.sub(r"``(.+?)``", r"<code>\1</code>", escape(" ".join(text.split())))
