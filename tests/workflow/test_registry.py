"""The registry of results is what the rules make: every output once, of the same inputs."""

import re

import pytest
from workflow_runs import ROOT, snakemake

from beyond_blur.config import read_experiment
from beyond_blur.rendering.film_registry import FILMS
from beyond_blur.storage.manifest_place import manifest_of
from beyond_blur.verification.judging import unasked
from beyond_blur.verification.kinds import match
from beyond_blur.verification.listing import is_manifest
from beyond_blur.verification.reading import Result
from beyond_blur.verification.registry import GATHERED, KINDS, STAGES
from beyond_blur.verification.specs import EXPLORATIONS

pytestmark = pytest.mark.workflow

JOB = re.compile(r"^(?:local)?rule (\w+):\n((?:    .*\n)+)", re.MULTILINE)
ALL = ("all", "study", "results/steps.csv", "results/figures/interpolation.png",
       "results/figures/shared.png",
       *(f"results/films/{name}.gif" for name in FILMS))  # fmt: skip
OWN = {"kind": "own", "file": str(ROOT / "docs/own_process.py"), "class_name": "Pixelation"}
CONFIGURATIONS = {
    "tiny": {"preset": "tiny", "study": {"deltas": [0.02, "auto"]}},
    "digits": {"preset": "digits", "study": {"deltas": [0.025, 0.04]}},
    "every kind": {
        "preset": "tiny",
        "sampling": {"priors": ["train", "held_out"]},
        "training": {"pairs": "streamed"},
        "study": {"deltas": ["auto"]},
        "evaluation": {"extractor": "random"},
        "processes": [
            {"kind": "ddpm", "n_steps": 4, "schedule": "cosine"},
            {"kind": "heat_dissipation"},
            {"kind": "blurring_diffusion", "n_steps": 4, "blur_width_max": 4.0},
            {"kind": "advection_diffusion", "peclet": [0.1, 0.2]},
            {"kind": "cold_diffusion"},
            OWN,
        ],
    },
}


def files_of(block, key):
    """Paths below ``results`` of one line of a planned job."""
    line = re.search(rf"^    {key}: (.*)$", block, re.MULTILINE)
    paths = line[1].split(", ") if line else []
    return {path.removeprefix("results/") for path in paths if path.startswith("results/")}


def unlisted(experiment, rule, inputs, wildcards):
    """Inputs with the shards in the place of their lists: of a job on one shard, that one."""
    numbers = range(experiment.dataset.shards)
    if rule in ("cache_pairs", "terminal_states"):
        numbers = [wildcards["shard"]]
    found = set()
    for path in inputs:
        folder, _, name = path.rpartition("/")
        listed = name == "shards.json"
        found |= {f"{folder}/shard-{i}.safetensors" for i in numbers} if listed else {path}
    return found


def without_manifests(paths):
    return {path for path in paths if not path.endswith(".manifest.json")}


OF_EVERY = [
    name if name == "tiny" else pytest.param(name, marks=pytest.mark.slow)
    for name in CONFIGURATIONS
]


@pytest.fixture(scope="module", params=OF_EVERY)
def planned(request, tmp_path_factory):
    """The experiment, and inputs and outputs of every job of all that its workflow can make."""
    config = CONFIGURATIONS[request.param]
    folder = tmp_path_factory.mktemp("planned") / "run"
    done = snakemake(ROOT, folder, "-n", "--forceall", *ALL, config=config)
    assert done.returncode == 0, done.stderr + done.stdout
    jobs = [(name, files_of(block, "input"), files_of(block, "output"))
            for name, block in JOB.findall(done.stdout)]  # fmt: skip
    assert len(jobs) == int(re.search(r"^total +(\d+)$", done.stdout, re.MULTILINE)[1]) > 80
    return read_experiment(config), [job for job in jobs if job[2]]


def test_every_output_of_a_rule_is_of_one_kind(planned):
    for rule, _, outputs in planned[1]:
        for path in without_manifests(outputs):
            assert [k for k in (*STAGES, *GATHERED) if k.wildcards(path) is not None] == [
                match(KINDS, path)[0]
            ], (rule, path)


def test_a_kind_has_the_inputs_of_its_rule(planned):
    experiment, jobs = planned
    for rule, inputs, outputs in jobs:
        for path in without_manifests(outputs):
            kind, wildcards = match(KINDS, path)
            named = kind.inputs(experiment, wildcards)
            files = {one for paths in named.values() for one in paths}
            given = unlisted(experiment, rule, without_manifests(inputs), wildcards)
            assert files == given, (rule, path)


def test_a_manifest_lies_where_its_rule_writes_it(planned):
    for rule, _, outputs in planned[1]:
        written = outputs - without_manifests(outputs)
        assert all(is_manifest(path, KINDS) for path in written), rule
        for path in without_manifests(outputs):
            kind = match(KINDS, path)[0]
            if kind.form == "page":
                assert (kind.manifest or manifest_of(path)) in written, (rule, path)


def test_what_the_workflow_makes_is_asked_for(planned):
    experiment, jobs = planned
    for _, _, outputs in jobs:
        for path in without_manifests(outputs):
            assert unasked(experiment, Result(path, *match(KINDS, path), 0)) is None, path


def test_every_kind_is_the_output_of_a_rule(planned):
    _, jobs = planned
    made = {match(KINDS, path)[0].pattern for _, _, outputs in jobs
            for path in without_manifests(outputs)}  # fmt: skip
    cached = {k.pattern for k in STAGES if k.name in ("pairs", "classifier", "encoder")}
    cached.add("corruption/{dataset}/{process}/shards.json")
    assert {k.pattern for k in (*STAGES, *GATHERED)} - made <= cached


def test_explorations_are_those_of_the_rules():
    text = (ROOT / "workflow/rules/sampling.smk").read_text()
    found = re.findall(r'^    "([\w-]+)": "--.*--n (\d+)"', text, re.MULTILINE)
    assert {name: int(n) for name, n in found} == EXPLORATIONS
