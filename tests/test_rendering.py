"""Tables say what was measured; figures hold what they were given; the same result, same bytes."""

import numpy as np
import pandas as pd
import pytest

from beyond_blur.analysis.spectrum import radial_spectrum
from beyond_blur.progress import Progress, clock
from beyond_blur.rendering import curves, image_grids, metric_figures, style, tables


def row(images="samples", process="flow", peclet=0.0, value=0.5, extractor="classifier", seed=0,
        prior="train", **changes):  # fmt: skip
    numbers = dict.fromkeys(("precision", "recall", "density", "coverage"), value)
    distances = {"frechet_distance": 10 - value, "frechet_infinity": 9 - value,
                 "kernel_distance": 1 - value, "kernel_standard_error": 0.1,
                 "frechet_sizes": [5, 10], "frechet_by_size": [11 - value, 10 - value]}  # fmt: skip
    reference = "train" if prior == "held_out" else "held_out"
    facts = {"n_samples": 10, "n_reference": 9, "nearest_k": 5, "extractor": extractor,
             "feature_dim": 4, "reference": reference}  # fmt: skip
    return {"images": images, "process": process, "peclet": peclet, "prior": prior, "seed": seed,
            **distances, **numbers, **facts, **changes}  # fmt: skip


ROWS = [
    row(peclet=0.1, value=0.5),
    row(peclet=0.1, value=0.7, seed=1),
    row(peclet=0.0, value=0.4),
    row(peclet=0.0, value=0.4, seed=1),
    row("prior", peclet=0.0, value=0.1),
    row("train", process=None, peclet=None, value=0.9),
]


def test_rows_are_means_and_spreads_over_seeds():
    frame = tables.table(ROWS)
    assert frame["process"].tolist() == ["flow", "flow", "corrupted prior, flow", tables.CEILING]
    assert frame["peclet"].tolist()[:2] == [0.0, 0.1]
    assert frame["coverage"].tolist() == pytest.approx([0.4, 0.6, 0.1, 0.9])
    assert frame["coverage_std"].tolist()[:2] == pytest.approx([0, np.std([0.5, 0.7], ddof=1)])
    assert frame["n_seeds"].tolist() == [2, 2, 1, 1]


def test_columns_are_the_promised_ones_in_order():
    head = tables.to_csv(tables.table(ROWS)).splitlines()[0].split(",")
    assert head[:7] == ["process", "peclet", "fid", "precision", "recall", "density", "coverage"]
    assert head[7] == "frechet_distance"
    assert head[-5:] == ["n_seeds", "n_samples", "n_reference", "extractor", "nearest_k"]
    assert head.index("peclet") == 1 and "prior" in head[8:-5]


@pytest.mark.parametrize("extractor", ["classifier", "inception", "inception-clean"])
def test_only_inception_numbers_are_called_fid(extractor):
    frame = tables.table([row(extractor=extractor), row(extractor=extractor, seed=1)])
    is_fid = extractor.startswith("inception")
    assert frame["fid"].notna().all() == is_fid
    assert frame["frechet_distance"].isna().all() == is_fid
    for name, other in tables.OF_INCEPTION.items():
        assert frame[name].notna().all() == is_fid
        assert frame[other].notna().all() != is_fid
    for text in (tables.to_markdown(frame), tables.to_latex(frame), tables.to_terminal(frame)):
        assert ("FID" in text.replace("(not FID)", "")) == is_fid
        assert extractor in text


def test_the_best_process_is_marked_and_the_ceiling_does_not_compete():
    text = tables.to_markdown(tables.table(ROWS))
    lines = text.splitlines()
    assert "**0.600 ± 0.141**" in lines[3]
    assert "**" not in lines[2] and "**" not in lines[5]
    assert text.count("**") == 10  # five metrics


def test_latex_is_balanced_and_escaped():
    text = tables.to_latex(tables.table([row(process="a_b")]))
    assert text.count("{") == text.count("}")
    assert r"a\_b" in text
    assert text.count(r"\\") == 2  # head and one row


HELD_OUT = [
    row(peclet=0.1, value=0.9, prior="held_out", held_out_copy_share=0.2),
    row("prior", peclet=0.1, value=0.1, prior="held_out", held_out_copy_share=0.3),
]


def test_held_out_priors_are_rows_of_their_own_and_do_not_compete():
    frame = tables.table([row(copy_share=0.125), *HELD_OUT])
    assert frame["process"].tolist() == [
        "flow", "flow (held-out prior)", "corrupted prior, flow (held-out prior)"
    ]  # fmt: skip
    assert frame["reference"].tolist() == ["held_out", "train", "train"]
    text = tables.to_markdown(frame)
    lines = text.splitlines()
    assert "**" in lines[2] and "**" not in lines[3]
    assert lines[2].endswith("| 0.125 |") and lines[3].endswith("| 0.200 |")
    assert "corrupted prior" not in text, "floors of held-out priors are in the CSV only"
    assert "as many training images" in text


