"""Faults drawn by seed are survived; `tests/torture.py` makes as many trials as one likes."""

import json
from random import Random

import pytest

import torture
from torturing import trial
from torturing.faults import FAULTS
from torturing.reference import Reference
from torturing.running import Ended
from torturing.scenes import Scene, fill

LIGHT = ("table", "terminal_amplitude", "metrics", "prepare_dataset")
"""Verbs of a few seconds."""


def outcome(reference, folder, kind, number=0):
    made = trial.run_trial(reference, folder, "tests", number, [kind])
    assert made.fault == kind
    return made


@pytest.fixture(scope="session")
def light(made):
    """The finished run with no jobs but the quick ones."""
    jobs = tuple(job for job in made.jobs if job.verb in LIGHT)
    assert {job.verb for job in jobs} == set(LIGHT)
    return Reference(made.place, jobs, made.seconds)


@pytest.fixture
def verbs_only(monkeypatch):
    monkeypatch.setattr(trial, "WORKFLOWS", 0)


@pytest.mark.usefixtures("verbs_only")
@pytest.mark.parametrize(
    "kind", ["signal_at_rename", "signal_during_write", "two_runs", "file_size", "full_disk"]
)
def test_a_fault_is_survived(light, tmp_path, kind):
    if FAULTS[kind].lacks:
        pytest.skip(FAULTS[kind].lacks)
    made = outcome(light, tmp_path / "run", kind)
    assert made.identical and made.complaints == [], made.said


@pytest.mark.slow
@pytest.mark.parametrize("kind", FAULTS)
def test_faults_of_every_kind_are_survived(made, tmp_path, kind):
    if FAULTS[kind].lacks:
        pytest.skip(FAULTS[kind].lacks)
    for number in range(3):
        one = outcome(made, tmp_path / str(number), kind, number)
        assert one.identical and one.complaints == [], one.said


def test_a_trial_can_be_drawn_again(light, tmp_path):
    draws = []
    for _ in range(2):
        rng = Random("1/2")
        job = trial.draw_job(light, rng)
        scene = Scene(light, tmp_path, job, rng)
        with FAULTS["signal_at_rename"].disturb(scene) as disturbance:
            draws.append((job.command, disturbance.words, disturbance.torture))
    assert draws[0] == draws[1]


def test_what_a_verb_has_made_is_taken_away_and_nothing_else(made, tmp_path):
    job = next(job for job in made.jobs if job.verb == "train")
    scene = Scene(made, tmp_path / "run", job, Random(0))
    fill(scene, [job])
    gone = set(trial.differences(made.run / "results", scene.results))
    assert gone == {f"{name.removeprefix('results/')} is missing" for name in job.made}
    assert any("state.pt" in line for line in gone)


def test_what_follows_a_job_is_everything_made_of_its_results(made):
    classifier = [job for job in made.jobs if job.verb == "train_classifier"]
    found = {job.verb for job in made.followed(classifier)}
    measured = {"features", "metrics", "table", "compare_rows", "neighbours", "figure"}
    assert found == {"train_classifier", *measured}


def test_left_overs_other_bytes_and_missing_files_are_told(tmp_path):
    for name in ("expected", "found"):
        (tmp_path / name / "logs").mkdir(parents=True)
        for file in ("same", "other", name):
            (tmp_path / name / file).write_text("content")
        (tmp_path / name / "logs" / name).write_text("")
    (tmp_path / "found/other").write_text("changed")
    assert trial.differences(tmp_path / "expected", tmp_path / "found") == [
        "expected is missing", "found is left over", "other has other bytes",
    ]  # fmt: skip


def test_what_a_disturbed_run_says_is_judged():
    def complaints(code, text, killed=False):
        return trial.judge(Ended(code, "", 1.0), {"log": text}, killed)

    line = "beyond_blur table: error: a.json is no file\n"
    assert complaints(0, "") == complaints(1, line) == complaints(-9, "", killed=True) == []
    assert complaints(1, "") == ["ended with 1 without a line of error"]
    assert complaints(1, line + line) == ["more than one line of error"]
    assert complaints(1, f"{trial.TRACEBACK}\n{line}") == ["a traceback"]
    assert complaints(None, line) == ["did not end in 1 s"]


def test_the_script_counts_and_says_what_it_left_out(monkeypatch, tmp_path, capsys):
    done = trial.Outcome(0, "two_runs", "table", "a second run", 0, False, True, [], 1.0, "")
    bad = trial.Outcome(1, "two_runs", "train", "...", 1, True, False, ["a is missing"], 1.0, "")
    outcomes = iter((done, bad))
    monkeypatch.setattr(torture, "make_reference", lambda place: Reference(place, (), 1.0))
    monkeypatch.setattr(torture, "run_trial", lambda *arguments: next(outcomes))
    monkeypatch.setattr(type(FAULTS["full_disk"]), "lacks", property(
        lambda fault: "it takes root" if fault.own_disk else ""))  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        torture.main(["--trials", "2", "--kinds", "two_runs", "full_disk",
                      "--json", str(tmp_path / "a.json")])  # fmt: skip
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert "left out: full_disk: it takes root" in said
    assert "in all: 1 of 2 identical, 1 passed without complaint, 1 ended otherwise" in said
    assert [one["identical"] for one in json.loads((tmp_path / "a.json").read_text())] == [
        True,
        False,
    ]
