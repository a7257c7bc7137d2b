"""What corruption.coarsen makes of a backend, and why not where it makes nothing of it."""

import logging
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from beyond_blur.config import Corruption, Levels, Velocity
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.corruption import backend
from beyond_blur.corruption.backend import Backend, choose
from beyond_blur.lbm.coarse.bound import objection
from beyond_blur.lbm.trajectory import Trajectory

FFHQ = Trajectory(tuple(blur_widths(Levels(sigma_max=128.0))), 0.1)


@pytest.fixture
def remarks(caplog):
    """What a choice says."""
    caplog.set_level(logging.INFO, "beyond_blur")
    backend._announced.clear()
    yield caplog
    backend._announced.clear()


def name(wanted, coarsen, size=128, **changes):
    options = Corruption(backend=wanted, coarsen=coarsen)
    return choose(options, replace(FFHQ, **changes), (3, size, size)).name


def test_off_leaves_every_solver_as_it_is(remarks):
    assert [name(b, False) for b in ("cpu", "reference")] == ["cpu", "reference"]
    assert remarks.messages == []


def test_auto_takes_solvers_of_their_own_name(remarks):
    assert [name(b, "auto") for b in ("cpu", "reference")] == ["cpu-coarse", "reference-coarse"]
    assert name("cpu", "auto", peclet=0.0) == "diffusion"
    assert remarks.messages == ["corruption.coarsen 'auto': late levels on coarser lattices"]


@pytest.fixture
def device(monkeypatch):
    """A device that both solvers of the GPU trust; what the coarse one finds wrong is settable."""
    wrong = [None]
    solver = SimpleNamespace(fault=lambda *_: None, device_name=lambda: "stand-in")
    coarse = SimpleNamespace(fault=lambda *_: wrong[0], states_on_device="left there")
    monkeypatch.setitem(sys.modules, backend.MODULES["gpu"], solver)
    monkeypatch.setitem(sys.modules, backend.MODULES["gpu-coarse"], coarse)
    return wrong


def test_a_gpu_takes_coarser_lattices_and_leaves_states_there(remarks, device):
    options = Corruption(backend="gpu", coarsen="auto")
    chosen = choose(options, FFHQ, (3, 128, 128))
    assert chosen == Backend("gpu-coarse", options.threads, on_device=True)
    assert chosen.states_on_device == "left there" and chosen.packages[0] == "numpy"
    assert chosen.without_flow() == Backend("diffusion", options.threads)
    assert not choose(options, replace(FFHQ, transport=False), (3, 128, 128)).on_device
    assert remarks.messages == ["corruption.coarsen 'auto': late levels on coarser lattices"]


def test_a_gpu_that_fails_on_coarser_lattices_stays_on_pixels_and_says_why(remarks, device):
    device[0] = "a self-test differs"
    assert name("gpu", "auto") == "gpu"
    assert remarks.messages == [
        "corruption.coarsen 'auto': no coarser lattices (a self-test differs)"
    ]


def test_what_is_outside_the_bound_stays_on_pixels_and_says_why(remarks):
    assert name("cpu", "auto", 64) == "cpu"
    assert remarks.messages == [
        "corruption.coarsen 'auto': no coarser lattices (64 x 64 pixels, whose halves are not 64 "
        "across)"
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"peclet": 0.31}, "Peclet number 0.31"),
        ({"peclet": 0.0}, "Peclet number 0"),
        ({"velocity": Velocity(phase_step=1e-2)}, "options of the flow"),
        ({"velocity": Velocity(flow="vortex")}, "options of the flow"),
        ({"walls": "periodic"}, "periodic walls"),
        ({"grey_range": (0.95, 1.0)}, "grey_range"),
        ({"blur_widths": tuple(blur_widths(Levels(sigma_max=12.0)))}, "no level"),
    ],
)
def test_each_bound_has_its_words(changes, words):
    assert objection(replace(FFHQ, **changes), (128, 128)).startswith(words)


def test_the_default_flow_is_within_the_bound_compressible_or_not():
    for free in (False, True):
        flow = replace(FFHQ, velocity=Velocity(divergence_free=free), peclet=0.3)
        assert objection(flow, (256, 128)) is None
    assert objection(FFHQ, (256, 256)) is None
    strong = objection(replace(FFHQ, peclet=0.3), (256, 256))
    assert strong == "Peclet number 0.3, shown above 0 to 0.15 for so many pixels"
    assert objection(FFHQ, (512, 512)).startswith("512 pixels")


def test_without_a_flow_coarse_solvers_give_way_to_those_on_pixels():
    assert Backend("cpu-coarse", 2).without_flow() == Backend("diffusion", 2)
    assert Backend("reference-coarse").without_flow() == Backend("reference")
    assert Backend("cpu-coarse").packages == ("numpy", "numba")
    assert Backend("reference-coarse").packages == ("numpy",)
