"""A JSON file of numbers is whole, sealed and of its kind, or refused by name."""

import json

import pytest

from beyond_blur.storage import records
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.seal import seal_of, sealed


def write(path):
    records.save(path, {"rows": [{"recall": 0.1}]}, kind="metrics", spec={"seed": 3},
                 inputs={"train": "ab"}, traits={"seed": 3})  # fmt: skip
    return path


def test_what_is_saved_is_what_is_loaded(tmp_path):
    record = records.load(write(tmp_path / "a.json"), "metrics")
    assert record["rows"] == [{"recall": 0.1}] and record["traits"] == {"seed": 3}
    assert record["inputs"] == {"train": "ab"} and record["spec"] == {"seed": 3}
    assert record["versions"]["beyond_blur"]


def test_the_same_numbers_are_the_same_bytes(tmp_path):
    assert write(tmp_path / "a").read_bytes() == write(tmp_path / "b").read_bytes()


@pytest.mark.parametrize("key", ["rows", "spec", "inputs", "traits", "versions", "kind"])
def test_no_key_can_change_or_go_without_a_word(tmp_path, key):
    path = write(tmp_path / "a.json")
    record = json.loads(path.read_text())
    for changed in (
        {name: value for name, value in record.items() if name != key},
        {**record, key: "other"},
        {**record, "more": 1},
    ):
        path.write_text(json.dumps(changed))
        with pytest.raises(ArtifactError, match=r"a\.json (does not match|is not a file of this)"):
            records.load(path, "metrics")


def test_another_kind_and_another_format_are_refused(tmp_path):
    path = write(tmp_path / "a.json")
    with pytest.raises(ArtifactError, match=r"a\.json holds metrics, expected amplitude"):
        records.load(path, "amplitude")
    older = sealed({**json.loads(path.read_text()), "format": 1})
    path.write_text(json.dumps(older))
    with pytest.raises(ArtifactError, match=r"a\.json has format 1, this version reads 2"):
        records.load(path)


def test_a_seal_depends_on_every_value_and_on_no_order_of_keys():
    record = {"a": {"x": 1.0, "y": [1, 2]}, "b": None}
    assert seal_of(record) == seal_of({"b": None, "a": {"y": [1, 2], "x": 1.0}})
    others = [{"a": {"x": 1.0, "y": [2, 1]}, "b": None}, {"a": {"x": 1.0, "y": [1, 2]}}, {}]
    assert len({seal_of(record), *map(seal_of, others)}) == 4
    assert seal_of(sealed(record)) == sealed(record)["seal"], "it does not count itself"
