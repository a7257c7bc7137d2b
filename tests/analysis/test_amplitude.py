"""How much of the clean images their terminal states still hold."""

import numpy as np
import pandas as pd
import pytest

from beyond_blur import cli
from beyond_blur.analysis.amplitude import amplitude_rows, pure_blur, terminal_amplitude
from beyond_blur.config.evaluation_specs import AmplitudeSpec
from beyond_blur.config.rule_specs import to_json


def test_pure_blur_keeps_what_the_heat_kernel_says():
    """The lattice's own blur, at a width where the lowest modes are still large."""
    from beyond_blur.config import Levels
    from beyond_blur.config.blur_widths import blur_widths
    from beyond_blur.corruption.pairs import terminal_states
    from beyond_blur.lbm.trajectory import Trajectory

    rng = np.random.default_rng(0)
    images = rng.random((12, 1, 16, 16), dtype=np.float32)
    levels = Levels(n_levels=3, sigma_min=0.5, sigma_max=4.0)
    states = terminal_states(images, np.arange(12), Trajectory(tuple(blur_widths(levels))), 0)
    for mode in terminal_amplitude(images, states):
        kept = pure_blur(mode["mode_y"], mode["mode_x"], 4.0, (16, 16))
        assert mode["amplitude"] == pytest.approx(kept, abs=2e-3)
        if np.hypot(mode["mode_y"], mode["mode_x"]) <= 2:
            assert mode["correlation"] == pytest.approx(1, abs=1e-4)


def test_amplitudes_of_known_states():
    rng = np.random.default_rng(1)
    clean = rng.random((400, 2, 8, 8))
    same, half, alien = clean, 0.5 * clean + 3.0, rng.random((400, 2, 8, 8))
    for mode in terminal_amplitude(clean, same):
        assert mode["amplitude"] == mode["correlation"] == pytest.approx(1)
    for mode in terminal_amplitude(clean, half):
        assert mode["amplitude"] == pytest.approx(0.5)
        assert mode["correlation"] == pytest.approx(1)
    found = terminal_amplitude(clean, alien)
    within = [abs(m["amplitude"]) < 2 * m["standard_error"] for m in found]
    assert np.mean(within) > 0.8
    for mode in terminal_amplitude(clean, np.full_like(clean, 0.3)):
        assert (mode["amplitude"], mode["correlation"]) == (pytest.approx(0), None)


def test_noise_that_is_to_come_counts_as_if_it_were_there():
    rng = np.random.default_rng(2)
    clean = rng.random((4000, 1, 4, 4))
    state = 0.3 * clean
    drawn = terminal_amplitude(clean, state + rng.normal(0, 0.1, clean.shape))
    for counted, found in zip(terminal_amplitude(clean, state, 0.1), drawn, strict=True):
        assert counted["amplitude"] == pytest.approx(0.3)
        assert counted["standard_error"] == pytest.approx(found["standard_error"], rel=0.05)
        assert counted["correlation"] == pytest.approx(found["correlation"], abs=0.03)


def test_states_of_other_images_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        terminal_amplitude(np.zeros((5, 1, 8, 8)), np.zeros((4, 1, 8, 8)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clean": np.nan}, r"clean images are not finite \(image 2\)"),
        ({"terminal": np.inf}, r"terminal states are not finite \(image 2\)"),
        ({"noise": np.nan}, "noise = nan is no standard deviation"),
        ({"noise": -1.0}, "noise = -1 is no standard deviation"),
        ({"sigma": np.nan}, "sigma = nan is no width"),
        ({"sigma": -2.0}, "sigma = -2 is no width"),
    ],
)
def test_values_without_an_amplitude_are_refused(change, words):
    rng = np.random.default_rng(3)
    given = {"clean": rng.random((4, 1, 4, 4)), "terminal": rng.random((4, 1, 4, 4)), "sigma": 1.0}
    assert len(amplitude_rows(**given)) == 16
    for name, value in change.items():
        if name in ("clean", "terminal"):
            given[name][2, 0, 1, 1] = value
        else:
            given[name] = value
    with pytest.raises(ValueError, match=words):
        amplitude_rows(**given)


def test_the_amplitude_table_holds_every_process(known_run, tmp_path):
    for name, peclet in (("flow", 0.1), ("blur", None)):
        files = {"--states": "samples-train", "--images": "train"}
        paths = [w for o, n in files.items() for w in (o, str(known_run / f"{n}.safetensors"))]
        spec = to_json(AmplitudeSpec(name, peclet, 8.0, 0.0, "train"))
        out = str(tmp_path / f"{name}.json")
        cli.main(["amplitude", "--spec", spec, *paths, "--out", out])
    cli.main(["terminal_amplitude", "--csv", str(tmp_path / "t.csv"),
              "--inputs", str(tmp_path / "flow.json"), str(tmp_path / "blur.json")])  # fmt: skip
    frame = pd.read_csv(tmp_path / "t.csv")
    assert frame.groupby("process").size().to_dict() == {"flow": 25, "blur": 25}
    assert frame["peclet"].isna().sum() == 25
    # Half of the states are the image at half contrast, the other half its negative.
    assert frame["amplitude"].abs().max() < 0.3
