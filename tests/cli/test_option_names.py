"""Errors name the option that was typed, not the key of a config."""

import pytest

from beyond_blur import cli
from beyond_blur.cli import first_look
from beyond_blur.cli.option_names import in_options
from beyond_blur.config import Corruption, Levels, Velocity


def test_options_that_errors_name_exist_and_stand_for_keys_of_the_config():
    assert set(first_look.TYPED.values()) <= {
        option.name for option in cli.VERBS["corrupt"].options
    }
    sections = {"velocity": Velocity, "levels": Levels, "corruption": Corruption}
    for key in set(first_look.TYPED) - {"peclet"}:
        section, name = key.split(".")
        assert hasattr(sections[section](), name)


def test_only_whole_keys_become_options():
    options = {"peclet": "--peclet", "velocity.flow": "--kind"}
    with (
        pytest.raises(ValueError, match=r"^--peclet 3 of peclets.png: velocity.flows, --kind\.$"),
        in_options(options),
    ):
        raise ValueError("peclet 3 of peclets.png: velocity.flows, velocity.flow.")
