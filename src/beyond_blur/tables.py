"""The table of the paper: one row per process and Peclet number, mean and spread over seeds."""

from __future__ import annotations

from math import floor, log10
from typing import Any

import pandas as pd

METRICS = ("fid", "precision", "recall", "density", "coverage", "frechet_distance")
LOWER_IS_BETTER = ("fid", "frechet_distance")
CEILING = "held-out against train"
FLOOR = "corrupted prior"
FACTS = ["n_seeds", "n_samples", "n_reference", "extractor", "nearest_k"]
COLUMNS = ["process", "peclet", *METRICS, *(f"{m}_std" for m in METRICS), *FACTS]


def row_name(row: dict[str, Any]) -> str:
    """What a row is called: the process, or the floor or ceiling it stands for."""
    if row["images"] == "train":
        return CEILING
    source = "" if row["prior"] == "train" else f" ({row['prior'].replace('_', '-')} prior)"
    name = f"{row['process']}{source}"
    return f"{FLOOR}, {name}" if row["images"] == "prior" else name


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Gather the metrics of every seed into one row per process and Peclet number.

    Parameters
    ----------
    rows : list of dict
        Rows of the metrics files, one per image set and seed.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. ``fid`` is filled for Inception features only; a Frechet distance of any
        other features stands under ``frechet_distance``. Spreads are sample standard deviations
        over seeds, empty for a single seed. Samples first, then floors, then the ceiling.
    """
    order = {"samples": 0, "prior": 1, "train": 2}
    frame = pd.DataFrame(
        [{**row, "order": order[row["images"]], "name": row_name(row)} for row in rows]
    )
    inception = frame["extractor"].str.startswith("inception")
    frame["fid"] = frame["frechet_distance"].where(inception)
    frame["frechet_distance"] = frame["frechet_distance"].where(~inception)
    # One process keeps the place of its first row; within it the Peclet numbers rise.
    frame["first"] = frame.groupby(["order", "name"]).cumcount().eq(0).cumsum()
    keys = ["order", "name", "peclet"]
    frame["first"] = frame.groupby(["order", "name"])["first"].transform("min")
    groups = frame.groupby([keys[0], "first", *keys[1:]], dropna=False, sort=True)
    lines = []
    for (_, _, name, peclet), group in groups:
        line = {"process": name, "peclet": peclet, "n_seeds": len(group)}
        line |= {m: group[m].mean() for m in METRICS}
        line |= {f"{m}_std": group[m].std() for m in METRICS}
        line |= {fact: group[fact].iloc[0] for fact in FACTS if fact != "n_seeds"}
        lines.append(line)
    return pd.DataFrame(lines, columns=COLUMNS)


def to_csv(frame: pd.DataFrame) -> str:
    """The table with six significant digits: the same result is the same text."""
    return str(frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


HEADS = {
    "process": "process",
    "peclet": "Pe",
    "fid": "FID",
    "frechet_distance": "Fréchet distance",
    "precision": "P",
    "recall": "R",
    "density": "D",
    "coverage": "C",
}


def shown_metrics(frame: pd.DataFrame) -> list[str]:
    """The metrics that have a value, the distance first, as in the paper."""
    order = ["fid", "frechet_distance", "precision", "recall", "density", "coverage"]
    return [metric for metric in order if frame[metric].notna().any()]


def cell(line: pd.Series, metric: str, sign: str) -> str:
    """A mean with its spread, e.g. ``0.812 ± 0.004``; empty where there is no value.

    Three decimals for shares, two for FID as in the paper. A Frechet distance of other features has
    their scale, so it gets as many decimals as show four digits of the mean.
    """
    mean, std = line[metric], line[f"{metric}_std"]
    if pd.isna(mean):
        return ""
    digits = {"fid": 2, "frechet_distance": max(0, 3 - floor(log10(max(abs(mean), 1e-9))))}.get(
        metric, 3
    )
    spread = "" if pd.isna(std) else f" {sign} {std:.{digits}f}"
    return f"{mean:.{digits}f}{spread}"


def best_rows(frame: pd.DataFrame) -> dict[str, int]:
    """The best row of every metric among the processes (floors and ceiling do not compete)."""
    processes = frame[~frame["process"].str.startswith((CEILING, FLOOR))]
    best = {}
    for metric in shown_metrics(processes):
        column = processes[metric].astype(float)
        best[metric] = column.idxmin() if metric in LOWER_IS_BETTER else column.idxmax()
    return best


def body(frame: pd.DataFrame, sign: str, bold: str) -> tuple[list[str], list[list[str]]]:
    """Heads and cells of the printed table; ``bold`` is a format for the best of a column."""
    metrics, best = shown_metrics(frame), best_rows(frame)
    heads = [HEADS[name] for name in ("process", "peclet", *metrics)]
    lines = []
    for i, line in frame.iterrows():
        peclet = "" if pd.isna(line["peclet"]) else f"{line['peclet']:g}"
        cells = [cell(line, metric, sign) for metric in metrics]
        marked = [
            bold.format(text) if best.get(metric) == i else text
            for metric, text in zip(metrics, cells, strict=True)
        ]
        lines.append([line["process"], peclet, *marked])
    return heads, lines


def note(frame: pd.DataFrame) -> str:
    """What the numbers were measured with."""
    first = frame.iloc[0]
    name = "FID" if frame["fid"].notna().any() else "Fréchet distance (not FID)"
    return (
        f"{name} on features of extractor `{first['extractor']}`; precision, recall, density and "
        f"coverage with k = {first['nearest_k']}; {first['n_samples']} samples against "
        f"{first['n_reference']} held-out images; mean ± standard deviation over "
        f"{first['n_seeds']} sampling seeds. Best process per column in bold."
    )


def to_markdown(frame: pd.DataFrame) -> str:
    """The table in the paper's form, as Markdown."""
    heads, lines = body(frame, "±", "**{}**")
    rows = [heads, ["---"] * 2 + ["---:"] * (len(heads) - 2), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + f"\n\n{note(frame)}\n"


UP = r"$\uparrow$"
LINE_END = r" \\"


def to_latex(frame: pd.DataFrame) -> str:
    """The table in the paper's form, as LaTeX (needs the booktabs package)."""
    heads, lines = body(frame, r"$\pm$", r"\textbf{{{}}}")
    arrows = {"FID": r"$\downarrow$", "Fréchet distance": r"$\downarrow$", "process": "", "Pe": ""}
    top = " & ".join(f"{head} {arrows.get(head, UP)}".strip() for head in heads)
    rows = "\n".join(" & ".join(line).replace("_", r"\_") + LINE_END for line in lines)
    remark = note(frame).replace("_", r"\_").replace("`", "").replace("±", r"$\pm$")
    return (
        f"% {remark}\n\\begin{{tabular}}{{ll{'r' * (len(heads) - 2)}}}\n\\toprule\n"
        f"{top} \\\\\n\\midrule\n{rows}\n\\bottomrule\n\\end{{tabular}}\n"
    )


def to_terminal(frame: pd.DataFrame) -> str:
    """The table in aligned columns for a terminal, the best of a column starred."""
    heads, lines = body(frame, "±", "{}*")
    widths = [max(len(row[i]) for row in [heads, *lines]) for i in range(len(heads))]
    text = "\n".join(
        "  ".join(
            value.ljust(width) if i < 2 else value.rjust(width)
            for i, (value, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in [heads, ["-" * width for width in widths], *lines]
    )
    return f"{text}\n\n{note(frame).replace('in bold', 'starred')}\n"
