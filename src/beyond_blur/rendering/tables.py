"""The table of the paper: one row per process and Peclet number, mean and spread over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from beyond_blur.config.experiment import SMOKE
from beyond_blur.features.extractor import is_fid
from beyond_blur.metrics import catalogue
from beyond_blur.metrics.catalogue import Metric
from beyond_blur.rendering import columns, paper_table
from beyond_blur.rendering.row_checks import IMAGE_SETS, Wanted, check_rows
from beyond_blur.rendering.runs import by_run, over_seeds, without_trainings

CEILING = "held-out against train"


FLOORS = {"prior": "corrupted prior", "one_step": "one-step reconstruction"}


HELD_OUT = " (held-out prior)"


FACTS = (
    "images",
    "prior",
    "reference",
    "feature_dim",
    "n_trainings",
    "n_seeds",
    "n_samples",
    "n_reference",
    "extractor",
    "nearest_k",
)
"""What a row's numbers are of, and what they were measured with."""


def column_names() -> list[str]:
    """Columns of the table: the row's name, means, spreads, and what they were measured with."""
    metrics = catalogue.columns()
    spreads = (f"{metric}_std" for metric in metrics)
    return ["process", "peclet", *metrics, *spreads, *catalogue.errors(), *FACTS]


def row_name(row: dict[str, Any]) -> str:
    """What a row is called: the process, or the floor or ceiling it stands for."""
    if row["images"] == "train":
        return CEILING
    name = f"{row['process']}{HELD_OUT if row['prior'] == 'held_out' else ''}"
    floor = FLOORS.get(row["images"])
    return f"{floor}, {name}" if floor else name


def table(rows: list[dict[str, Any]], wanted: Sequence[Wanted] | None = None) -> pd.DataFrame:
    """Gather the metrics of every training and seed into one row per process and Peclet number.

    Parameters
    ----------
    rows : list of dict
        Rows of the metrics files, one per image set and seed.
    wanted : sequence of (process, peclet, prior, training_seed, seed), optional
        What there have to be rows of, see `row_checks.check_rows`.

    Returns
    -------
    DataFrame
        Columns `column_names`. ``fid``, ``fid_infinity`` and ``kid`` are filled for Inception
        features only; of any other features the same numbers stand under names of their own
        (`catalogue.inception_names`). Spreads are sample standard deviations over training seeds
        where there are several (`runs.by_run`), else over sampling seeds; empty for a single one.
        Samples first, then floors, then the ceiling.

    Raises
    ------
    ValueError
        For rows that a table would be wrong of, as `row_checks.check_rows` says.
    """
    check_rows(rows, wanted)
    metrics, errors = catalogue.columns(), catalogue.errors()
    names = dict.fromkeys([*rows[0], *metrics, *errors, *FACTS])
    rows = without_trainings(rows)
    frame = pd.DataFrame(rows).reindex(columns=names)
    frame["order"] = frame["images"].map(IMAGE_SETS.index)
    frame["name"] = [row_name(row) for row in rows]
    frame = by_extractor(frame.astype(dict.fromkeys((*metrics, "peclet"), float)))
    # One process keeps the place of its first row; within it the Peclet numbers rise.
    place = {name: i for i, name in enumerate(dict.fromkeys(frame["name"]))}
    frame["place"] = frame["name"].map(place)
    groups = frame.groupby(["order", "place", "name", "peclet"], dropna=False, sort=True)
    lines = []
    for (_, _, name, peclet), group in groups:
        line = {"process": name, "peclet": peclet}
        values = by_run(group, metrics)
        line |= {m: values[m].mean() for m in metrics}
        line |= {f"{m}_std": values[m].std() for m in metrics}
        line |= {fact: group[fact].iloc[0] for fact in FACTS}
        line |= {error: group[error].mean() for error in errors}
        counts = {"n_trainings": "training_seed", "n_seeds": "seed"}
        lines.append(line | {count: group[column].nunique() for count, column in counts.items()})
    return pd.DataFrame(lines, columns=column_names())


def by_extractor(frame: pd.DataFrame) -> pd.DataFrame:
    """Move the distances of Inception's features to the names that are theirs alone."""
    frame = frame.copy()
    inception = frame["extractor"].map(is_fid).astype(bool)
    for name, plain_name in catalogue.inception_names().items():
        frame[name] = frame[plain_name].where(inception)
        frame[plain_name] = frame[plain_name].where(~inception)
    return frame