def test_every_kind_of_row_has_its_place():
    rows = [
        row("train", process=None, peclet=None, prior=None),
        row("one_step"),
        row("prior"),
        row(process="ddpm", peclet=None, prior="noise"),
        row(),
    ]
    assert tables.table(rows)["process"].tolist() == [
        "ddpm", "flow", "corrupted prior, flow", "one-step reconstruction, flow", tables.CEILING
    ]  # fmt: skip


def test_few_samples_are_said_under_the_table():
    few = tables.to_terminal(tables.table([row(feature_dim=2048)]))
    assert "Only 9 images for 2048 feature dimensions: the distance is mostly bias" in few
    assert "mostly bias" not in tables.to_terminal(tables.table([row()]))


def test_the_papers_numbers_stand_beside_ours_on_its_preset_only():
    frame = tables.table([row(extractor="inception"), row("train", None, None, prior=None,
                                                          extractor="inception")])  # fmt: skip
    text = tables.to_markdown(frame, "ffhq128-short")
    assert "| paper | 0.06 | 36.64 | 0.826 | 0.243 | 1.040 | 0.665 |" in text
    assert "| paper, IHD | 0 | 55.87 |" in text
    assert "ICCV 2025, Table 1" in text and "neither the k" in text
    assert text.splitlines()[-3].startswith(f"| {tables.CEILING}")
    assert "paper" not in tables.to_markdown(frame, "digits")
    other = tables.to_markdown(tables.table([row()]), "ffhq128")
    assert "36.64" not in other, "an FID does not stand in another distance's column"


def test_csv_is_the_same_for_the_same_numbers():
    assert tables.to_csv(tables.table(ROWS)) == tables.to_csv(tables.table(list(ROWS)))


EVERY_ROW = [
    *ROWS, *HELD_OUT, row("one_step", value=0.3),
    row(process="ddpm", peclet=None, prior="noise", value=0.8),
]  # fmt: skip
AMPLITUDES = pd.DataFrame([
    {"process": "flow", "peclet": peclet, "mode_y": j, "mode_x": i, "amplitude": 0.5,
     "standard_error": 0.1, "correlation": 0.9, "pure_blur": 0.4, "n_images": 100}
    for peclet in (0.0, None) for j in range(5) for i in range(5)
])  # fmt: skip


def axes_titled(figure, title):
    return next(axes for axes in figure.axes if axes.get_title() == title)


def test_the_metric_figure_holds_what_the_table_says():
    figure = metric_figures.metric_against_peclet(tables.table(EVERY_ROW))
    lines = [line.get_ydata() for line in axes_titled(figure, "coverage").get_lines()]
    for expected in ([0.4, 0.6], [0.8, 0.8], [0.9, 0.9]):  # a path, and two horizontal lines
        assert any(len(y) == len(expected) and np.allclose(y, expected) for y in lines)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["flow", "ddpm", "held-out prior", "corrupted prior",
                     "one-step reconstruction", tables.CEILING]  # fmt: skip


def test_the_study_sets_both_kinds_of_prior_side_by_side():
    figure = metric_figures.study(tables.table(EVERY_ROW))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["flow, Pe = 0", "flow, Pe = 0.1", "ddpm"]
    marks = [(line.get_xdata()[0], line.get_ydata()[0], line.get_fillstyle())
             for line in axes_titled(figure, "coverage").get_lines()
             if line.get_marker() == "o"]  # fmt: skip
    full = [mark for mark in marks if mark[2] == "full"]
    hollow = [mark for mark in marks if mark[2] == "none"]
    assert len(full) == 3 and len(hollow) == len(marks) - 3 > 0
    rows = tables.table(EVERY_ROW)
    held_out = rows[(rows["images"] == "samples") & (rows["prior"] == "held_out")]
    np.testing.assert_allclose(sorted(x for x, _, _ in hollow), sorted(held_out["coverage"]))


def test_the_extrapolation_ends_where_the_library_says():
    figure = metric_figures.fid_against_n([row(value=0.5)])
    ends = [line.get_ydata()[0] for line in figure.axes[0].get_lines() if line.get_marker() == "D"]
    assert ends == [pytest.approx(8.5)]  # 10.5 at N = 5, 9.5 at N = 10
    labels = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert labels[0] == "∞" and {"5", "10"} <= set(labels)


