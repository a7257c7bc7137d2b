"""Results without Snakemake's record of them are known for what they are."""

import pytest

from beyond_blur.storage.moved_results import unrecorded


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "results/figures").mkdir(parents=True)
    return tmp_path


def test_results_without_a_record_are_unrecorded(folder):
    assert unrecorded(folder)
    (folder / ".snakemake/metadata").mkdir(parents=True)
    assert unrecorded(folder)


@pytest.mark.parametrize("name", ["metadata/cmVzdWx0cw==", "metadata.db"])
def test_results_with_a_record_are_not(folder, name):
    (folder / ".snakemake" / name).parent.mkdir(parents=True)
    (folder / ".snakemake" / name).write_text("{}")
    assert not unrecorded(folder)


def test_no_results_need_no_record(tmp_path):
    assert not unrecorded(tmp_path)
    (tmp_path / "results/logs").mkdir(parents=True)
    assert not unrecorded(tmp_path), "as a first run leaves it whose first job fails"
