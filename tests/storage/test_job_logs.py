"""Why a job failed is one line of its log."""

from beyond_blur.storage import job_logs


def test_the_error_of_the_verb_is_what_is_told(tmp_path):
    log = tmp_path / "x.log"
    log.write_text(
        "step 1\nTraceback\n[rank0]: beyond_blur train: error: state.pt is damaged\n"
        "torch.distributed.elastic: many\nmore lines\n"
    )
    assert job_logs.why("train", [log]) == (
        f"rule train failed: beyond_blur train: error: state.pt is damaged (log: {log})"
    )


def test_a_job_that_was_killed_tells_its_last_words(tmp_path):
    log = tmp_path / "x.log"
    log.write_bytes(b"step 1\nstep \xff2\n\n")
    words = job_logs.last_words(log)
    assert words.startswith("it ended without an error of its own, as when it is killed")
    assert words.endswith("last it said: step \ufffd2")
    log.write_text("")
    assert job_logs.last_words(log).endswith("it said nothing")


def test_a_log_of_any_size_is_read_from_its_end(tmp_path):
    log = tmp_path / "x.log"
    log.write_text("noise\n" * 100_000 + "beyond_blur table: error: no rows\n")
    assert job_logs.last_words(log) == "beyond_blur table: error: no rows"


def test_a_job_without_a_log_is_told_too(tmp_path):
    assert job_logs.why("all", []) == "rule all failed, and has no log"
    assert "its log cannot be read (No such file" in job_logs.why("table", [tmp_path / "no"])
