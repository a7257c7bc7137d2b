"""Finished results are clean, and whatever is done to a copy of them is named."""

import shutil

import pytest
from damages import DAMAGES, FEATURES, METRICS, OF_EVERY_KIND, SAMPLES, TABLES, P, Q, flip

from beyond_blur.config import read_experiment
from beyond_blur.verification.kinds import match
from beyond_blur.verification.reading import Result, read_one
from beyond_blur.verification.registry import KINDS
from beyond_blur.verification.walk import verify


@pytest.fixture
def results(finished, tmp_path):
    """A copy of finished results, to be damaged."""
    shutil.copytree(finished / "results", tmp_path / "results")
    return tmp_path / "results"


def verdict(results, **changes):
    return verify(results, read_experiment({"preset": "tiny", **changes}), threads=2)


def found(results, **changes):
    """Paths of the findings of each kind, those that follow from others left out."""
    by_kind = {}
    for finding in verdict(results, **changes).findings:
        by_kind.setdefault(finding.what, []).append(finding.path)
    return by_kind


def test_finished_results_are_clean(finished):
    said = verdict(finished / "results")
    assert said.findings == [] and said.clean
    assert said.checked > 70 and said.unchecked > 40


def test_manifests_say_all_that_paths_and_rules_do(finished):
    """Nothing is compared in vain: every trait of a path, and an input of every kind, is there."""
    said_nothing = set()
    for path in sorted((finished / "results").rglob("*")):
        name = path.relative_to(finished / "results").as_posix()
        kind, wildcards = match(KINDS, name) or (None, None)
        if kind is None or kind.form in ("free", "state"):
            continue
        held = read_one(finished / "results", Result(name, kind, wildcards, 0))
        traits = held.manifest["traits"]
        assert kind.traits(wildcards).items() <= traits.items(), name
        roles = set(kind.inputs(read_experiment({"preset": "tiny"}), wildcards))
        said_nothing |= {(kind.name, role) for role in roles - set(held.manifest["inputs"])}
    assert said_nothing == {
        ("weights", "held_out"), ("history", "held_out"), ("history", "source"),
        ("features", "trained"), ("metrics", "images"),
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("path", OF_EVERY_KIND)
def test_a_flipped_bit_is_named_in_a_file_of_every_kind(results, path):
    flip(results / path)
    assert found(results) == {"damaged": [path]}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_is_named_and_nothing_else(results, name):
    wanted = DAMAGES[name](results)
    named = found(results)
    stale = named.pop("stale", [])  # what was made from such files: see below
    assert named == {what: sorted(paths) for what, paths in wanted.items()}
    assert not stale or "foreign" in wanted


def test_flipped_bits_in_files_of_every_kind_are_named_at_once(results):
    for path in OF_EVERY_KIND:
        flip(results / path)
    assert found(results)["damaged"] == sorted(OF_EVERY_KIND)


def test_notes_alone_leave_results_clean(results):
    for name in ("pairs deleted", "a temporary", "finished batches", "a state kept aside"):
        DAMAGES[name](results)
    said = verdict(results)
    assert said.clean and {f.what for f in said.findings} == {"missing", "left over"}


def test_results_of_another_configuration_are_stale_and_so_is_what_was_made_from_them(results):
    stale = {f.path: f for f in verdict(results, evaluation={"nearest_k": 2}).findings}
    first = stale[METRICS.format(P, 0)]
    assert (first.what, first.key, first.wanted, first.found) == ("stale", "nearest_k", 2, 3)
    assert "made with nearest_k = 3, the configuration has 2" in first.words
    assert {*TABLES, METRICS.format(Q, 1), "figures/metrics.png"} <= set(stale)
    assert not {SAMPLES.format(P, 0), FEATURES.format(P, 0)} & set(stale)


def test_a_file_made_again_makes_what_was_made_from_it_stale(results, finished):
    """Samples of another time: sound, of the right settings, and not what the features are of."""
    from beyond_blur.storage import artifacts

    path = SAMPLES.format(P, 0)
    file = artifacts.load(results / path, "samples")
    arrays = {**file.arrays, "samples": 255 - file.arrays["samples"]}
    described = {key: file.manifest[key] for key in ("kind", "spec", "inputs", "traits")}
    artifacts.save(results / path, arrays, **described)
    said = {f.path: f for f in verdict(results).findings}
    assert said[FEATURES.format(P, 0)].key == "inputs.images"
    assert said[METRICS.format(P, 0)].words.startswith(f"made from {FEATURES.format(P, 0)}")
    assert path not in said


def test_without_a_configuration_nothing_is_stale(results):
    assert verify(results, None).clean
    DAMAGES["metrics over those of Q"](results)
    assert [f.what for f in verify(results, None).findings] == ["foreign"]