def test_copies_are_framed():
    images = np.zeros((len(image_grids.NEIGHBOUR_ROWS), 3, 1, 4, 4))
    images[1] = np.nan
    copies = np.zeros(images.shape[:2], bool)
    copies[2, 1] = copies[5, 0] = True
    figure = image_grids.neighbours([("a", images, copies), ("b", images, copies)])
    frames = [patch.get_xy() for patch in figure.axes[0].patches]
    assert frames == [(4.5, 9.5), (-0.5, 24.5)]


def test_figures_are_drawn_and_reproducible(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.random((10, 1, 8, 8))
    states = rng.random((3, 4, 1, 8, 8))
    near = rng.random((len(image_grids.NEIGHBOUR_ROWS), 8, 1, 8, 8))
    levels = np.array([0, 1, 2, 3])
    history = pd.DataFrame({"step": [1, 2], "loss": [1.0, 0.5], "loss_per_band": [[1, 2], [1, 1]]})
    drawn = {
        "samples": lambda: image_grids.sample_grids(images, [("a", images), ("b", images)]),
        "strips": lambda: image_grids.strips([("a", states, states, levels)]),
        "spectrum": lambda: curves.spectra([("a", states, levels), ("b", states, levels)]),
        "metric": lambda: metric_figures.metric_against_peclet(tables.table(EVERY_ROW)),
        "study": lambda: metric_figures.study(tables.table(EVERY_ROW)),
        "precision_recall": lambda: metric_figures.precision_recall(tables.table(EVERY_ROW)),
        "fid_against_n": lambda: metric_figures.fid_against_n(EVERY_ROW),
        "amplitude": lambda: metric_figures.amplitudes(AMPLITUDES),
        "neighbours": lambda: image_grids.neighbours([("a", near, near[:, :, 0, 0, 0] > 0.5)]),
        "loss": lambda: curves.losses([("a", history)]),
    }
    for name, draw in drawn.items():
        paths = [tmp_path / f"{name}{i}.{kind}" for i in range(2) for kind in ("png", "pdf")]
        style.save(draw(), *paths[:2])
        style.save(draw(), *paths[2:])
        for a, b in zip(paths[:2], paths[2:], strict=True):
            assert a.read_bytes() == b.read_bytes()
            assert a.stat().st_size > 2000


def test_a_mosaic_holds_every_image_where_it_belongs():
    images = np.arange(5)[:, None, None, None] * np.ones((1, 3, 2, 2)) / 10
    canvas = image_grids.mosaic(images, columns=3, gap=1)
    assert canvas.shape == (5, 8, 3)
    assert canvas[0, 3, 0] == pytest.approx(0.1)
    assert canvas[3, 4, 0] == pytest.approx(0.4)
    assert canvas[2, 0, 0] == 1.0  # gap
    assert canvas[3, 7, 0] == 1.0  # no sixth image


@pytest.mark.parametrize("shape", [(32, 32), (16, 32)])
def test_white_noise_has_a_flat_spectrum(shape):
    noise = np.random.default_rng(0).normal(0, 0.5, (200, *shape))
    _, energy = radial_spectrum(noise)
    np.testing.assert_allclose(energy, 0.25, rtol=0.2)


def test_one_cosine_mode_has_its_energy_in_its_ring():
    x = (np.arange(32) + 0.5) / 32
    wave = np.cos(np.pi * 5 * x)[None, :] * np.ones((32, 1))
    wavenumber, energy = radial_spectrum(wave)
    assert wavenumber[energy.argmax()] == 5
    assert energy[wavenumber != 5].max() < 1e-20


@pytest.mark.parametrize("slope", [-2.0, -3.0])
def test_the_slope_of_a_power_law_is_found(slope):
    from scipy.fft import idctn

    n = np.arange(64)
    radius = np.hypot(n[:, None], n[None])
    radius[0, 0] = 1
    modes = np.random.default_rng(0).normal(size=(50, 64, 64)) * radius ** (slope / 2)
    k, energy = radial_spectrum(idctn(modes, axes=(1, 2), norm="ortho"))
    band = (k > 4) & (k < 50)
    fitted = np.polyfit(np.log(k[band]), np.log(energy[band]), 1)[0]
    assert fitted == pytest.approx(slope, abs=0.1)


def test_progress_writes_lines_where_there_is_no_terminal(capsys):
    progress = Progress(total=3, done=1, label="train a", every=0.0)
    for _ in range(2):
        progress.advance("loss 1")
    progress.close()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("train a: step 2 of 3, loss 1, 0:0")
    assert lines[-1].endswith("step 3 of 3, loss 1, 0:00 left")
    assert (clock(59.6), clock(3661)) == ("1:00", "1:01:01")
