"""Quality over the sampler noise: gathered over runs, drawn over the delta it was drawn with."""

import numpy as np
import pandas as pd
import pytest
from curve_rows import metrics_row

from beyond_blur import cli
from beyond_blur.config import load_experiment, rule_specs, to_json_values
from beyond_blur.rendering import delta_sweep
from beyond_blur.storage import records

MADE = load_experiment(
    {"preset": "tiny", "processes": [{"kind": "heat_dissipation"}], "training": {"seeds": [0, 1]}}
)
POINTS = [("0.01", 0.01), ("0.04", 0.04), ("auto", None)]


def row(training, distance):
    names = {"process": "heat_dissipation", "training_seed": training}
    return {**metrics_row(10), **names, "frechet_distance": distance}


def written(folder):
    """Files of two trainings at three deltas, their labels, and the delta that auto is."""
    paths, texts, used = [], [], []
    for text, delta in POINTS:
        for training in (0, 1):
            name = "heat_dissipation" + "-training1" * training
            spec = rule_specs.sampling_spec(MADE, name, delta="auto" if delta is None else delta)
            used.append(spec.sampling.step_noise)
            path = folder / f"{text}-{training}.json"
            rows = [row(training, 10 * used[-1] + training)]
            rows.append({**rows[0], "images": "one_step"})
            records.save(
                path, {"rows": rows}, kind="metrics", spec={"samples": to_json_values(spec)}
            )
            paths.append(str(path))
            texts.append(text)
    return paths, texts, used[-1]


def test_a_point_is_the_mean_and_the_spread_over_trainings(tmp_path):
    paths, texts, auto = written(tmp_path)
    csv, png, pdf = (str(tmp_path / f"deltas.{kind}") for kind in ("csv", "png", "pdf"))
    cli.main(["delta_sweep", "--metrics", *paths, "--deltas", *texts, "--csv", csv])
    frame = pd.read_csv(csv)
    assert frame["given"].tolist() == ["0.01", "0.04", "auto"]
    np.testing.assert_allclose(frame["delta"], [0.01, 0.04, auto], rtol=1e-5)
    np.testing.assert_allclose(frame["frechet_distance"], 10 * frame["delta"] + 0.5, rtol=1e-4)
    np.testing.assert_allclose(frame["frechet_distance_std"], 0.5**0.5, rtol=1e-5)
    assert frame["n_trainings"].tolist() == [2, 2, 2]
    cli.main(["figure", "deltas", "--inputs", csv, "--png", png, "--pdf", pdf])
    assert (tmp_path / "deltas.png").stat().st_size > 1000


def test_points_lie_at_their_deltas_and_auto_is_an_open_mark():
    rows = [[row(training, 30.0)] for _ in POINTS for training in (0, 1)]
    points = [(text, delta or 0.025) for text, delta in POINTS for _ in (0, 1)]
    figure = delta_sweep.metrics_over_delta(delta_sweep.over_deltas(rows, points))
    for axes in (axes for axes in figure.axes if axes.get_title()):
        marks = [line for line in axes.lines if line.get_marker() not in ("", "None", None)]
        assert [line.get_xdata()[0] for line in marks] == [0.01, 0.025, 0.04]
        assert [line.get_fillstyle() for line in marks] == ["full", "none", "full"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda texts: ["0.02", *texts[1:]], "with delta 0.01, this job those with 0.02"),
        (lambda texts: ["few", *texts[1:]], "--deltas few: a number from 0 up, or auto"),
    ],
)
def test_metrics_of_another_delta_are_refused(change, words, tmp_path, capsys):
    paths, texts, _ = written(tmp_path)
    with pytest.raises(SystemExit):
        cli.main(["delta_sweep", "--metrics", *paths, "--deltas", *change(texts),
                  "--csv", str(tmp_path / "t.csv")])  # fmt: skip
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1


def test_real_images_have_no_sampler_noise_and_no_metrics_are_no_curve(tmp_path, capsys):
    path, csv = str(tmp_path / "real.json"), str(tmp_path / "t.csv")
    records.save(path, {"rows": [metrics_row(1)]}, kind="metrics", spec={"samples": None})
    for files, texts, words in (
        ([path], ["0.1"], "measures real images, which no sampler adds noise to"),
        ([], [], "no metrics to draw over delta: name some in study.deltas"),
    ):
        with pytest.raises(SystemExit):
            cli.main(["delta_sweep", "--metrics", *files, "--deltas", *texts, "--csv", csv])
        said = capsys.readouterr().err
        assert words in said and said.count("\n") == 1
