"""Damaged results: equal to what was written, or refused in one line; no flip goes unseen."""

import json
import struct

import numpy as np
import pytest
from hypothesis import strategies as st

from beyond_blur.storage import artifacts, outputs, records, shards
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.storage.seal import sealed
from fuzz.damage import damaged, edited
from fuzz.trials import FEW, MANY, refusal, run

pytestmark = pytest.mark.thorough

ARRAYS = {
    "images": np.random.default_rng(0).integers(0, 256, (3, 1, 4, 4), dtype=np.uint8),
    "index": np.arange(3),
    "loss": np.linspace(0, 1, 3, dtype=np.float32),
}
SPEC = {"size": 4, "levels": {"sigma_max": 2.5, "given": [1, 2]}, "peclet": None}
FACTS = {"kind": "images", "spec": SPEC, "inputs": {"of": "0" * 64}, "traits": {"shard": 0}}
ROWS = [{"process": "Péclet", "fid": 0.25, "precision": 1}, {"process": "b", "fid": 1e-9}]


@pytest.fixture
def artifact(tmp_path):
    path = tmp_path / "a.safetensors"
    artifacts.save(path, ARRAYS, **FACTS)
    return path


@pytest.fixture
def record(tmp_path):
    path = tmp_path / "a.json"
    records.save(path, {"rows": ROWS}, **{**FACTS, "kind": "metrics"})
    return path


def with_manifest(whole, text):
    """A file of arrays with another manifest in a header that is valid."""
    (n,) = struct.unpack("<Q", whole[:8])
    header = json.loads(whole[8 : 8 + n])
    header["__metadata__"]["manifest"] = text
    packed = json.dumps(header, ensure_ascii=True).encode()
    packed += b" " * (-len(packed) % 8)
    return struct.pack("<Q", len(packed)) + packed + whole[8 + n :]


def with_header(whole, header):
    """A file of arrays with another header of names, types and places."""
    (n,) = struct.unpack("<Q", whole[:8])
    packed = json.dumps(header).encode()
    return struct.pack("<Q", len(packed)) + packed + whole[8 + n :]


def header_of(whole):
    (n,) = struct.unpack("<Q", whole[:8])
    return json.loads(whole[8 : 8 + n])


def same(read, path, expected):
    """A trial: other bytes at ``path``, read as ``expected`` or refused."""

    def one(content):
        path.write_bytes(content)
        try:
            found = read()
        except ArtifactError as error:
            return refusal(path, error)
        expected(found)
        return "right"

    return one


def is_what_was_written(manifest):
    def check(found):
        assert found.manifest == manifest
        assert found.arrays.keys() == ARRAYS.keys()
        for name, values in ARRAYS.items():
            assert found.arrays[name].dtype == values.dtype
            np.testing.assert_array_equal(found.arrays[name], values)

    return check


READERS = {
    "load": lambda path: artifacts.load(path, "images"),
    "map": lambda path: shards.map_arrays(path, "images"),
    "shards": lambda path: shards.load_shards([path], "images"),
}
TESTED = pytest.mark.parametrize("n", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])


@TESTED
@pytest.mark.parametrize("reader", READERS)
def test_damaged_files_of_arrays_are_the_same_or_refused(artifact, record_property, reader, n):
    whole = artifact.read_bytes()
    check = is_what_was_written(artifacts.read_manifest(artifact))
    trial = same(lambda: READERS[reader](artifact), artifact, check)
    run(
        damaged(whole, (b"", b"hello", json.dumps(SPEC).encode())), whole, trial, n, record_property
    )


@TESTED
def test_edited_manifests_are_the_same_or_refused(artifact, record_property, n):
    whole = artifact.read_bytes()
    manifest = artifacts.read_manifest(artifact)
    trial = same(lambda: READERS["load"](artifact), artifact, is_what_was_written(manifest))
    texts = st.one_of(edited(manifest).map(json.dumps), st.text(max_size=20))
    run(texts.map(lambda text: with_manifest(whole, text)), whole, trial, n, record_property)


@TESTED
def test_forged_manifests_end_in_no_traceback(artifact, record_property, n):
    """Edited and sealed again: nobody can tell, but whatever is read has what readers look up."""
    whole = artifact.read_bytes()
    manifest = artifacts.read_manifest(artifact)

    def check(found):
        assert found.traits is not None and found.manifest["inputs"] is not None
        assert found.manifest["kind"] == "images" and found.manifest["checksum"] == found.checksum

    forged = edited(manifest).map(lambda values: sealed(values) if type(values) is dict else values)
    trial = same(lambda: READERS["load"](artifact), artifact, check)
    strategy = forged.map(lambda values: with_manifest(whole, json.dumps(values)))
    run(strategy, whole, trial, n, record_property)


@TESTED
def test_edited_headers_are_the_same_or_refused(artifact, record_property, n):
    whole = artifact.read_bytes()
    check = is_what_was_written(artifacts.read_manifest(artifact))
    trial = same(lambda: READERS["load"](artifact), artifact, check)
    headers = edited(header_of(whole)).map(lambda header: with_header(whole, header))
    run(headers, whole, trial, n, record_property)


@TESTED
@pytest.mark.parametrize("how", ["damaged", "edited"])
def test_damaged_records_are_the_same_or_refused(record, record_property, how, n):
    whole, written = record.read_bytes(), records.load(record, "metrics")

    def check(found):
        assert found == written and json.dumps(found["rows"]) == json.dumps(ROWS)

    strategy = damaged(whole, (b"", b"[]", b"{}", b"null", b"\xff\xfe", b'{"format": 2}'))
    if how == "edited":
        strategy = edited(written).map(lambda values: json.dumps(values).encode())
    trial = same(lambda: records.load(record, "metrics"), record, check)
    run(strategy, whole, trial, n, record_property)


@TESTED
@pytest.mark.parametrize("which", ["table", "manifest"])
def test_damaged_tables_and_their_manifests_are_the_same_or_refused(
    tmp_path, record_property, which, n
):
    table = tmp_path / "a.csv"
    table.write_text("process,fid\na,0.5\n")
    outputs.write_manifest([table], kind="table", spec=SPEC, packages=())
    written = outputs.check(table, "table")
    path = table if which == "table" else tmp_path / "a.manifest.json"

    def check(found):
        assert found == written and table.read_text() == "process,fid\na,0.5\n"

    trial = same(lambda: outputs.check(table, "table"), path, check)
    run(damaged(path.read_bytes()), path.read_bytes(), trial, n, record_property)


def test_every_flipped_bit_of_a_file_of_arrays_is_seen(artifact):
    """One bit of every byte, among them every byte of the manifest."""
    whole = artifact.read_bytes()
    check = is_what_was_written(artifacts.read_manifest(artifact))
    for place in range(len(whole)):
        flipped = whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]
        same(lambda: READERS["load"](artifact), artifact, check)(flipped)
