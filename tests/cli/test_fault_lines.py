"""Whatever ends a verb is one line, with the file, what is wrong and the way out."""

import errno
import gzip
import json
import os
import pickle
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image, UnidentifiedImageError
from safetensors import SafetensorError

from beyond_blur import cli
from beyond_blur.cli import faults
from beyond_blur.cli.verbs import Verb
from beyond_blur.config import ConfigError
from beyond_blur.storage import atomic
from beyond_blur.storage.system_errors import REASONS

HUGE = 2**53


def raised(make):
    """The error that a call ends with."""
    try:
        make()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def throw(error):
    raise error


@pytest.mark.parametrize("number", sorted(REASONS))
def test_every_refusal_of_the_system_names_its_file_and_why(number):
    line = faults.line(raised(lambda: throw(OSError(number, os.strerror(number), "a/b.png"))))
    assert line == f"a/b.png: {REASONS[number]}"


@pytest.mark.parametrize(("make", "words"), [
    (lambda: Path("/").read_bytes(), "/: is a folder, and a file is wanted"),
    (lambda: Path("/no/a").rename("/no/b"), "/no/a -> /no/b: does not exist"),
    (lambda: throw(OSError(errno.EXDEV + 900, "odd", "x")), "x: odd"),
    (lambda: throw(OSError("no number")), "no number; run with --traceback for where"),
    (lambda: np.zeros(HUGE), "this job is out of memory (Unable to allocate"),
    (lambda: torch.empty(HUGE), "is out of memory ([enforce fail"),
    (lambda: throw(torch.OutOfMemoryError("CUDA out of memory. Tried 2 GiB")), "the GPU is out of"),
    (lambda: throw(RuntimeError("CUDA error: out of memory\nCompile with")), "the GPU is out of"),
    (lambda: throw(EOFError("marshal data too short")), "delete the folders __pycache__"),
    (lambda: throw(MemoryError()), "this job is out of memory: lower training.batch_size"),
    (lambda: throw(ImportError("a.so: failed to map segment from shared object")),
     "this job is out of memory (a.so: failed to map"),
    (lambda: throw(RuntimeError("can't start new thread")), "no more threads are allowed"),
    (lambda: throw(SafetensorError("header too large")), "damaged or of another kind"),
    (lambda: throw(pickle.UnpicklingError("no\nsuch")), "(UnpicklingError: no; such)"),
    (lambda: throw(Image.DecompressionBombError("huge")), "no image that can be read (huge)"),
    (lambda: throw(UnidentifiedImageError("cannot identify")), "no image that can be read"),
    (lambda: b"\xff".decode(), "not text in UTF-8 ('utf-8' codec"),
    (lambda: throw(EOFError("ended")), "damaged or of another kind (EOFError: ended)"),
    (lambda: zlib.decompress(b"x"), "damaged or of another kind (error: "),
    (lambda: gzip.decompress(b"xxxxxxxx"), "damaged or of another kind (BadGzipFile"),
    (lambda: throw(zipfile.BadZipFile("no zip")), "damaged or of another kind (BadZipFile"),
    (lambda: throw(pd.errors.EmptyDataError("No columns")), "damaged or of another kind"),
    (lambda: json.loads("{"), "damaged or of another kind (JSONDecodeError"),
    (lambda: __import__("no_such_module"), "No module named 'no_such_module': install"),
    (lambda: {}["rows"], "unexpected: KeyError: 'rows'; run with --traceback for where"),
    (lambda: [][3], "unexpected: IndexError: list index"),
    (lambda: len(3), "unexpected: TypeError: object of type 'int'"),
    (lambda: np.zeros(3).reshape(2), "unexpected: ValueError: cannot reshape"),
    (lambda: throw(ConfigError("a = 1\nb = 2")), "a = 1; b = 2"),
    (lambda: throw(KeyboardInterrupt()), "interrupted"),
])  # fmt: skip
def test_every_kind_of_error_has_its_line(make, words):
    line = faults.line(raised(make), "train")
    assert words in line and "\n" not in line


def test_what_this_package_raises_is_said_as_it_is_written(tmp_path):
    error = raised(lambda: cli.VERBS["cost"].run(["tiny"], [], 1, 1, 0.0, None, None))
    assert faults.line(error) == "--tflops 0 must be above 0: it is the rate you measured"
    error = raised(lambda: atomic.read_json(tmp_path / "x"))
    assert faults.line(error) == f"{tmp_path / 'x'} does not exist"


