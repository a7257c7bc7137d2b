"""Any configuration is a valid experiment or refused, a line for each problem."""

import datetime
import json
import time

import pytest
import yaml
from hypothesis import strategies as st

from beyond_blur import config
from beyond_blur.config import ConfigError, Experiment, load_experiment
from beyond_blur.data import readers
from fuzz.damage import damaged, edited
from fuzz.trials import FEW, LONGEST, MANY, run

pytestmark = pytest.mark.thorough

PRESETS = {name: config.load_preset(name) for name in config.preset_names()}
DIGITS = json.loads(json.dumps(config.to_json_values(load_experiment({"preset": "digits"}))))
EVERY_KIND = {
    "preset": "tiny",
    "process_options": {"ddpm": {"n_steps": 20}, "advection_diffusion": {"noise": 0.1}},
    "processes": [{"kind": kind, "name": kind.replace("_", "-")} for kind in config.PROCESS_SPECS]
    + [{"kind": "advection_diffusion", "peclet": [0.05, 0.1]}],
}
ODD = (datetime.date(2026, 1, 2), b"bytes", {1, 2}, (1, 2), {None: 1, 2.5: {}, True: []}, 1j)
"""What YAML makes that JSON has not."""

SLOWEST = 20.0
"""Seconds of the processor in which any configuration has been judged."""


def judged(values):
    """How a configuration ended."""
    start = time.process_time()
    try:
        experiment = load_experiment(values, readers.problems)
    except ConfigError as error:
        lines = str(error).split("\n")
        assert all(line.isprintable() and line.strip() for line in lines), repr(str(error))
        assert max(map(len, lines)) < LONGEST, max(lines, key=len)
        return "refused"
    finally:
        assert time.process_time() - start < SLOWEST
    assert isinstance(experiment, Experiment)
    again = config.read(Experiment, config.to_json_values(experiment))
    assert again == experiment, "written down and read, it is another"
    return "right"


TESTED = pytest.mark.parametrize("n", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
STARTS = {**PRESETS, "resolved": DIGITS, "every kind": EVERY_KIND}


SLOW = [pytest.param(name, MANY, marks=pytest.mark.slow) for name in STARTS]


@pytest.mark.parametrize(
    ("name", "n"), [*((name, FEW) for name in ("tiny", "resolved", "every kind")), *SLOW]
)
def test_edited_configurations_are_valid_or_refused(record_property, name, n):
    values = STARTS[name]
    changed = edited(values).filter(lambda edit: isinstance(edit, dict))
    run(changed, DIGITS, judged, n, record_property)


@TESTED
def test_values_that_only_yaml_has_are_refused(record_property, n):
    @st.composite
    def odd(draw):
        values = draw(edited(DIGITS).filter(lambda edit: isinstance(edit, dict) and edit))
        section = draw(st.sampled_from(sorted(values)))
        if isinstance(values[section], dict) and values[section] and draw(st.booleans()):
            name = draw(st.sampled_from(sorted(values[section])))
            values[section] = {**values[section], name: draw(st.sampled_from(ODD))}
            return values
        return {**values, section: draw(st.sampled_from(ODD))}

    run(odd(), DIGITS, judged, n, record_property)


@TESTED
def test_damaged_yaml_is_valid_or_refused(record_property, n):
    """What is still YAML and a mapping: Snakemake reads the text, and tells of what is neither."""
    whole = yaml.safe_dump(DIGITS).encode()

    def trial(content):
        try:
            values = yaml.safe_load(content)
        except (yaml.YAMLError, ValueError):  # of dates such as 2026-13-41
            return "no YAML"
        return judged(values) if isinstance(values, dict) else "no YAML"

    run(damaged(whole), whole, trial, n, record_property)
