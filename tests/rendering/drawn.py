"""Every figure of the package, drawn of made-up results of some processes."""

import numpy as np
import pandas as pd
from table_rows import row

from beyond_blur.analysis.alignment import LevelSpectra
from beyond_blur.analysis.carried_image import Carried, PecletRow
from beyond_blur.analysis.mean_colour import MeanColours
from beyond_blur.analysis.photograph import SHARES, SpectrumPanel
from beyond_blur.analysis.terminal_knowledge import Known
from beyond_blur.config.labels import label
from beyond_blur.rendering import (
    amplitude,
    delta_sweep,
    extrapolation,
    image_grids,
    level_alignment,
    losses,
    metric_figures,
    network_calls,
    photograph,
    precision_recall,
    spectra,
    tables,
    teaser,
)
from beyond_blur.rendering.mean_colours import mean_colours
from beyond_blur.rendering.neighbours import NEIGHBOUR_ROWS, neighbours
from beyond_blur.rendering.peclet_row import peclet_pictures
from beyond_blur.rendering.pipeline import pipeline
from beyond_blur.rendering.pipeline_loading import Stages
from beyond_blur.rendering.restored import restored_octaves
from beyond_blur.rendering.streamlines import streamlines
from beyond_blur.rendering.strips import Strips, strips
from beyond_blur.rendering.study import study
from beyond_blur.rendering.terminal_knowledge import terminal_knowledge

FLOW = "advection_diffusion"
ONE = [("ddpm", None)]
SIX = [("ddpm", None), ("heat_dissipation", None), ("blurring_diffusion", None),
       *((FLOW, peclet) for peclet in (0.0, 0.06, 0.12))]  # fmt: skip