def test_a_file_that_a_library_does_not_name_is_the_one_in_hand(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "refuse_unreadable", lambda path: throw(EOFError("ended")))
    error = raised(lambda: atomic.read_text(tmp_path / "x.json"))
    assert faults.line(error) == (
        f"{tmp_path / 'x.json'}: damaged or of another kind (EOFError: ended)"
    )
    monkeypatch.setattr(atomic, "refuse_unreadable", lambda path: {}["rows"])
    error = raised(lambda: atomic.read_text(tmp_path / "x.json"))
    assert f"unexpected: KeyError with {tmp_path / 'x.json'} in hand: 'rows'" in faults.line(error)


def test_a_library_that_hides_the_systems_reason_is_led_back_to_it(tmp_path, monkeypatch):
    hidden = FileNotFoundError(f"No such file or directory: {tmp_path}")
    monkeypatch.setattr(atomic, "refuse_unreadable", lambda path: throw(hidden))
    line = faults.line(raised(lambda: atomic.read_text(tmp_path)))
    assert line == f"{tmp_path}: is a folder, and a file is wanted: correct the path"


def test_a_path_that_is_not_there_is_told_with_the_option_it_was_typed_for():
    options = {"--images": "a b", "--inputs": ["x", "y"], "--seed": 3}
    for value, option in (("a b", "--images"), ("y", "--inputs")):
        told = faults.with_option(f"{value} does not exist", options)
        assert told == f"{option} {value} does not exist: correct the path"
    for other in ("z does not exist", "a b is truncated", "3 does not exist: look"):
        assert faults.with_option(other, options) == other


def test_a_line_is_not_endless_and_moves_no_cursor():
    line = faults.line(ConfigError("a" * 5000))
    assert len(line) < 700 and line.endswith("(4,400 more characters with --traceback)")
    assert faults.folded("a\x1b[2J\r\n\tb:\n c") == "a\\x1b[2J; b: c"


def ended(monkeypatch, capsys, error, *arguments):
    """Exit code and stderr of a verb that ends with an error."""
    verb = Verb(lambda: throw(error), (), "data")
    monkeypatch.setattr(cli, "VERBS", {"break": verb})
    with pytest.raises(SystemExit) as stop:
        cli.main([*arguments])
    return stop.value.code, capsys.readouterr().err


def test_an_error_exits_with_1_and_an_interrupt_with_130(monkeypatch, capsys):
    code, text = ended(monkeypatch, capsys, KeyError("rows"), "break")
    assert code == 1
    assert text == (
        "beyond_blur break: error: unexpected: KeyError: 'rows'; run with --traceback for where\n"
    )
    code, text = ended(monkeypatch, capsys, KeyboardInterrupt(), "break")
    assert code == 130 and text.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--traceback", "break"], ["break", "--traceback"]])
def test_the_traceback_is_shown_on_demand_and_the_line_after_it(monkeypatch, capsys, arguments):
    _, text = ended(monkeypatch, capsys, KeyError("rows"), *arguments)
    assert text.startswith("Traceback (most recent call last)")
    assert text.splitlines()[-1].startswith("beyond_blur break: error: unexpected: KeyError")


def test_the_traceback_is_shown_where_the_variable_asks_for_it(monkeypatch, capsys):
    monkeypatch.setenv("BEYOND_BLUR_TRACEBACK", "1")
    assert "Traceback" in ended(monkeypatch, capsys, KeyError("rows"), "break")[1]


PRINTS = """
import sys
from beyond_blur import cli
from beyond_blur.cli.verbs import Verb
run = lambda: print("\\xe9 \\xb1 \\udce9")
verb = Verb(run, (), "data")
cli.VERBS.clear()
cli.VERBS["show"] = verb
cli.main(["show"])
"""


def printed(stdout, **env):
    done = subprocess.run(
        [sys.executable, "-c", PRINTS], env={**os.environ, **env}, stdout=stdout,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    return done.returncode, done.stderr.decode(), done.stdout


def test_what_is_printed_is_utf8_whatever_the_locale():
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    code, errors, out = printed(subprocess.PIPE, **env)
    assert (code, errors) == (0, "")
    assert out == "é ± \\udce9\n".encode()


def test_output_that_cannot_be_written_is_one_line():
    with Path("/dev/full").open("w") as full:
        code, errors, _ = printed(full)
    assert code == 1 and errors.count("\n") == 1
    assert "the disk is full" in errors
    reader, writer = os.pipe()
    os.close(reader)
    code, errors, _ = printed(writer)
    os.close(writer)
    assert code == 1 and errors.count("\n") == 1
    assert "whatever read the output has gone" in errors
