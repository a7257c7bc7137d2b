"""The processes of the study side by side."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from beyond_blur.rendering.metric_rows import drawn_metrics, labelled
from beyond_blur.rendering.process_lines import process_lines
from beyond_blur.rendering.tables import printed


def study(frame: pd.DataFrame) -> Figure:
    """Every metric of every process of the study, from both kinds of prior, side by side.

    Parameters
    ----------
    frame : DataFrame
        Columns of ``results/study.csv``. Floors and ceiling are left to the table: with them on the
        axes the processes could not be told apart.
    """
    samples = printed(frame)
    samples = labelled(samples[samples["images"] == "samples"])
    return process_lines(samples, drawn_metrics(samples, "study"))
