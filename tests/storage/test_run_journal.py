"""What a run does is told in another terminal: jobs at work, what failed, how much is done."""

import logging
import os
import re
import time
from types import SimpleNamespace

import pytest

from beyond_blur.cli import main
from beyond_blur.storage import atomic, run_journal
from beyond_blur.storage.run_journal import PLACE, Journal, lines


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A logger of Snakemake's whose events a journal keeps, of a run that goes on."""
    monkeypatch.setattr(run_journal, "PAUSE", -1.0)
    monkeypatch.setattr(run_journal.run_locks, "works_in", lambda process, folder: True)
    monkeypatch.chdir(tmp_path)
    logger = logging.Logger("snakemake")
    rules = ("train", "sample", "list_images")
    jobs = [SimpleNamespace(rule=SimpleNamespace(name=rule)) for rule in rules]
    run_journal.keep(logger, jobs, "demo", "commit 74f6d59 of 2026-11-28")
    return logger


def starts(logger, number, rule, log, **wildcards):
    extra = {"event": "job_info", "jobid": number, "rule_name": rule, "log": [log] if log else [],
             "wildcards": wildcards}  # fmt: skip
    logger.info("rule", extra=extra)


def finishes(logger, number):
    logger.info("done", extra={"event": "job_finished", "job_id": number})


def said(folder, now=None):
    return list(lines(atomic.read_json(folder / PLACE), folder, now or time.time()))


def test_each_job_at_work_has_a_line_with_the_last_words_of_its_log(run, tmp_path):
    (tmp_path / "train.log").write_text("training\ntrain ddpm: step 5 of 10, 0:30 left\n\n")
    starts(run, 1, "train", "train.log", dataset="mnist", process="ddpm")
    starts(run, 2, "list_images", None)
    starts(run, 3, "sample", "none.log", process="ddpm")
    first, *jobs = said(tmp_path)
    assert first.startswith("demo: 0 of 3 jobs done; began 2")
    # About 30 s for each of the others.
    assert re.search(r"\d:\d\d so far, about (0:[345]|1:[0-3])\d left$", first)
    assert jobs == [
        "  train mnist ddpm: train ddpm: step 5 of 10, 0:30 left",
        "  list_images: keeps no log",
        "  sample ddpm: begins",
    ]
    finishes(run, 1)
    finishes(run, 2)
    first, *jobs = said(tmp_path)
    assert first.startswith("demo: 2 of 3 jobs done") and jobs == ["  sample ddpm: begins"]


def test_the_time_left_is_told_once_a_training_has_spoken_of_it(run, tmp_path):
    starts(run, 1, "train", "train.log", process="ddpm")
    assert said(tmp_path)[0].endswith(" so far")
    (tmp_path / "train.log").write_text("train ddpm: step 5 of 10, loss 0.1, 1:00:30 left\n")
    kept = atomic.read_json(tmp_path / PLACE)
    assert kept["rules"]["train"] == {"total": 1, "done": 0, "seconds": 0.0}
    assert kept["code"] == "commit 74f6d59 of 2026-11-28" and re.search(
        r", \d+ CPUs?$", kept["machine"]
    )
    kept["began"] = kept["working"]["1"]["since"] = time.time() - 30
    first = next(lines(kept, tmp_path, time.time()))
    assert re.search(r"0:30 so far, about 3:02:\d\d left$", first), "as much for each of two others"


def test_a_log_of_an_earlier_run_says_nothing_of_this_one(run, tmp_path):
    log = tmp_path / "train.log"
    log.write_text("step 9 of 10\n")
    os.utime(log, (time.time() - 100,) * 2)
    starts(run, 1, "train", "train.log")
    assert said(tmp_path)[1] == "  train: begins"


def test_what_failed_stays_in_sight_with_its_reason(run, tmp_path):
    (tmp_path / "a.log").write_text("beyond_blur train: error: state.pt is damaged\n")
    starts(run, 1, "train", "a.log", process="ddpm")
    run.error("failed", extra={"event": "job_error", "jobid": 1})
    run.handlers[0].close()
    first, failed, way_out = said(tmp_path)
    assert first.endswith(", over")
    assert failed == (
        "  failed: train ddpm: beyond_blur train: error: state.pt is damaged (log: a.log)"
    )
    assert way_out == "The same command goes on from there."


def test_a_job_that_is_tried_again_has_not_failed(run, tmp_path):
    for _ in range(2):
        starts(run, 1, "train", None)
        run.error("failed", extra={"event": "job_error", "jobid": 1})
    assert len(said(tmp_path)) == 2
    starts(run, 1, "train", None)
    assert said(tmp_path)[1:] == ["  train: keeps no log"]
    finishes(run, 1)
    assert said(tmp_path)[0].startswith("demo: 1 of 3 jobs done") and len(said(tmp_path)) == 1


def test_the_jobs_of_a_group_fail_together(run, tmp_path):
    for number in (1, 2, 3):
        starts(run, number, f"rule_{number}", None)
    jobs = [{"jobid": 1}, {"jobid": 2}]
    run.error("failed", extra={"event": "group_error", "job_error_info": jobs})
    assert [line.split(":")[0] for line in said(tmp_path)[1:]] == [
        "  rule_3",
        "  failed",
        "  failed",
    ]


def test_a_run_that_was_killed_is_not_said_to_go_on(run, tmp_path, monkeypatch):
    starts(run, 1, "train", None)
    monkeypatch.setattr(run_journal.run_locks, "works_in", lambda process, folder: False)
    first, _, way_out = said(tmp_path)
    assert first.endswith(", killed") and way_out == "The same command goes on from there."
    (tmp_path / PLACE).write_text(
        (tmp_path / PLACE).read_text().replace(atomic.read_json(tmp_path / PLACE)["host"], "n1")
    )
    assert "so far" in said(tmp_path)[0], "a run of another machine cannot be asked"


def test_events_come_seldom_into_the_file_and_all_of_them_in_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(run_journal, "PAUSE", 100.0)
    logger = logging.Logger("snakemake")
    logger.addHandler(Journal(tmp_path / PLACE, "demo", {"train": 1}))
    starts(logger, 1, "train", None)
    assert atomic.read_json(tmp_path / PLACE)["working"] == {}
    finishes(logger, 1)
    logger.handlers[0].close()
    run = atomic.read_json(tmp_path / PLACE)
    assert run["done"] == 1 and run["ended"] is not None


def test_a_folder_that_cannot_be_written_stops_no_run(tmp_path, monkeypatch, caplog):
    def full(path, value):
        raise OSError("No space left on device")

    monkeypatch.setattr(atomic, "write_json", full)
    journal = Journal(tmp_path / PLACE, "demo", {"train": 1})
    assert "cannot be written: No space left" in caplog.text
    journal.close()


def test_the_verb_tells_of_a_folder_in_which_nothing_ran(run, tmp_path, capsys):
    main(["status", str(tmp_path)])
    assert capsys.readouterr().out.startswith("demo: 0 of 3 jobs done")
    with pytest.raises(SystemExit, match="no run of the workflow has begun in"):
        main(["status", str(tmp_path / "other")])
