"""The report of a run as one page that needs nothing else: table, figures, what was run.

It shows what there is: a run that was stopped has its report, too, which says what is missing.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from beyond_blur.rendering.figures import FIGURES
from beyond_blur.rendering.run_facts import Times, facts, times
from beyond_blur.storage import outputs
from beyond_blur.storage.atomic import ArtifactError

FIRST = ("samples", "metrics", "strips", "precision_recall", "teaser", "study")
"""The figures that answer what one asks first; all others follow in the order of `FIGURES`."""

LAST = ("loss", "contact_sheet", "data_set")
"""Those of what went in."""

OF_OTHER_VERBS = {"alignment": "levels of different processes, made comparable"}
"""Figures that are no entry of `FIGURES`, and their titles."""

TABLES = {"table1": "Results", "study": "Study: does the flow help?"}
"""Tables by the names of their files."""

SCALE = 0.42
"""Widths of a figure on the page, in CSS pixels, over its own pixels: 300 to an inch."""


@dataclass(frozen=True)
class Shown:
    """A figure of the page.

    Attributes
    ----------
    name, title : str
    data : str
        The PNG file in base64.
    width : int
        CSS pixels.
    caption : str
        As HTML.
    """

    name: str
    title: str
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
    for name, title in figures_in_order():
        path = results / "figures" / f"{name}.png"
        always = name in OF_OTHER_VERBS or FIGURES[name].always
        if not path.exists():
            report.left_out += [f"{path} is not there yet"] if always else []
            continue
        try:
            report.figures.append(figure(path, title, caption(captions, name)))
        except ArtifactError as error:
            report.left_out.append(str(error))
    return report


def figures_in_order() -> Iterator[tuple[str, str]]:
    """Names and titles of all figures, by importance."""
    titles = {name: entry.title for name, entry in FIGURES.items()} | OF_OTHER_VERBS
    middle = [name for name in titles if name not in (*FIRST, *LAST)]
    for name in (*FIRST, *middle, *LAST):
        yield name, titles[name]


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


def figure(path: Path, title: str, caption: str) -> Shown:
    """A figure with its caption.

    Raises
    ------
    ArtifactError
        For a file that is not as it was written.
    """
    of_others = path.parents[1] / f"{path.stem}.manifest.json"
    outputs.check(path, manifest=of_others if path.stem in OF_OTHER_VERBS else None)
    data = path.read_bytes()
    (pixels,) = struct.unpack(">I", data[16:20])  # the head of a PNG has its width there
    encoded = base64.b64encode(data).decode()
    return Shown(path.stem, title, encoded, round(pixels * SCALE), caption)


def caption(folder: Path, name: str) -> str:
    """A figure's caption as HTML; empty where it has none."""
    entry = FIGURES.get(name)
    path = folder / f"{(entry and entry.caption) or name}.rst"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return "".join(f"<p>{inline(part)}</p>" for part in text.strip().split("\n\n") if part)


def inline(text: str) -> str:
    """The literals of reStructuredText as HTML; captions have no other marks."""
    return re.sub(r"``(.+?)``", r"<code>\1</code>", escape(" ".join(text.split())))
