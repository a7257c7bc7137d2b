"""The list of one measured set: distances with their names, errors and digits."""

import pytest

from beyond_blur.rendering.terminal import limits, to_terminal

FOUND = {
    "extractor": "random",
    "resize": "none",
    "nearest_k": 5,
    "images": "a",
    "reference": "b",
    "n_samples": 10,
    "n_reference": 9,
    "feature_dim": 4,
    "frechet_distance": 12.3456,
    "frechet_infinity": 11.5,
    "frechet_by_size": [14.0, 12.3456],
    "kernel_distance": 0.0123456,
    "kernel_standard_error": 0.00123,
    "frechet_standard_error": 0.456,
    "precision": 0.5,
    "recall": 0.25,
    "density": 1.125,
    "coverage": 0.75,
}


@pytest.mark.parametrize(
    ("extractor", "names"),
    [
        ("inception", ("FID", "KID")),
        ("random", ("Fréchet distance (not FID)", "kernel distance (not KID)")),
    ],
)
def test_distances_say_whether_they_are_inceptions(extractor, names):
    lines = to_terminal({**FOUND, "extractor": extractor}).splitlines()
    width = max(len("  at infinite N"), *map(len, names))
    assert lines[4:11] == [
        f"{name:<{width}}  {value}"
        for name, value in (
            (names[0], "12.35 ± 0.46"),
            ("  at infinite N", "11.5"),
            (names[1], "0.01235 ± 0.0012"),
            ("precision", "0.500"),
            ("recall", "0.250"),
            ("density", "1.125"),
            ("coverage", "0.750"),
        )
    ]


def test_what_could_not_be_extrapolated_is_left_out():
    text = to_terminal({**FOUND, "frechet_infinity": None, "feature_dim": 64}, ["shrunk"])
    assert "infinite" not in text
    assert "note: shrunk" in text and "9 images are too few for 64 feature dimensions" in text


@pytest.mark.parametrize(("extractor", "name"), [("inception", "FID"), ("random", "Fréchet dis")])
def test_what_limits_the_distance_is_said(extractor, name):
    """12.3456 at 9 images and 11.5 at infinite N: 0.85 is bias."""
    (line,) = limits({**FOUND, "extractor": extractor})
    assert line.startswith(f"about 0.85 of the {name}") and "is bias of 9 images" in line
    assert f"note: {line}" in to_terminal({**FOUND, "extractor": extractor})
    assert limits({**FOUND, "frechet_infinity": 13.0}) == []


def test_a_set_against_itself_is_called_identical():
    same = {
        **FOUND,
        "frechet_distance": 0.0,
        "frechet_infinity": 0.0,
        "frechet_by_size": [0.0, 0.0],
    }
    assert "note: identical: both sets have the same features" in to_terminal(same)
    assert "identical" not in to_terminal(FOUND)
