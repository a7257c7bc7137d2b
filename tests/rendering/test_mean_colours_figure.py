"""The figure and the table of mean colours are of the files that they are given."""

import csv

import numpy as np
import pytest
from matplotlib.colors import same_color

from beyond_blur import cli
from beyond_blur.analysis.mean_colour import MeanColours, channel_means, colour_rows
from beyond_blur.config import load_experiment, rule_specs, to_json_values
from beyond_blur.rendering import loading, style
from beyond_blur.rendering.given import Given
from beyond_blur.rendering.mean_colours import MOST_MARKS, mean_colours
from beyond_blur.storage import artifacts
from beyond_blur.storage.atomic import ArtifactError

NAME = "advection_diffusion-pe0.1"


@pytest.fixture
def samples(tmp_path):
    """Samples of preset tiny as the workflow keeps them: the file, and what it holds."""
    spec = to_json_values(rule_specs.sampling_spec(load_experiment({"preset": "tiny"}), NAME))
    rng = np.random.default_rng(0)
    arrays = {
        name: rng.integers(0, 256, (7, 3, 4, 4), dtype=np.uint8) for name in ("samples", "prior")
    }
    path = tmp_path / "seed-0.safetensors"
    traits = {"dataset": "tiny", "process": NAME, "prior": "train", "seed": 0}
    artifacts.save(path, arrays, kind="samples", spec={**spec, "seed": 0}, traits=traits)
    return path, arrays


def test_means_are_those_of_the_file(samples):
    path, arrays = samples
    (found,) = loading.starts(Given([str(path)], traits=[{"process": NAME}]))
    assert found.label == "Beyond Blur, Pe = 0.1"
    assert found.facts == {"process": "advection_diffusion", "peclet": 0.1, "prior": "train",
                           "seed": 0}  # fmt: skip
    np.testing.assert_array_equal(found.before, channel_means(arrays["prior"]))
    np.testing.assert_array_equal(found.after, channel_means(arrays["samples"]))
    with pytest.raises(ArtifactError, match="is of the process"):
        loading.starts(Given([str(path)], traits=[{"process": "ddpm"}]))


def test_the_table_has_a_line_per_channel_with_the_numbers_of_the_figure(samples, tmp_path):
    out = tmp_path / "mean_colours.csv"
    cli.main(["mean_colours", "--inputs", str(samples[0]), "--csv", str(out)])
    (found,) = loading.starts(Given([str(samples[0])]))
    with out.open() as file:
        lines = list(csv.DictReader(file))
    assert [line["channel"] for line in lines] == ["red", "green", "blue"]
    for line, row in zip(lines, colour_rows(found), strict=True):
        for name in ("rms_shift", "correlation", "before", "after", "n_images"):
            assert float(line[name]) == pytest.approx(row[name], rel=1e-5)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_marks_are_the_first_samples_and_the_title_has_the_numbers_of_all(channels):
    ways = np.random.default_rng(1).random((2, MOST_MARKS + 9, channels))
    found = MeanColours("DDPM", {}, *ways)
    (axes,) = mean_colours([found]).axes
    for line, before, after in zip(axes.lines[1:], found.before.T, found.after.T, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), before[:MOST_MARKS])
        np.testing.assert_array_equal(line.get_ydata(), after[:MOST_MARKS])
    shifts = " ".join(f"{row['rms_shift']:.3f}" for row in colour_rows(found))
    assert axes.get_title().startswith(f"DDPM\nshift {shifts}\nr = ")
    if channels == 3:
        red, green, blue = (np.array(line.get_color()) for line in axes.lines[1:])
        assert not same_color(str(red), str(green)) and not same_color(str(green), str(blue))


def test_initial_states_of_one_colour_have_no_correlation():
    same = np.full((4, 1), 0.5)
    (axes,) = mean_colours([MeanColours("DDPM", {}, same, same)]).axes
    assert axes.get_title() == "DDPM\nshift 0.000\nr = –"


def test_the_same_means_are_the_same_bytes(tmp_path):
    ways = np.random.default_rng(2).random((2, 9, 1))
    paths = [tmp_path / f"{i}.{kind}" for i in range(2) for kind in ("png", "pdf")]
    for pair in (paths[:2], paths[2:]):
        style.draw(lambda: mean_colours([MeanColours("DDPM", {}, *ways)]), *pair)
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(paths[:2], paths[2:], strict=True))
