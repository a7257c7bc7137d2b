"""Which solver is chosen, what it says and what it is recorded as."""

import sys
from dataclasses import replace
from importlib import metadata
from types import SimpleNamespace

import pytest

from beyond_blur import cli
from beyond_blur.cli.verbs import Verb
from beyond_blur.config import Corruption
from beyond_blur.corruption import backend
from beyond_blur.corruption.backend import Backend, choose

SHAPE = (3, 12, 10)


@pytest.fixture
def gpu(monkeypatch):
    """The part of the GPU solver that a choice asks, for any shape; what it was asked for."""
    asked = []

    def fault(shape, channels, walls):
        asked.append((channels, *shape, walls))
        return "wrong" if module.broken == module.current else None

    module = SimpleNamespace(
        fault=fault, device_number=lambda: module.current, trajectories=print, asked=asked,
        device_name=lambda: f"stand-in {module.current}", current=0, broken=None,
    )  # fmt: skip
    monkeypatch.setitem(sys.modules, backend.MODULES["gpu"], module)
    forget()
    yield module
    forget()


@pytest.fixture
def no_gpu(monkeypatch):
    """A machine without CuPy."""
    monkeypatch.setitem(sys.modules, backend.MODULES["gpu"], None)
    forget()
    yield
    forget()


def forget():
    backend._solver.cache_clear()
    backend._tried.cache_clear()
    backend._announced.clear()


def chosen(trajectory, name, **changes):
    return choose(Corruption(backend=name, threads=3), replace(trajectory, **changes), SHAPE)


@pytest.mark.usefixtures("gpu")
def test_each_choice_runs_what_it_names_and_no_flow_has_its_short_cut(trajectory):
    names = {"reference": "reference", "cpu": "cpu", "gpu": "gpu", "auto": "gpu"}
    assert {name: chosen(trajectory, name).name for name in names} == names
    still = {name: chosen(trajectory, name, peclet=0.0) for name in names}
    assert {name: each.name for name, each in still.items()} == {
        "reference": "reference", "cpu": "diffusion", "gpu": "diffusion", "auto": "diffusion",
    }  # fmt: skip
    for name, each in still.items():
        assert chosen(trajectory, name).without_flow() == replace(each, on_device=False)
        assert each.threads == 3


@pytest.mark.usefixtures("gpu")
def test_states_stay_on_the_device_only_where_all_of_them_is_made_there(trajectory):
    for peclet in (0.0, 0.2):
        found = {name: chosen(trajectory, name, peclet=peclet).on_device
                 for name in ("gpu", "auto", "cpu", "reference")}  # fmt: skip
        assert found == {"gpu": True, "auto": True, "cpu": False, "reference": False}
    assert not chosen(trajectory, "gpu", transport=False).on_device
    assert not chosen(trajectory, "cpu").on_device


def test_the_gpu_is_asked_for_shape_and_walls_of_the_images(gpu, trajectory):
    chosen(trajectory, "auto", walls="periodic")
    assert gpu.asked == [(*SHAPE, "periodic")]


def test_a_card_that_fails_its_trial_is_tried_and_said_once_and_leaves_the_others(
    gpu, trajectory, caplog
):
    caplog.set_level("INFO", "beyond_blur")
    gpu.broken = 1
    for gpu.current, name in ((0, "gpu"), (1, "cpu"), (1, "cpu"), (0, "gpu")):
        assert chosen(trajectory, "auto").name == name
    assert len(gpu.asked) == 2
    assert caplog.messages == [
        "corruption.backend 'auto': solving on the GPU (stand-in 0)",
        "corruption.backend 'auto': solving on the CPU (wrong)",
    ]
    gpu.current = 1
    with pytest.raises(RuntimeError, match=r"'gpu' cannot run here \(wrong\)"):
        chosen(trajectory, "gpu")


@pytest.mark.usefixtures("no_gpu")
def test_a_missing_gpu_is_said_with_the_way_out(trajectory):
    words = (
        r"corruption.backend 'gpu' cannot run.*cupy-cuda12x or cupy-cuda13x"
        r".*set corruption.backend to 'cpu'"
    )
    with pytest.raises(RuntimeError, match=words):
        chosen(trajectory, "gpu")


@pytest.mark.usefixtures("no_gpu")
def test_the_choice_of_auto_is_logged_once_and_printed_nowhere(trajectory, caplog, capsys):
    caplog.set_level("INFO", "beyond_blur")
    for walls in ("mirror", "mirror", "periodic"):
        assert chosen(trajectory, "auto", walls=walls).name == "cpu"
    (said,) = caplog.messages
    assert said.startswith("corruption.backend 'auto': solving on the CPU (")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("error", [
    PermissionError(13, "Permission denied", "/nonexistent"), RuntimeError("CUDA\n\n is odd"),
    OSError("libnvrtc.so: cannot open"), KeyError(),
])  # fmt: skip
def test_an_import_that_fails_in_any_way_is_no_gpu_and_takes_no_cpu_with_it(
    trajectory, caplog, monkeypatch, error
):
    def import_module(name):
        raise error

    forget()
    caplog.set_level("INFO", "beyond_blur")
    monkeypatch.setattr(backend.importlib, "import_module", import_module)
    assert chosen(trajectory, "auto").name == "cpu"
    (said,) = caplog.messages
    reason = " ".join(str(error).split()) or "KeyError"
    assert said == f"corruption.backend 'auto': solving on the CPU ({reason})"
    forget()


@pytest.mark.usefixtures("no_gpu")
def test_the_command_line_says_the_choice_on_stderr(trajectory, capsys, monkeypatch):
    verb = Verb(lambda: chosen(trajectory, "auto"), (), "corruption")
    monkeypatch.setattr(cli, "VERBS", {"choose": verb})
    cli.main(["choose"])
    captured = capsys.readouterr()
    assert captured.err.startswith("corruption.backend 'auto': solving on the CPU (")
    assert captured.err.count("\n") == 1 and captured.out == ""
    forget()
    chosen(trajectory, "auto")
    assert capsys.readouterr().err == "", "outside of the command line nothing is printed"


def test_packages_are_those_that_can_change_a_state(monkeypatch):
    installed = [SimpleNamespace(metadata={"Name": name}) for name in ("numpy", "cupy-cuda13x")]
    monkeypatch.setattr(metadata, "distributions", lambda: installed)
    assert Backend("gpu").packages == ("numpy", "cupy-cuda13x")
    assert Backend("cpu").packages == ("numpy", "numba")
    assert Backend("reference").packages == Backend("diffusion").packages == ("numpy",)