class Results:
    """Made-up results.

    Parameters
    ----------
    processes : list of (name, Peclet number or None)
    channels, n_images, n_levels : int
    """

    def __init__(self, processes, channels=1, n_images=64, n_levels=8):
        self.processes, self.labels = processes, [label(*process) for process in processes]
        self.rng = np.random.default_rng(0)
        self.shape, self.n_images, self.n_levels = (channels, 8, 8), n_images, n_levels

    def rows(self):
        made = [
            row(images, name, peclet, 0.3 + 0.07 * i + 0.1 * seed - 0.2 * (images != "samples"),
                seed=seed, prior="noise" if name == "ddpm" else "train", copy_share=0.01)
            for i, (name, peclet) in enumerate(self.processes)
            for images in ("samples", "one_step") for seed in (0, 1)
        ]  # fmt: skip
        real = [row("train", None, None, 0.95, prior=None, seed=seed) for seed in (0, 1)]
        return [*made, *real]

    def table(self):
        return tables.table(self.rows())

    def images(self, *lead):
        return self.rng.random((*lead, *self.shape))

    def strips(self):
        ways = (2, self.n_levels)
        levels = np.arange(self.n_levels) * 17
        return [Strips(text, self.images(*ways), self.images(*ways), levels)
                for text in self.labels]  # fmt: skip

    def neighbours(self):
        n = min(self.n_images, 8)
        found = [(text, self.images(len(NEIGHBOUR_ROWS), n), np.zeros((len(NEIGHBOUR_ROWS), n)))
                 for text in self.labels]  # fmt: skip
        found[0][1][1] = np.nan
        return found

    def histories(self):
        steps = np.arange(1, 21)
        made = {"step": steps, "loss": 1 / steps, "held_out_loss": [None] * 19 + [0.1],
                "loss_per_band": [[3.0, 2.0, 1.0]] * 20}  # fmt: skip
        return [(text, pd.DataFrame(made)) for text in self.labels]

    def amplitudes(self):
        return pd.DataFrame([
            {"process": name, "peclet": peclet, "mode_y": j, "mode_x": i, "amplitude": 0.1 * i,
             "standard_error": 0.1, "correlation": 0.1 * j, "pure_blur": 0.1, "n_images": 99}
            for name, peclet in self.processes for j in range(5) for i in range(5)
        ])  # fmt: skip

    def over_calls(self):
        rows = [one for one in self.rows() if one["images"] == "samples"]
        return network_calls.over_calls([rows] * 3, [5, 10, 20])

    def over_deltas(self):
        rows = [one for one in self.rows() if one["images"] == "samples"]
        return delta_sweep.over_deltas([rows] * 3, [("0.01", 0.01), ("0.02", 0.02), ("auto", 0.03)])

    def curves(self):
        levels, clean = np.arange(5), np.array([3.0, 2.0, 1.0])
        signal = np.geomspace(1, 1e-3, 5)[:, None] * clean
        noise = np.full_like(signal, 0.01)
        return {text: LevelSpectra(levels, np.arange(1, 4), clean, signal + noise, signal, noise)
                for text in self.labels}  # fmt: skip

    def photograph(self):
        return [SpectrumPanel(text, self.rng.random((5, 24, 24)), SHARES, [0, 0, 0.1, 0.2, 0.4])
                for text in self.labels]  # fmt: skip

    def samples(self):
        return [("real, held out", self.images(self.n_images)),
                *((text, self.images(self.n_images)) for text in self.labels)]  # fmt: skip

    def starts(self):
        channels = self.shape[0]
        ways = [self.rng.random((2, self.n_images, channels)) for _ in self.labels]
        return [MeanColours(text, {}, *way) for text, way in zip(self.labels, ways, strict=True)]

    def known(self):
        rings, modes = np.arange(1, 8), np.arange(3, 10)
        return [Known(text, rings, self.n_images * modes, self.rng.uniform(-0.3, 1, 7),
                      self.rng.random(7) + 1e-3) for text in self.labels]  # fmt: skip

    def stages(self):
        return Stages(
            self.labels[-1], self.images(), self.images(5), np.arange(5) * 10, self.images(2), 7,
            280_177, 600, self.images(8), self.images(8), self.rng.random((8, 24)), 64,
            (("Fréchet distance", "55.17"), ("precision", "0.835")),
        )  # fmt: skip

    def carried(self):
        fields = self.rng.normal(size=(6, 2, *self.shape[1:]))
        return Carried(self.labels[-1], np.arange(6.0), self.images(6), fields)

    def peclets(self):
        return PecletRow((0.0, 0.03, 0.1, 0.3), 0.5, self.images(4))


FIGURES = {
    "samples": lambda r: image_grids.sample_grids(r.samples()),
    "strips": lambda r: strips(r.strips()),
    "restored": lambda r: restored_octaves(r.strips()),
    "teaser": lambda r: teaser.teaser(r.strips()[-3:]),
    "spectrum": lambda r: spectra.spectra(r.strips()),
    "photograph": lambda r: photograph.spectra_of_one_photograph(r.photograph()),
    "metrics": lambda r: metric_figures.metric_against_peclet(r.table()),
    "study": lambda r: study(r.table()),
    "precision_recall": lambda r: precision_recall.precision_recall(r.table()),
    "fid_against_n": lambda r: extrapolation.fid_against_n(r.rows()),
    "amplitude": lambda r: amplitude.amplitudes(r.amplitudes()),
    "loss": lambda r: losses.losses(r.histories()),
    "alignment": lambda r: level_alignment.level_alignment(r.curves()),
    "steps": lambda r: network_calls.metrics_over_calls(r.over_calls()),
    "deltas": lambda r: delta_sweep.metrics_over_delta(r.over_deltas()),
    "terminal_knowledge": lambda r: terminal_knowledge(r.known()),
    "pipeline": lambda r: pipeline(r.stages()),
    "streamlines": lambda r: streamlines(r.carried()),
    "peclet_row": lambda r: peclet_pictures(r.peclets()),
    "mean_colours": lambda r: mean_colours(r.starts()),
    "neighbours": lambda r: neighbours(r.neighbours()),
}
