"""The card says of every kind of process what its network answers, and its commands work."""

import sys

import pytest

from beyond_blur.config import PROCESS_SPECS
from beyond_blur.network import model_card
from beyond_blur.network.export import export
from beyond_blur.network.exported import CARD
from trained_weights import make_weights

ANSWERS = {
    "advection_diffusion": "y is the difference x_{k-1} - x_k to the level below",
    "heat_dissipation": "y is the difference x_{k-1} - x_k to the level below",
    "coloured_heat_dissipation": "low frequencies of the size that a flow's background has",
    "ddpm": "y is the noise eps in x_k, of standard deviation 1; x_k is an image scaled to [-1, 1]",
    "coloured_ddpm": "y is the noise in x_k, of variance 1 in the mean",
    "blurring_diffusion": "y is the noise eps in x_k",
    "cold_diffusion": "y is the clean image x_0 in [0, 1]",
}


def card(folder, process, **facts):
    export(make_weights(folder / "weights.safetensors", process, **facts), folder / "network")
    return (folder / "network" / CARD).read_text()


def test_every_kind_of_process_has_its_answer():
    assert model_card.ANSWERS.keys() == PROCESS_SPECS.keys() == {*ANSWERS, "own"}


@pytest.mark.parametrize("kind", ANSWERS)
def test_the_card_says_what_is_answered_and_between_which_levels(tmp_path, kind):
    text = card(tmp_path, PROCESS_SPECS[kind]())
    assert ANSWERS[kind] in text and "{" not in text.replace("x_{k-1}", "")
    levels = 1000 if kind in ("ddpm", "coloured_ddpm", "blurring_diffusion") else 4
    assert f"The levels k go from 1 to {levels}." in text


@pytest.mark.parametrize(("size", "needed"), [(8, False), (None, True)])
def test_a_start_from_noise_needs_pictures_where_their_size_is_unknown(tmp_path, size, needed):
    text = card(tmp_path, PROCESS_SPECS["ddpm"](), image_size=size)
    assert ("--weights FOLDER --images PICTURES" in text) == needed
    assert ("no pictures are needed" in text) != needed


def test_the_lines_that_load_it_run_in_any_folder(tmp_path, monkeypatch):
    text = card(tmp_path, PROCESS_SPECS["cold_diffusion"]())
    code = text.split("```python\n")[1].split("```")[0]
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "unet", raising=False)
    here = code.replace("FOLDER", str(tmp_path / "network"))
    made = {}
    exec(here.replace("y = network(x_k, k)", ""), made)
    assert made["network"].training is False
    monkeypatch.delitem(sys.modules, "unet")
