"""The paper's own Table 1, to stand beside ours where the preset is the paper's.

Source: Gruszczynski et al., "Beyond Blur: A Fluid Perspective on Generative Diffusion Models",
ICCV 2025, Table 1 (FFHQ, 128 x 128 pixels; means without spreads).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from beyond_blur.features.extractor import is_fid
from beyond_blur.metrics.metric import Metric

METRICS = ("fid", "precision", "recall", "density", "coverage")


ROWS: dict[float, tuple[float, float, float, float, float]] = {
    0.0: (55.87, 0.798, 0.109, 0.762, 0.482),
    0.02: (56.57, 0.797, 0.102, 0.806, 0.491),
    0.04: (51.44, 0.815, 0.115, 0.921, 0.539),
    0.06: (36.64, 0.826, 0.243, 1.040, 0.665),
    0.08: (37.41, 0.817, 0.247, 1.043, 0.662),
    0.10: (42.88, 0.764, 0.187, 0.854, 0.556),
    0.12: (48.62, 0.688, 0.183, 0.683, 0.510),
}
"""FID, precision, recall, density and coverage by Peclet number; 0 is the paper's row "IHD"."""


PROTOCOL = (
    "Rows of the paper: Gruszczynski et al., ICCV 2025, Table 1. The paper states neither the k, "
    "the number of samples and the features behind its precision, recall, density and coverage, "
    "nor the tool and the reference of its FID, nor the largest blur width; ours are stated above "
    "and in the CSV, so differences between the two need not come from the method."
)


HEADING = "The paper's numbers"

N_REFERENCE = 10_000
"""FFHQ's held-out images: those that its owners hold out."""


def belongs_to(preset: str, frame: pd.DataFrame) -> bool:
    """Whether rows were measured on the paper's data, at its size, by its extractor.

    Parameters
    ----------
    preset : str
        `plan.table_title`, which says where the images are not those of the preset.
    frame : DataFrame
        As `tables.table` makes it.
    """
    against = frame.loc[frame["reference"] == "held_out", "n_reference"]
    inception = bool(frame["extractor"].map(is_fid).all())
    return preset == "ffhq128" and inception and bool((against == N_REFERENCE).all())


def lines(metrics: Sequence[Metric]) -> list[list[str]]:
    """The paper's rows as cells for the printed table's metrics."""
    found = []
    for peclet, numbers in ROWS.items():
        values = dict(zip(METRICS, numbers, strict=True))
        cells = [m.text(values[m.name]) if m.name in values else "" for m in metrics]
        name = "IHD (their name of this row)" if peclet == 0 else "Beyond Blur"
        found.append([name, f"{peclet:g}", *cells])
    return found
