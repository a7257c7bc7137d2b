"""Every function of the package that a verb really calls is code that its rule depends on."""

import re

import pytest
from workflow_runs import ROOT

from beyond_blur.config import load_experiment
from beyond_blur.rendering.figures import FIGURES
from beyond_blur.rendering.film_registry import FILMS
from beyond_blur.storage import code

RULES = sorted((ROOT / "workflow/rules").glob("*.smk"))
OF_RULES = re.compile(r'code_of\(\s*"(\w+)"([^)]*)\)')
AROUND_VERBS = ("beyond_blur.cli", "beyond_blur.cli.verbs", "beyond_blur.cli.messages")
"""Modules that declare verbs and show what they say; no result depends on them."""


def roots_of_rules():
    """What rules give as the code of each verb, of the experiment ``tiny``."""
    solvers = code.registered("beyond_blur.corruption.backend:MODULES")
    processes = load_experiment({"preset": "tiny"}).processes
    of_kinds = sorted({process.implementation for process in processes})
    extractors = code.registered("beyond_blur.features.extractor:EXTRACTORS")
    of_flows = code.registered("beyond_blur.training.flow_pairs:MAKERS")
    looked_up = {
        "process_code": of_kinds,
        "every_process_code": of_kinds,
        "solver_code": [root for roots in solvers.values() for root in roots],
        # Held-out pairs are made by the solver, too; no step of the training sees them.
        "flow_pairs_code": [
            one for of in (solvers, of_flows) for roots in of.values() for one in roots
        ],
        "extractor_code": extractors["classifier"],
        "film_code": [root for entry in FILMS.values() for root in entry.code],
        # The rule of a figure names its own two functions; of one that runs processes, those too.
        "figure_code": [
            *(root for entry in FIGURES.values() for root in entry.code),
            *of_kinds,
            *(root for roots in solvers.values() for root in roots),
        ],
    }
    found = {}
    for path in RULES:
        for verb, more in OF_RULES.findall(path.read_text()):
            roots = [root for name in re.findall(r"\w+", more) for root in looked_up.get(name, [])]
            found.setdefault(verb, {code.verb_root(verb)}).update(roots)
    return found


def counts(called):
    """Whether a function that was called has to be in the code of its verb."""
    module, _, name = called.partition(":")
    left_out = code.PACKAGE.leaves_out(module) or module in AROUND_VERBS
    return not left_out and not name.startswith("<")


@pytest.mark.slow
def test_what_a_verb_calls_is_in_its_code(called):
    roots = roots_of_rules()
    assert set(called) == set(roots), "every verb of a rule runs"
    missing = {}
    for verb, functions in called.items():
        closure = {str(one) for root in roots[verb] for one in code.PACKAGE.reached(root)}
        missing[verb] = sorted({one for one in functions if counts(one)} - closure)
    assert {verb: names for verb, names in missing.items() if names} == {}


@pytest.mark.slow
def test_modules_of_what_a_verb_calls_are_reached(called):
    for verb, functions in called.items():
        modules = code.modules_reached(*roots_of_rules()[verb])
        assert {one.partition(":")[0] for one in functions if counts(one)} <= modules


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_every_rule_says_its_code_and_is_called_like_its_verb(path):
    text = path.read_text()
    for block in re.split(r"(?m)^(?=rule |use rule )", text)[1:]:
        verb = re.search(r"python -m beyond_blur (\w+)", block)
        if verb is None:
            continue
        rule = re.match(r"rule (\w+)", block).group(1)
        assert verb.group(1) in rule or rule == "list_images", rule
        assert re.search(rf'code=code_of\(\s*"{verb.group(1)}"', block), rule
