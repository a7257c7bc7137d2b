"""An archive is of the tables that a run has: of the run, of a study, or of both."""

import pytest

from beyond_blur import cli
from beyond_blur.config import load_experiment
from beyond_blur.config.checks import check_study
from beyond_blur.storage import stored_zip
from beyond_blur.storage.atomic import ArtifactError
from beyond_blur.verification import archive, archived, numbers

TINY = {"preset": "tiny"}


@pytest.mark.parametrize("tables", [[], ["study.csv"], ["table1.csv"], ["table1.csv", "study.csv"]])
def test_tables_are_those_that_lie_there(tmp_path, tables):
    for table in tables:
        (tmp_path / table).touch()
    assert numbers.tables_in(tmp_path) == tables


def test_results_without_a_table_are_not_packed(tmp_path, capsys):
    (tmp_path / "my.yaml").write_text("preset: tiny")
    with pytest.raises(SystemExit):
        cli.main(["pack_archive", str(tmp_path / "results"), "--configfile",
                  str(tmp_path / "my.yaml"), "--out", str(tmp_path / "run.zip")])  # fmt: skip
    there = tmp_path / "results"
    said = f"there is no {there}/table1.csv or {there}/study.csv: run the workflow first"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("table", [None, *numbers.TABLES])
def test_an_archive_has_one_of_the_tables(tmp_path, table):
    members = {archived.ABOUT: b"{}", archived.RESOLVED: b'{"preset": "tiny"}'}
    if table is not None:
        members[f"results/{table}"] = b""
    stored_zip.write(tmp_path / "run.zip", members)
    if table is None:
        with pytest.raises(ArtifactError, match=r"no results/table1.csv or results/study.csv"):
            archive.check(tmp_path / "run.zip", tmp_path / "here")
    else:
        verdict = archive.check(tmp_path / "run.zip", tmp_path / "here").verdict
        assert table in {finding.path for finding in verdict.findings}


def test_the_table_that_cannot_be_made_again_is_named(tmp_path):
    experiment = load_experiment(TINY)
    check_study(experiment)
    for table in numbers.TABLES:
        (found,) = archive._follows(tmp_path, experiment, table)
        assert (found.what, found.path) == ("damaged", table)
