"""A sample of the page comes from a network of the run, and from a picture where it needs one."""

import io

import numpy as np
import pytest
from PIL import Image

from beyond_blur.config import DDPMOptions, HeatDissipationOptions
from beyond_blur.play.samples import Network, networks_in
from trained_weights import make_weights


@pytest.fixture
def networks(tmp_path):
    """Networks of a flow, of IHDM and of DDPM, where a run keeps them."""
    kinds = {"flow": None, "ihdm": HeatDissipationOptions(),
             "ddpm": DDPMOptions(n_steps=4, schedule="cosine")}  # fmt: skip
    for name, process in kinds.items():
        make_weights(tmp_path / f"results/checkpoints/digits/{name}/weights.safetensors", process)
    return networks_in(tmp_path)


def picture(level):
    stream = io.BytesIO()
    Image.new("RGB", (20, 12), (level, level, 0)).save(stream, "png")
    return stream.getvalue()


def test_every_network_of_a_run_is_found_and_gives_the_way_to_a_sample(networks):
    assert list(networks) == ["digits/ddpm", "digits/flow", "digits/ihdm"]
    for network in networks.values():
        made = network.sample(0, None)
        assert made.states.shape[1:] == (1, 8, 8) and made.states.dtype == np.uint8
        assert len(made.states) == len(made.levels) and made.levels[-1] == "k = 0"


def test_a_sample_is_a_function_of_seed_and_picture(networks):
    ihdm = networks["digits/ihdm"]
    first, again = (ihdm.sample(1, picture(200)).states for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first != ihdm.sample(2, picture(200)).states).any()
    assert (first != ihdm.sample(1, picture(20)).states).any()


def test_ddpm_starts_from_noise_whatever_the_picture(networks):
    ddpm = networks["digits/ddpm"]
    np.testing.assert_array_equal(ddpm.sample(1, picture(9)).states, ddpm.sample(1, None).states)


def test_a_file_that_is_no_picture_is_refused_in_one_line(networks):
    with pytest.raises(ValueError, match=r"^the picture"):
        networks["digits/ihdm"].sample(0, b"no picture")


def test_weights_are_loaded_when_they_are_asked_for(tmp_path):
    assert "loaded" not in vars(Network(tmp_path / "none.safetensors"))
