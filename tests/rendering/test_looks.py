"""One look per method: the same everywhere, and apart from others, also for the colour-blind."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from beyond_blur.config import PROCESS_SPECS
from beyond_blur.config.labels import TITLES, label
from beyond_blur.rendering import looks as sheet
from beyond_blur.rendering.looks import looks

# What is seen without the cones of long, middle and short waves: Machado et al. (2009), severity 1,
# on linear RGB.
SIGHT = {
    "all cones": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                            [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])

PECLETS = (0.02, 0.04, 0.06, 0.08, 0.1, 0.12)


def lab(colour, sight):
    """CIE L*a*b* of an sRGB colour under D65."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x = XYZ @ np.clip(sight @ linear, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHT)
def test_methods_are_told_apart_by_colour_whatever_cones_a_reader_has(sight):
    flows = [sheet.peclet_colour(peclet) for peclet in PECLETS]
    without = [*(look.colour for look in sheet.METHODS.values()), sheet.NO_FLOW.colour, sheet.REAL]
    pairs = [*itertools.combinations(without, 2), *itertools.product(without, flows)]
    seen = {pair: np.linalg.norm(np.subtract(*(lab(c, SIGHT[sight]) for c in pair)))
            for pair in pairs}  # fmt: skip
    nearest = min(seen, key=seen.get)
    assert seen[nearest] > 15, f"{nearest} are {seen[nearest]:.0f} apart; 2 is just to be seen"


@pytest.mark.parametrize("sight", SIGHT)
def test_the_hue_of_a_flow_darkens_with_the_peclet_number(sight):
    light = [lab(sheet.peclet_colour(p), SIGHT[sight])[0] for p in (*PECLETS, 0.5, 1, 5)]
    assert all(before - after > 1 for before, after in itertools.pairwise(light))


def test_every_kind_of_process_has_a_look_and_no_two_have_one_marker():
    titles = set(TITLES.values())
    assert titles == {spec.title for spec in PROCESS_SPECS.values()} - {""}
    assert titles == {*sheet.METHODS, "Beyond Blur"}
    assert set(sheet.IN_THE_STUDY.values()) <= titles
    found = looks([*titles, label("advection_diffusion", 0.0)])
    markers = [look.marker for look in found.values()]
    assert len(set(markers)) == len(markers) == 8


def test_a_look_does_not_depend_on_what_stands_beside_it():
    flows = ["Beyond Blur, Pe = 0.06", "Beyond Blur, Pe = 0", "divergence free, Pe = 1"]
    texts = ["DDPM", "IHDM", "my own", *flows]
    together = looks(texts)
    assert all(looks([text])[text] == together[text] for text in texts)
    assert looks(reversed(texts)) == together
    assert together["Beyond Blur, Pe = 0"] == sheet.NO_FLOW
    assert looks(["Beyond Blur"])["Beyond Blur"] == together["Beyond Blur, Pe = 0.06"]


@pytest.mark.parametrize("n", [2, 20, 40])
def test_processes_with_names_of_their_own_differ_while_there_are_looks(n):
    names = [f"process {i}" for i in range(n)]
    found = looks(names)
    assert set(found) == set(names)
    assert len(set(found.values())) == min(n, 25)
    assert not {look.marker for look in found.values()} & {
        look.marker for look in [*sheet.METHODS.values(), sheet.NO_FLOW]
    }
    assert looks([*names, "DDPM"])["process 0"] == found["process 0"]
