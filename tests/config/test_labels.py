"""What a process is called, the same everywhere."""

import pytest

from beyond_blur.config import load_experiment
from beyond_blur.config.labels import label, parts, peclet_label, process_label


@pytest.mark.parametrize(
    ("name", "peclet", "words"),
    [
        ("ddpm", None, "DDPM"),
        ("heat_dissipation", float("nan"), "IHDM"),
        ("advection_diffusion", 0.0, "Beyond Blur, Pe = 0"),
        ("my_flow", 0.125, "my flow, Pe = 0.125"),
    ],
)
def test_a_label_has_words_and_the_peclet_number_if_there_is_one(name, peclet, words):
    assert label(name, peclet) == words
    name, number = parts(words)
    assert label(name, number) == words, "a label says the process and the number that made it"


def test_options_of_a_process_are_labelled_by_name_and_peclet_number():
    made = load_experiment(
        {
            "preset": "tiny",
            "processes": [
                {"kind": "cold_diffusion"},
                {"kind": "advection_diffusion", "peclet": 1e-3},
            ],
        }
    )
    assert [process_label(process) for process in made.processes] == [
        "Cold Diffusion",
        "Beyond Blur, Pe = 0.001",
    ]
    assert peclet_label(0.1) == "Pe = 0.1"
