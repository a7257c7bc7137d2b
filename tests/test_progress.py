"""Progress is a bar on a terminal and lines in a log."""

import io
import sys
import time

import pytest

from beyond_blur import progress as module
from beyond_blur.progress import Progress, clock, expected, shown


def test_progress_says_images_per_second(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(12, 2, "train a", every=4.0, images=8)
    for _ in range(10):
        now[0] += 2.0
        progress.advance("loss 1")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[0] == "train a: step 4 of 12, loss 1, 4.0 images/s, 0:16 left"


def test_progress_writes_lines_where_there_is_no_terminal(capsys):
    progress = Progress(total=3, done=1, label="train a", every=0.0)
    for _ in range(2):
        progress.advance("loss 1")
    progress.close()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("train a: step 2 of 3, loss 1, 0:0")
    assert lines[-1].endswith("step 3 of 3, loss 1, 0:00 left")
    assert (clock(59.6), clock(3661)) == ("1:00", "1:01:01")


class Terminal(io.StringIO):
    """A stderr that a person sits at."""

    def isatty(self):
        return True


def test_a_line_is_said_to_a_log_and_above_the_bar_of_a_terminal(monkeypatch, capsys):
    Progress(total=3, done=0, label="train a").say("at once")
    assert capsys.readouterr().out == "at once\n"
    monkeypatch.setattr(sys, "stderr", Terminal())
    progress = Progress(total=3, done=0, label="train a")
    progress.say("above")
    progress.close()
    assert capsys.readouterr().out == "above\n"


def test_a_long_wait_is_told_to_a_log_every_few_seconds(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def waited(things, total=None):
        for _ in shown(things, "features", total):
            now[0] += 4.0
        return capsys.readouterr().err.splitlines()

    assert waited(range(7)) == [
        "features: step 3 of 7, 0:16 left", "features: step 6 of 7, 0:04 left",
    ]  # fmt: skip
    assert waited(iter(range(4))) == ["features: step 3"]
    assert waited(range(2)) == []


def test_a_long_wait_is_shown_at_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    assert list(shown(range(3), "features")) == [0, 1, 2]
    said = capsys.readouterr()
    assert said.out == "" and said.err == ""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(shown(iter("abc"), "features", total=3)) == ["a", "b", "c"]
    assert "features" in terminal.getvalue() and "/3" in terminal.getvalue()


def test_a_short_wait_is_not_shown(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(shown(range(3), "features")) == [0, 1, 2]
    assert "features" not in terminal.getvalue()


def test_work_in_one_piece_fills_a_bar_by_the_clock_and_never_to_its_end(monkeypatch):
    """Expected to take 0:01, and over long after; the last look is before the end."""
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    monkeypatch.setattr(module, "LOOK", 0.1)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with expected("solving", 0.6):
        time.sleep(1.2)
    said = terminal.getvalue()
    assert "solving: " in said and "of about 0:01" in said
    assert " 83%|" in said and "100%|" not in said


def test_work_that_is_soon_over_shows_no_bar_and_its_errors_pass(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with pytest.raises(ValueError, match="unstable"), expected("solving", 60.0):
        raise ValueError("unstable")
    assert terminal.getvalue() == ""
