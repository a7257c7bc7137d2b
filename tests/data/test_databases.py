"""LMDBs and Parquet files give the pictures that were put in; what is none of them is said."""

import importlib.util
import json
import zipfile

import numpy as np
import pytest

from beyond_blur.config import ConfigError, Dataset
from beyond_blur.data import file_reader, readers
from beyond_blur.data.parquet import split_files
from data.owners_files import pictures, png, write_zip

lmdb = pytest.importorskip("lmdb")
pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

FEATURES = {
    "image": {"_type": "Image"},
    "label": {"_type": "ClassLabel", "names": ["cat", "dog", "wild"]},
}
METADATA = {b"huggingface": json.dumps({"info": {"features": FEATURES}}).encode()}


def opened(kind, path, **options):
    dataset = Dataset(kind=kind, path=str(path), size=8, channels=3, **options)
    assert list(readers.READERS[kind].problems(dataset)) == []
    return readers.open_source(dataset)


def write_lmdb(folder, values):
    with lmdb.open(str(folder), map_size=2**24) as database, database.begin(write=True) as writing:
        for key, value in values.items():
            writing.put(key.encode(), value)
    return folder


@pytest.mark.parametrize("form", ["folder", "data file", "zip", "deflated zip"])
def test_an_lmdb_gives_its_pictures_in_the_order_of_its_keys(tmp_path, form):
    made = pictures(5)
    keys = ["e", "b", "d", "a", "c"]
    folder = write_lmdb(tmp_path / "x_lmdb", dict(zip(keys, map(png, made), strict=True)))
    path = folder / "data.mdb" if form == "data file" else folder
    if "zip" in form:
        path = tmp_path / "x_lmdb.zip"
        method = zipfile.ZIP_DEFLATED if form == "deflated zip" else zipfile.ZIP_STORED
        write_zip(path, {f"x_lmdb/{f.name}": f.read_bytes() for f in folder.iterdir()}, method)
    before = sorted(folder.iterdir())
    source = opened("lmdb", path)
    again = opened("lmdb", path)
    for row, number in enumerate(np.argsort(keys)):
        np.testing.assert_array_equal(source.read(row), made[number])
        np.testing.assert_array_equal(again.read(row), made[number])
    assert source.labels is None and source.held_out is None
    assert sorted(folder.iterdir()) == before


def test_values_that_are_no_pictures_are_left_out_and_counted(tmp_path):
    folder = write_lmdb(tmp_path / "a", {"0": png(pictures(1)[0]), "length": b"1", "z": b"PK\3\4"})
    source = opened("lmdb", folder)
    assert len(source) == 1 and "2 other files left out" in source.remarks[0]
    with pytest.raises(ConfigError, match="holds no images"):
        opened("lmdb", write_lmdb(tmp_path / "b", {"length": b"1"}))


def test_a_truncated_or_damaged_lmdb_is_refused_before_it_is_read(tmp_path):
    folder = write_lmdb(
        tmp_path / "a", {str(i): png(one) for i, one in enumerate(pictures(99, 64))}
    )
    whole = (folder / "data.mdb").read_bytes()
    (folder / "data.mdb").write_bytes(whole[:-8192])
    with pytest.raises(ConfigError, match=rf"truncated, {len(whole) - 8192:,} of"):
        readers.open_source(Dataset(kind="lmdb", path=str(folder)))
    (folder / "data.mdb").write_bytes(b"no database" * 1000)
    with pytest.raises(ConfigError, match="cannot be opened as an LMDB"):
        readers.open_source(Dataset(kind="lmdb", path=str(folder)))


def write_table(path, rows, *, bare=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    made = pictures(9)
    images = [None if bare else png(made[row]) for row in rows]
    table = pyarrow.table({
        "image": [{"bytes": image, "path": "a.png"} for image in images],
        "label": [row % 3 for row in rows],
    })  # fmt: skip
    parquet.write_table(table.replace_schema_metadata(METADATA), path, row_group_size=2)
    return made


def test_a_folder_of_parquet_files_has_the_split_of_their_names(tmp_path):
    made = write_table(tmp_path / "data/train-00000-of-00002.parquet", range(0, 3))
    write_table(tmp_path / "data/train-00001-of-00002.parquet", range(3, 6))
    write_table(tmp_path / "data/test-00000-of-00001.parquet", range(6, 8))
    write_table(tmp_path / "data/validation-00000-of-00001.parquet", range(8, 9))
    source = opened("parquet", tmp_path)
    np.testing.assert_array_equal([source.read(row) for row in range(8)], made[:8])
    assert source.held_out.tolist() == [False] * 6 + [True] * 2
    assert source.labels.tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert source.classes == ("cat", "dog", "wild")
    assert any("validation-00000-of-00001.parquet left out" in one for one in source.remarks)


def test_one_parquet_file_is_a_set_by_itself(tmp_path):
    write_table(tmp_path / "train.parquet", range(4))
    source = opened("parquet", tmp_path / "train.parquet", labels="none")
    assert len(source) == 4 and source.held_out is None and source.labels is None


def test_words_that_only_begin_as_a_split_are_none(tmp_path):
    files = [tmp_path / name for name in ("trained-0.parquet", "testing.parquet")]
    assert split_files(files) == ([(file, False) for file in files], [])


def test_tables_without_pictures_are_refused_by_what_they_hold(tmp_path):
    write_table(tmp_path / "bare.parquet", range(2), bare=True)
    parquet.write_table(pyarrow.table({"text": ["a"]}), tmp_path / "text.parquet")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "bare.parquet").read_bytes()[:-9] + b"PAR1")
    for name, words in (("bare", "no bytes of a picture"), ("text", "no column of pictures"),
                        ("cut", "cannot be read as a Parquet file")):  # fmt: skip
        with pytest.raises(ConfigError, match=words) as refused:
            opened("parquet", tmp_path / f"{name}.parquet")
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("kind", "package"), [("lmdb", "lmdb"), ("parquet", "pyarrow")])
def test_a_package_that_is_missing_is_named_before_anything_starts(monkeypatch, kind, package):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        file_reader.importlib.util,
        "find_spec",
        lambda name: None if name == package else found(name),
    )
    dataset = Dataset(kind=kind, path=".")
    line = f"dataset.kind = {kind} needs the package {package}: pip install {package}"
    assert line in list(readers.READERS[kind].problems(dataset))
    with pytest.raises(ConfigError, match=line):
        readers.open_source(dataset)
