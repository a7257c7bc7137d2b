"""Texts of the command line are what the schema has in their place."""

import json
import subprocess
import sys

import pytest

from beyond_blur.config import load_experiment
from beyond_blur.config.command_line import typed


def texts(value):
    """A value as Snakemake hands it on: every leaf a text."""
    if isinstance(value, dict):
        return {name: texts(part) for name, part in value.items()}
    if isinstance(value, list):
        return [texts(part) for part in value]
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize(
    "values",
    [
        {"evaluation": {"nearest_k": 3, "extractor": "random"}},
        {"sampling": {"seeds": [0, 7], "steps": None, "last_noise": True, "compile": False}},
        {"training": {"compile": "auto", "learning_rate_changes": [[5, 0.1]]}},
        {"processes": [{"kind": "ddpm", "n_steps": 40, "name": "no"},
                       {"kind": "advection_diffusion", "peclet": [0, 0.1]}]},
        {"dataset": {"path": "1e3", "name": "007"}},
        {"process_options": {"advection_diffusion": {"velocity": {"divergence_free": True}}}},
        {"no_such_section": {"a": "1"}, "evaluation": {"no_such_key": "2"}},
    ],
)  # fmt: skip
def test_every_value_is_again_what_it_was_before_it_became_text(values):
    assert typed(texts(values)) == values


def test_numbers_may_be_written_as_programs_write_them():
    assert typed({"training": {"learning_rate": "1e-4"}}) == {"training": {"learning_rate": 1e-4}}
    assert typed({"levels": {"sigma_max": "4"}}) == {"levels": {"sigma_max": 4}}


def test_what_is_no_number_stays_a_text_and_is_refused_with_its_key():
    given = typed({"evaluation": {"nearest_k": "three"}, "training": {"learning_rate": "[1"}})
    with pytest.raises(
        ValueError, match=r"(?s)evaluation.nearest_k = 'three': expected a whole"
    ) as e:
        load_experiment({"preset": "tiny", **given})
    assert "training.learning_rate = '[1'" in str(e.value)


def test_a_preset_alone_needs_no_schema():
    code = (
        "import sys; from beyond_blur.config.command_line import typed; "
        "given = {'preset': 'tiny', 'longest_job': 6}; assert typed(given) == given; "
        "sys.exit('yaml' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
