"""What the workflow makes: every promised file, the table's rows, the report, the study."""

import csv
import shutil

import pytest
from workflow_runs import ROOT, snakemake

from beyond_blur.config import read_experiment
from beyond_blur.config.run_options import Study
from beyond_blur.rendering.film_registry import FILMS
from beyond_blur.verification.walk import verify


def test_every_promised_result_is_there(finished):
    results = finished / "results"
    for name in ("table1.csv", "table1.md", "table1.tex", "table1.html", "table1.txt"):
        assert (results / name).stat().st_size > 0
    for name in ("samples", "strips", "spectrum", "metrics", "loss", "neighbours", "amplitude",
                 "precision_recall", "fid_against_n"):  # fmt: skip
        for kind in ("png", "pdf"):
            assert (results / f"figures/{name}.{kind}").stat().st_size > 1000
    for kind in ("gif", "mp4"):
        assert (results / f"films/reverse.{kind}").stat().st_size > 1000
    assert len(list(results.rglob("state.pt"))) == 2, "to go on from, with more iterations"
    assert len(list(results.rglob("watch/step-*.png"))) == 4
    assert not list(results.rglob(".*")), "temporary files are gone"


def test_the_table_has_a_row_per_process_the_floors_and_the_ceiling(finished):
    with (finished / "results/table1.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(r["process"], r["peclet"]) for r in rows] == [
        ("advection_diffusion", "0"),
        ("advection_diffusion", "0.1"),
        ("corrupted prior, advection_diffusion", "0"),
        ("corrupted prior, advection_diffusion", "0.1"),
        ("one-step reconstruction, advection_diffusion", "0"),
        ("one-step reconstruction, advection_diffusion", "0.1"),
        ("held-out against train", ""),
    ]
    for row in rows:
        assert row["fid"] == "" and float(row["frechet_distance"]) >= 0
        assert (row["extractor"], row["nearest_k"], row["n_seeds"]) == ("classifier", "3", "2")
        assert (row["n_samples"], row["n_reference"]) == ("24", "48")


def test_the_report_holds_table_and_figures(repository, finished):
    done = snakemake(repository, finished, "--report", "results/snakemake_report.html")
    assert done.returncode == 0, done.stderr
    page = (finished / "results/snakemake_report.html").read_text()
    for words in ("table1.csv", "samples.png", "metrics.png", "corrupted images that"):
        assert words in page


@pytest.mark.slow
def test_the_same_seed_gives_the_same_table(repository, finished, tmp_path):
    done = snakemake(repository, tmp_path, "results/table1.csv")
    assert done.returncode == 0, done.stderr
    again = (tmp_path / "results/table1.csv").read_bytes()
    assert again == (finished / "results/table1.csv").read_bytes()


@pytest.mark.slow
def test_the_study_has_every_process_from_both_kinds_of_prior(repository, tmp_path):
    study = {"peclet": [0.1], "baselines": []}
    done = snakemake(repository, tmp_path, "study", config={"study": study})
    assert done.returncode == 0, done.stderr
    with (tmp_path / "results/study.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["images"] == "samples"]
    names = ["heat_dissipation", *Study().flows]
    assert {(row["process"].split(" ")[0], row["prior"]) for row in rows} == {
        (name, prior) for name in names for prior in ("train", "held_out")
    }
    assert (tmp_path / "results/figures/study.png").stat().st_size > 1000
    experiment = read_experiment({"preset": "tiny", "study": study})
    assert verify(tmp_path / "results", experiment).findings == []


@pytest.mark.slow
def test_every_kind_of_process_runs_through(repository, tmp_path):
    (tmp_path / "own.py").write_text((ROOT / "docs/own_process.py").read_text())
    own = {"kind": "own", "file": str(tmp_path / "own.py"), "class_name": "Pixelation"}
    config = {
        "sampling": {"priors": ["train", "held_out"]},
        "processes": [
            {"kind": "ddpm", "n_steps": 4, "schedule": "cosine"},
            {"kind": "heat_dissipation"},
            {"kind": "blurring_diffusion", "n_steps": 4, "blur_width_max": 4.0},
            {"kind": "advection_diffusion", "peclet": 0.1},
            {"kind": "advection_diffusion", "peclet": 0.1, "transport": False, "name": "control"},
            {"kind": "cold_diffusion"},
            own,
        ],
    }
    done = snakemake(repository, tmp_path / "run", config=config)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "run/results/table1.csv").open() as file:
        names = {row["process"] for row in csv.DictReader(file)}
    assert {
        "ddpm",
        "heat_dissipation",
        "heat_dissipation (held-out prior)",
        "control",
        "own",
    } <= names


@pytest.mark.slow
def test_figures_asked_for_by_name_are_drawn_and_in_the_report(repository, finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    names = ("steps", "interpolation", "shared")
    targets = [f"results/figures/{name}.png" for name in names]
    targets += [f"results/films/{name}.gif" for name in FILMS]
    done = snakemake(repository, folder, *targets)
    assert done.returncode == 0, done.stderr
    with (folder / "results/steps.csv").open() as file:
        calls = [(row["peclet"], row["calls"]) for row in csv.DictReader(file)]
    assert calls == [(peclet, n) for peclet in ("0", "0.1") for n in ("1", "2", "4")]
    assert verify(folder / "results", read_experiment({"preset": "tiny"})).findings == []
    done = snakemake(repository, folder, "--report", "report.html", "--", *targets)
    assert done.returncode == 0, done.stderr
    page = (folder / "report.html").read_text()
    for words in ("steps.csv", "steps.png", "interpolation.png", "shared.png", "shares of the way",
                  "ways.gif"):  # fmt: skip
        assert words in page
