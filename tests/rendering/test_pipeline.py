"""The pipeline's figure shows one process's own files, and refuses those that are of others."""

import numpy as np
import pytest
from drawn import SIX, Results
from matplotlib.text import Text
from table_rows import row

from beyond_blur.analysis.training_pairs import training_pair
from beyond_blur.config import load_experiment, rule_specs
from beyond_blur.data.pixels import to_float
from beyond_blur.rendering import pipeline_loading, style
from beyond_blur.rendering.given import Given
from beyond_blur.rendering.image_grids import white_mosaic
from beyond_blur.rendering.pipeline import pipeline
from beyond_blur.rendering.pipeline_loading import N_FEATURES, N_SAMPLES, stages
from beyond_blur.storage import artifacts, records
from beyond_blur.storage.atomic import ArtifactError

RNG = np.random.default_rng(0)
PIXELS = {name: RNG.integers(0, 256, (9, 1, 8, 8), dtype=np.uint8)
          for name in ("images", "samples", "prior")}  # fmt: skip
WAY = RNG.random((2, 4, 1, 8, 8), np.float32)
FEATURES = RNG.random((9, 30), np.float32)
ARRAYS = {
    "images": {"images": PIXELS["images"], "index": np.arange(5, 14)},
    "trajectory": {"forward": WAY, "backward": WAY, "levels": np.array([0, 2, 4, 6])},
    "weights": {"a": np.zeros((3, 4), np.float32), "b": np.zeros(5, np.float32)},
    "samples": {"samples": PIXELS["samples"], "prior": PIXELS["prior"]},
    "features": {"samples": FEATURES},
}
SPEC = rule_specs.forward_spec(
    load_experiment({"preset": "tiny", "processes": [{"kind": "heat_dissipation"}]}),
    "heat_dissipation",
)


@pytest.fixture
def files(tmp_path):
    """One file of every stage, all of one process."""
    made = {kind: tmp_path / f"{kind}.safetensors" for kind in ARRAYS}
    for kind, path in made.items():
        more = {"steps": 600} if kind == "weights" else {}
        artifacts.save(path, ARRAYS[kind], kind=kind, spec={}, traits={"process": "a"}, **more)
    made["metrics"] = tmp_path / "metrics.json"
    rows = {"rows": [row("samples", "heat_dissipation", None, 0.5, prior="train")]}
    records.save(made["metrics"], rows, kind="metrics", spec={}, traits={"process": "a"})
    return made


def given(files, process="a"):
    traits = [{"process": process}] * len(files)
    return Given([*map(str, files.values())], ["IHDM"], [rule_specs.to_json(SPEC)], traits)


def test_every_stage_is_what_its_file_holds(files):
    found = stages(given(files))
    np.testing.assert_array_equal(found.image, to_float(PIXELS["images"][0]))
    np.testing.assert_array_equal(found.states, WAY[0])
    pair = training_pair(SPEC, found.image, 5)
    np.testing.assert_array_equal(found.pair, np.concatenate([pair.x_k, pair.target]))
    assert (found.pair_level, found.n_weights, found.n_steps) == (int(pair.k[0]), 17, 600)
    np.testing.assert_array_equal(found.initial, to_float(PIXELS["prior"][:N_SAMPLES]))
    np.testing.assert_array_equal(found.samples, to_float(PIXELS["samples"][:N_SAMPLES]))
    np.testing.assert_array_equal(found.features, FEATURES[:N_SAMPLES, :N_FEATURES])
    assert found.n_features == 30 and dict(found.row)["precision"] == "0.500"


def test_a_file_of_another_process_or_stage_is_refused(files):
    with pytest.raises(ArtifactError, match="is of the process a, this job is of b"):
        stages(given(files, "b"))
    with pytest.raises(ValueError, match="--inputs has 5 files: give one of each"):
        stages(given(dict(list(files.items())[:5])))
    swapped = {**files, "samples": files["features"]}
    with pytest.raises(ArtifactError, match="features"):
        stages(given(swapped))


def test_metrics_of_real_images_are_no_row_of_samples(files):
    rows = {"rows": [row("train", None, None, 0.95, prior=None)]}
    records.save(files["metrics"], rows, kind="metrics", spec={}, traits={"process": "a"})
    with pytest.raises(ArtifactError, match="no row of samples: delete it and rerun"):
        stages(given(files))


def test_pictures_and_numbers_of_the_figure_are_those_of_the_stages():
    found = Results(SIX).stages()
    figure = pipeline(found)
    shown = [np.asarray(axes.images[0].get_array()) for axes in figure.axes]
    for at, image in ((0, found.image), (1, found.states[1]), (3, found.states[4]),
                      (4, found.pair[0])):  # fmt: skip
        np.testing.assert_array_equal(shown[at], white_mosaic(image[None], 1))
    np.testing.assert_array_equal(shown[6], white_mosaic(found.initial, 4))
    np.testing.assert_array_equal(shown[7], white_mosaic(found.samples, 4))
    np.testing.assert_array_equal(shown[8], found.features)
    texts = [text.get_text() for text in figure.findobj(Text)]
    assert {"level 10", "level 40", "input, level 7", "features: 24 of 64", "55.17"} <= set(texts)
    assert "U-Net\n280,177 weights\n600 steps" in texts


def test_the_same_stages_are_the_same_bytes(tmp_path):
    paths = [tmp_path / f"{i}.{kind}" for i in range(2) for kind in ("png", "pdf")]
    for pair in (paths[:2], paths[2:]):
        style.draw(lambda: pipeline(Results(SIX).stages()), *pair)
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(paths[:2], paths[2:], strict=True))


def test_the_stages_are_in_the_order_of_the_way():
    assert pipeline_loading.STAGES[0] == "images" and pipeline_loading.STAGES[-1] == "metrics"
