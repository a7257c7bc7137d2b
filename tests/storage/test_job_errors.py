"""Every job that fails is one line, with the reason, whichever executor ran it."""

import io
import logging
import os
import time
from types import SimpleNamespace

import pytest

from beyond_blur.storage import job_errors

SBATCH = (
    "SLURM sbatch failed. The error message was 'sbatch: error: invalid partition specified: nope\n"
    "sbatch: error: Batch job submission failed: Invalid partition name specified'.\n"
    "    sbatch call:\n        sbatch --wrap='python -m snakemake'\nFor further error details see"
)
FAILED = "SLURM-job '63' failed, SLURM status is: '{}'. Detailed failure reason unavailable"


@pytest.fixture
def terminal(tmp_path):
    """Snakemake's logger with a terminal and a log file, as Snakemake sets it up."""
    logger = logging.Logger("snakemake")
    shown, kept = io.StringIO(), io.StringIO()
    for stream, name in ((shown, "DefaultStreamHandler"), (kept, "DefaultLogFileHandler")):
        handler = logging.StreamHandler(stream)
        handler.name = name
        logger.addHandler(handler)
    settings = SimpleNamespace(verbose=False, show_failed_logs=False, quiet=None, dryrun=False)
    errors = job_errors.listen(logger, tmp_path / ".snakemake", settings)
    return SimpleNamespace(logger=logger, shown=shown, kept=kept, errors=errors, settings=settings)


def fails(terminal, jobid=0, rule="train", log=(), message=None, number=None):
    aux = {} if number is None else {"external_jobid": number}
    extra = {
        "event": "job_error", "rule_name": rule, "jobid": jobid, "rule_msg": message, "aux": aux,
        "log": [str(one) for one in log], "indent": False,
    }  # fmt: skip
    terminal.logger.error(f"Error in rule {rule}, jobid: {jobid}, and thousands more", extra=extra)


def starts(terminal, jobid=0):
    terminal.logger.info("rule train:", extra={"event": "job_info", "jobid": jobid})


def log_of(folder, name, text, age=0.0):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_the_terminal_has_the_verbs_error_and_the_log_file_all_that_snakemake_says(
    terminal, tmp_path
):
    log = log_of(tmp_path, "x.log", "step 1\nbeyond_blur train: error: state.pt is damaged\n")
    fails(terminal, log=[log], message=FAILED.format("FAILED"), number="63")
    line = (
        f"rule train failed in job 63: beyond_blur train: error: state.pt is damaged (log: {log})"
    )
    assert terminal.shown.getvalue() == line + "\n"
    assert "thousands more" in terminal.kept.getvalue()
    assert line in terminal.kept.getvalue()


def test_verbose_leaves_snakemakes_words_on_the_terminal(terminal, tmp_path):
    terminal.settings.verbose = True
    terminal.logger.handlers[0].filters.clear()
    job_errors.listen(terminal.logger, tmp_path, terminal.settings)
    fails(terminal)
    assert "thousands more" in terminal.shown.getvalue()


@pytest.mark.parametrize("words", job_errors.NOISE)
def test_what_says_nothing_of_a_run_is_in_the_log_alone(terminal, words):
    terminal.logger.error(f"{words} and more")
    terminal.logger.error(f"WorkflowError: {words}")
    assert terminal.shown.getvalue() == f"WorkflowError: {words}\n"
    assert f"{words} and more" in terminal.kept.getvalue()


def test_a_submission_that_is_refused_is_told_without_its_call(terminal):
    fails(terminal, message=SBATCH)
    assert terminal.shown.getvalue() == (
        "rule train could not be submitted: invalid partition specified: nope\n"
    )


def test_a_refused_array_is_told_for_each_of_its_jobs(terminal):
    terminal.logger.error(SBATCH.replace("failed.", "failed for array job submission."))
    fails(terminal, message="Part of failed array sbatch submission (tasks 1-2); see log")
    assert terminal.shown.getvalue() == (
        "rule train could not be submitted: invalid partition specified: nope\n"
    )


def test_a_submission_that_raises_is_told_in_its_words():
    message = "Job submission failed with exception: The given account x is invalid"
    assert job_errors.refusal(message) == "The given account x is invalid"