def to_csv(frame: pd.DataFrame) -> str:
    """The table with six significant digits: the same result is the same text."""
    return str(frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def printed(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that are printed, with the metrics that are merged of several columns.

    The floors of held-out priors differ little from those of training priors: the CSV has them.
    """
    frame = frame[~(frame["images"].isin(FLOORS) & (frame["prior"] == "held_out"))].copy()
    for metric in catalogue.merged():
        for end in ("", "_std"):
            first, *others = (frame[f"{column}{end}"] for column in metric.merges)
            for other in others:
                first = first.fillna(other)
            frame[f"{metric.name}{end}"] = first
    return frame


def shown_metrics(frame: pd.DataFrame) -> list[Metric]:
    """The metrics that have a value, distances first, as in the paper."""
    return [metric for metric in catalogue.printed() if frame[metric.name].notna().any()]


def cell(line: pd.Series, metric: Metric, sign: str) -> str:
    """A mean with its spread, e.g. ``0.812 ± 0.004``; empty where there is no value.

    The spread has as many decimals as the mean.
    """
    mean, std = line[metric.name], line[f"{metric.name}_std"]
    if pd.isna(mean):
        return ""
    digits = metric.digits(mean)
    spread = "" if pd.isna(std) else f" {sign} {std:.{digits}f}"
    return f"{mean:.{digits}f}{spread}"


def best_rows(frame: pd.DataFrame) -> dict[str, int]:
    """The best row of every metric among the processes measured against the same reference.

    Floors and ceiling do not compete, nor do held-out priors, whose reference is another.
    """
    competing = frame[(frame["images"] == "samples") & (frame["prior"] != "held_out")]
    best = {}
    for metric in shown_metrics(competing):
        column = competing[metric.name].astype(float)
        if metric.better is not None:
            best[metric.name] = column.idxmin() if metric.better == "lower" else column.idxmax()
    return best


def body(
    frame: pd.DataFrame, sign: str, bold: str, preset: str
) -> tuple[list[Metric], list[list[str]]]:
    """Metrics and cells of the printed table; ``bold`` is a format for the best of a column.

    The cells of the process and of its Peclet number come first.
    """
    frame = printed(frame)
    metrics, best = shown_metrics(frame), best_rows(frame)
    lines = []
    for i, line in frame.iterrows():
        peclet = "" if pd.isna(line["peclet"]) else f"{line['peclet']:g}"
        cells = [cell(line, metric, sign) for metric in metrics]
        marked = [
            bold.format(text) if best.get(metric.name) == i else text
            for metric, text in zip(metrics, cells, strict=True)
        ]
        lines.append([line["process"], peclet, *marked])
    n_samples = int((frame["images"] == "samples").sum())
    lines[n_samples:n_samples] = paper_table.lines(preset, metrics)
    return metrics, lines


def heads(metrics: list[Metric]) -> list[str]:
    """The heads of the printed table."""
    return ["process", "Pe", *(metric.heading or metric.title for metric in metrics)]


SMALL = (
    "A smoke run: networks, steps and counts are as small as they can be, so that these numbers "
    "say that everything works and nothing else."
)


def note(frame: pd.DataFrame, preset: str = "") -> str:
    """What the numbers were measured with, and what to beware of."""
    first = frame.iloc[0]
    name = "FID" if frame["fid"].notna().any() else "Fréchet distance (not FID)"
    sentences = [
        *([SMALL] if preset.endswith(SMOKE) else []),
        f"{name} on features of extractor `{first['extractor']}`; precision, recall, density and "
        f"coverage with k = {first['nearest_k']}; {first['n_samples']} samples against "
        f"{first['n_reference']} held-out images; "
        f"{over_seeds(first['n_trainings'], first['n_seeds'])}. "
        "Best process per column in bold.",
        *remarks(frame),
        *([paper_table.PROTOCOL] if paper_table.belongs_to(preset) else []),
    ]
    return " ".join(sentences)


def remarks(frame: pd.DataFrame) -> list[str]:
    """What a reader of these rows has to know beside their numbers."""
    found = []
    fewest, dim = frame[["n_samples", "n_reference"]].min().min(), frame["feature_dim"].max()
    if fewest <= dim:
        found.append(
            f"Only {fewest:.0f} images for {dim:.0f} feature dimensions: the distance is mostly "
            "bias, so compare it within this table only, and prefer the kernel distance in the CSV."
        )
    if frame["copy_share"].notna().any() or frame["held_out_copy_share"].notna().any():
        found.append(
            "Copies: share of samples whose nearest image, by features and among the images that "
            "priors were made of, is the very image their own prior was made of."
        )
    if (frame["prior"] == "held_out").any():
        found.append(
            "Rows with a held-out prior are measured against as many training images, so that no "
            "row is measured against the images its priors were made of; they do not compete."
        )
    return found


def to_markdown(frame: pd.DataFrame, preset: str = "") -> str:
    """The table in the paper's form, as Markdown."""
    metrics, lines = body(frame, "±", "**{}**", preset)
    return f"{columns.markdown(heads(metrics), lines, n_left=2)}\n\n{note(frame, preset)}\n"


ARROWS = {"higher": r" $\uparrow$", "lower": r" $\downarrow$", None: ""}
"""Behind the head of a metric: which way is better."""


LINE_END = r" \\"


def to_latex(frame: pd.DataFrame, preset: str = "") -> str:
    """The table in the paper's form, as LaTeX (needs the booktabs package)."""
    metrics, lines = body(frame, r"$\pm$", r"\textbf{{{}}}", preset)
    arrows = ["", "", *(ARROWS[metric.better] for metric in metrics)]
    top = " & ".join(map("".join, zip(heads(metrics), arrows, strict=True)))
    rows = "\n".join(" & ".join(line).replace("_", r"\_") + LINE_END for line in lines)
    remark = note(frame, preset).replace("_", r"\_").replace("`", "").replace("±", r"$\pm$")
    return (
        f"% {remark}\n\\begin{{tabular}}{{ll{'r' * len(metrics)}}}\n\\toprule\n"
        f"{top} \\\\\n\\midrule\n{rows}\n\\bottomrule\n\\end{{tabular}}\n"
    )


def to_terminal(frame: pd.DataFrame, preset: str = "") -> str:
    """The table in aligned columns for a terminal, the best of a column starred."""
    metrics, lines = body(frame, "±", "{}*", preset)
    text = columns.aligned(heads(metrics), lines, n_left=2)
    return f"{text}\n\n{note(frame, preset).replace('in bold', 'starred')}\n"
