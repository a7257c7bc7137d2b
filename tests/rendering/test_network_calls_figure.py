"""Quality over network calls: gathered, and drawn over the calls it was made with."""

import numpy as np
import pandas as pd
import pytest
from curve_rows import metrics_row

from beyond_blur import cli
from beyond_blur.config import load_experiment, rule_specs, to_json_values
from beyond_blur.rendering import network_calls
from beyond_blur.storage import records

MADE = load_experiment({"preset": "tiny", "levels": {"n_levels": 30}})


def test_steps_gather_the_metrics_of_samples_by_calls(tmp_path):
    points = [(calls, peclet) for peclet in (None, 0.06) for calls in (1, 7, 30)]
    paths = []
    for i, (calls, peclet) in enumerate(points):
        rows = [metrics_row(calls, peclet), metrics_row(calls, peclet, "one_step")]
        paths.append(tmp_path / f"{i}.json")
        samples = rule_specs.sampling_spec(MADE, "advection_diffusion-pe0", calls=calls)
        spec = {"samples": to_json_values(samples)}
        records.save(paths[-1], {"rows": rows}, kind="metrics", spec=spec)
    csv, png, pdf = (tmp_path / f"steps.{kind}" for kind in ("csv", "png", "pdf"))
    names, calls = [str(path) for path in paths], [str(calls) for calls, _ in points]
    cli.main(["steps", "--metrics", *names, "--calls", *calls, "--csv", str(csv)])
    files = ["--png", str(png), "--pdf", str(pdf)]
    cli.main(["figure", "steps", "--inputs", *names, "--labels", *calls, *files])
    frame = pd.read_csv(csv)
    assert frame["calls"].tolist() == [1, 7, 30] * 2
    assert frame["label"].tolist() == ["a b"] * 3 + ["a b, Pe = 0.06"] * 3
    np.testing.assert_allclose(frame["frechet_distance"], 100 / frame["calls"], rtol=1e-5)
    assert png.stat().st_size > 1000 and pdf.stat().st_size > 1000


@pytest.mark.parametrize(
    "command",
    [
        "steps --metrics --calls --csv {csv}",
        "figure steps --inputs --labels --png {png} --pdf {pdf}",
    ],
)
def test_no_metrics_to_draw_over_calls_is_one_line(command, tmp_path, capsys):
    csv, png, pdf = (str(tmp_path / f"steps.{kind}") for kind in ("csv", "png", "pdf"))
    with pytest.raises(SystemExit):
        cli.main(command.format(csv=csv, png=png, pdf=pdf).split())
    error = capsys.readouterr().err
    assert "processes of kind own are left out" in error and error.count("\n") == 1


def test_every_curve_is_drawn_over_its_calls():
    rows = [[metrics_row(calls, peclet)] for peclet in (None, 0.06) for calls in (30, 1, 7)]
    frame = network_calls.over_calls(rows, [30, 1, 7] * 2)
    figure = network_calls.metrics_over_calls(frame)
    assert len(figure.axes) == 4
    for axes in figure.axes:
        assert [line.get_xdata().tolist() for line in axes.lines] == [[1, 7, 30]] * 2


def test_metrics_of_another_number_of_calls_are_refused(tmp_path, capsys):
    """Also where the samples took as many as usual, and so do not say how many."""
    paths = [tmp_path / f"{calls}.json" for calls in (4, 30)]
    for path, calls in zip(paths, (4, None), strict=True):
        samples = rule_specs.sampling_spec(MADE, "advection_diffusion-pe0", calls=calls)
        spec, rows = {"samples": to_json_values(samples)}, [metrics_row(calls or 30)]
        records.save(path, {"rows": rows}, kind="metrics", spec=spec)
    for asked, made in ((["4", "7"], 30), (["30", "30"], 4)):
        with pytest.raises(SystemExit):
            cli.main(["steps", "--metrics", *map(str, paths), "--calls", *asked,
                      "--csv", str(tmp_path / "t.csv")])  # fmt: skip
        said = capsys.readouterr().err
        assert f"measures samples of {made} network calls, this job those of" in said