def test_of_a_users_own_command_only_what_it_printed_is_known():
    words = "Error submitting jobscript (exit code 1):\n"
    assert job_errors.refusal(words + "qsub: no such queue\n") == "qsub: no such queue"
    assert job_errors.refusal(words) == (
        "Error submitting jobscript (exit code 1): what the command said stands above"
    )


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("CANCELLED", "it was cancelled, by scancel"),
        ("OUT_OF_MEMORY", "it took more memory than it asked for"),
        ("TIMEOUT", "its time limit ended it"),
        ("NODE_FAIL", "its node failed"),
        ("FAILED", "it ended without an error of its own"),
    ],
)
def test_a_job_that_was_ended_from_outside_says_by_what(terminal, tmp_path, state, meaning):
    logs = [log_of(tmp_path, "x.log", "step 40\n"), log_of(tmp_path, "63.log", "srun\n")]
    fails(terminal, log=logs, message=FAILED.format(state), number="63")
    line = terminal.shown.getvalue()
    assert line.startswith(f"rule train failed in job 63: {meaning}")
    assert line.endswith(f"; last it said: step 40 (log: {logs[0]})\n")
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("slurmstepd: error: Detected 1 oom_kill event in StepId=63.0.", "taking more memory"),
        ("slurmstepd: *** JOB 63 ON n1 CANCELLED AT 2026 DUE TO TIME LIMIT ***", "its time limit"),
        ("slurmstepd: error: *** JOB 63 ON n1 CANCELLED AT 2026 ***", "it was cancelled"),
        ("/usr/bin/bash: line 1: 22289 Killed   python", "it was killed"),
        ("' returned non-zero exit status 137.", "it was killed"),
        ("/bin/sh: 1: python: not found", "the cluster's log says: /bin/sh: 1: python: not found"),
    ],
)
def test_without_a_state_the_clusters_own_log_is_asked(terminal, tmp_path, words, meaning):
    log_of(tmp_path, ".snakemake/cluster_logs/63.log", f"{words}\nWorkflowError:\n  At least one\n")
    fails(terminal, log=[tmp_path / "none.log"], number="63")
    assert meaning in terminal.shown.getvalue()


def test_a_job_of_a_cluster_that_left_no_log_never_began(terminal, tmp_path):
    fails(terminal, log=[tmp_path / "none.log"], number="63")
    assert terminal.shown.getvalue() == (
        "rule train failed in job 63: it never began, as when it is cancelled while it waits; it "
        "has left no log\n"
    )


def test_what_another_executor_says_is_told(terminal, tmp_path):
    log = log_of(tmp_path, "pod.log", "nothing of use\n")
    fails(
        terminal,
        log=[log],
        message="The pod was evicted. For further error details see",
        number="p",
    )
    assert "failed in job p: The pod was evicted." in terminal.shown.getvalue()


@pytest.mark.parametrize("name", ["s3://bucket/logs/x.log", "/bucket/logs/x.log"])
def test_of_a_log_in_a_storage_the_copy_that_is_here_is_read(terminal, tmp_path, name):
    words = "beyond_blur train: error: state.pt is damaged"
    log = log_of(tmp_path, ".snakemake/storage/any/bucket/logs/x.log", words)
    fails(terminal, log=[f"{name} (send to storage)"])
    assert terminal.shown.getvalue() == f"rule train failed: {words} (log: {log})\n"


def test_a_log_of_an_earlier_run_is_not_taken_for_this_ones(terminal, tmp_path):
    starts(terminal)
    log = log_of(tmp_path, "x.log", "beyond_blur train: error: of yesterday\n", age=3600)
    fails(terminal, log=[log], message=FAILED.format("CANCELLED"), number="63")
    assert "of yesterday" not in terminal.shown.getvalue()
    assert "it was cancelled" in terminal.shown.getvalue()


def test_at_the_end_what_other_jobs_have_pushed_away_is_said_again(terminal):
    failed = [SimpleNamespace(jobid=0, is_group=lambda: False)]
    fails(terminal)
    assert list(terminal.errors.out_of_sight(failed)) == []
    starts(terminal, jobid=1)
    assert list(terminal.errors.out_of_sight(failed)) == ["rule train failed, and has no log"]


def test_a_failure_without_an_event_is_told_at_the_end(terminal, tmp_path):
    log = log_of(tmp_path, "x.log", "done\n")
    job = SimpleNamespace(
        jobid=3, is_group=lambda: False, rule=SimpleNamespace(name="table"), log=[log]
    )
    (line,) = terminal.errors.out_of_sight([job])
    assert line.startswith("rule table failed: it ended without an error of its own")


def test_of_a_group_those_jobs_are_told_whose_verbs_say_an_error(terminal, tmp_path):
    good = log_of(tmp_path, "a.log", "done\n")
    bad = log_of(tmp_path, "b.log", "beyond_blur table: error: no rows\n")
    info = [
        {"rule_name": "amplitude", "jobid": 1, "log": [str(good)]},
        {"rule_name": "table", "jobid": 2, "log": [str(bad)]},
    ]
    extra = {"event": "group_error", "aux_logs": [], "job_error_info": info, "external_jobid": "9"}
    terminal.logger.error("Error in group", extra=extra)
    assert terminal.shown.getvalue() == (
        f"rule table failed in job 9: beyond_blur table: error: no rows (log: {bad})\n"
    )
