"""Counts of nothing, and options that a job of the workflow decides, are refused in one line."""

import pytest

from beyond_blur import cli
from beyond_blur.cli.verbs import VERBS

WITH_THREADS = [name for name, verb in VERBS.items()
                if "--threads" in {option.name for option in verb.options}]  # fmt: skip


def refused(capsys, *arguments):
    with pytest.raises(SystemExit):
        cli.main([str(one) for one in arguments])
    return capsys.readouterr().err


@pytest.mark.parametrize("verb", WITH_THREADS)
@pytest.mark.parametrize(("given", "said"), [("0", "0: at least 1"), ("-3", "-3: at least 1"),
                                             ("x", "invalid count value: 'x'")])  # fmt: skip
def test_no_threads_are_no_number_of_threads(capsys, verb, given, said):
    error = refused(capsys, verb, f"--threads={given}")
    assert error.splitlines()[-1].endswith(f"argument --threads: {said}")


@pytest.mark.parametrize(("option", "given", "said"), [
    ("--size", 0, "0: at least 1"), ("--nearest-k", 0, "0: at least 1"),
    ("--batch-size", -1, "-1: at least 1"), ("--seed", -1, "-1: at least 0"),
])  # fmt: skip
def test_a_measurement_is_refused_numbers_that_it_cannot_use(capsys, option, given, said):
    error = refused(capsys, "evaluate", "--images", "x", "--reference", "y", f"{option}={given}")
    assert error.splitlines()[-1].endswith(f"argument {option}: {said}")


def test_a_flow_is_refused_a_seed_below_0(capsys):
    error = refused(capsys, "peclets", "--seed=-1")
    assert error.splitlines()[-1].endswith("argument --seed: -1: at least 0")


@pytest.mark.parametrize("verb", ["sample", "explore"])
def test_no_network_calls_draw_no_samples(tmp_path, capsys, verb):
    out = tmp_path / "x.png"
    error = refused(capsys, verb, "--weights", "/nowhere", "--out", out, "--steps", 0)
    assert error == f"beyond_blur {verb}: error: --steps 0: at least one network call\n"


@pytest.mark.parametrize(("arguments", "said"), [
    (["sample", "--out", "x", "--spec", "{}", "--prior", "y"], "no --seed with --spec: a job of"),
    (["explore", "--out", "x.png", "--spec", "{}", "--size", 8], "--size with --spec: a job of"),
    (["explore", "--save", ""], '--save "": give a name'),
])  # fmt: skip
def test_what_a_job_of_the_workflow_says_is_not_said_twice_or_guessed(capsys, arguments, said):
    error = refused(capsys, arguments[0], "--weights", "/nowhere", *arguments[1:])
    assert said in error and error.count("\n") == 1


def test_the_help_of_export_says_what_its_options_are(capsys):
    with pytest.raises(SystemExit):
        cli.main(["export", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert "--weights FILE a trained network: weights.safetensors, or a folder of export" in shown
    assert "--out FOLDER gets model.safetensors" in shown
