"""What is refused before any work, and what a broken file says: one line."""

import base64
import os
import shutil
import subprocess
import sys

import pytest
from workflow_runs import copy_repository, environment, planned, snakemake


def test_a_study_that_cannot_be_sampled_is_refused_before_any_work(repository, tmp_path):
    ddpm = {"kind": "ddpm", "n_steps": 8, "schedule": "cosine"}
    wrong = {"processes": [ddpm], "sampling": {"steps": 8}}
    for target in ("study", "results/figures/study.png"):
        done = snakemake(repository, tmp_path, target, config=wrong)
        assert done.returncode != 0
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "sampling." in line]
        assert lines == [
            "config error: sampling.steps = 8 is more than the 4 levels of process "
            "heat_dissipation of the study: at most one network call per level; null uses every "
            "level"
        ]
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "results").exists()
    assert planned(repository, tmp_path, config=wrong)["train"] == 1


def test_curves_over_delta_without_a_delta_are_refused_before_any_work(repository, tmp_path):
    for target in ("results/deltas.csv", "results/figures/deltas.png"):
        done = snakemake(repository, tmp_path, target)
        assert done.returncode != 0
        assert "config error: study.deltas is empty, and results/deltas.csv" in done.stderr
        assert not (tmp_path / "results").exists()


def test_a_bad_config_is_one_line_before_any_work(repository, tmp_path):
    done = snakemake(repository, tmp_path, config={"sampling": {"deltas": 1}})
    assert done.returncode != 0
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "deltas" in line]
    assert lines == [
        "config error: sampling.deltas is unknown (did you mean delta?); "
        "valid here: n_samples, seeds, delta, delta_spectrum, steps, prior_noise, last_noise, "
        "priors, batch_size, precision, compile"
    ]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()


def test_a_truncated_cache_file_is_named(repository, finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder, copy_function=shutil.copy2)
    shard = folder / "results/corruption/tiny/advection_diffusion-pe0/shard-0.safetensors"
    shard.write_bytes(shard.read_bytes()[:-10])
    done = snakemake(repository, folder, "--forcerun", "train")
    assert done.returncode != 0
    # Who lists the shards looks at each, before anybody takes them.
    log = (folder / "results/logs/list_pairs/tiny/advection_diffusion-pe0.log").read_text()
    assert "shard-0.safetensors is truncated" in log
    assert log.count("\n") == 1
    # The same line ends what stands on the terminal.
    told = [line for line in done.stderr.splitlines() if "shard-0.safetensors is truncated" in line]
    assert told[-1].startswith(f"rule list_pairs failed: {log.strip()} (log: results/logs/list_")
    assert len(done.stderr.partition(told[-1])[2]) < 400


def test_a_file_of_ones_own_that_is_missing_or_no_python_is_one_line(repository, tmp_path):
    own = {"kind": "own", "file": str(tmp_path / "own.py"), "class_name": "Pixelation"}
    for text, words in ((None, "does not exist"), ("class (", "is not Python: line 1")):
        if text is not None:
            (tmp_path / "own.py").write_text(text)
        done = snakemake(repository, tmp_path / "run", "-n", config={"processes": [own]})
        assert done.returncode != 0
        lines = [line for line in (done.stdout + done.stderr).splitlines() if words in line]
        assert len(lines) == 1 and lines[0].startswith("config error: ")
        assert "own.py" in lines[0] and "Traceback" not in done.stderr


def test_another_package_or_another_python_than_snakemakes_is_one_line(repository, tmp_path):
    clone = copy_repository(tmp_path / "clone")
    others = {
        "install this one": environment(repository),
        "activate the environment": environment(clone, PATH="/usr/bin:/bin"),
        "has no beyond_blur": {**environment(clone), "PYTHONPATH": "", "PYTHONNOUSERSITE": "1"},
    }
    for words, env in others.items():
        done = snakemake(clone, tmp_path / "run", "-n", env=env)
        if words == "has no beyond_blur" and "install this one" in done.stderr:
            continue  # where this package is installed beside the tests
        assert done.returncode != 0
        assert len([line for line in done.stderr.splitlines() if words in line]) == 1, done.stderr
        assert "Traceback" not in done.stderr


def test_a_rule_that_writes_to_its_log_alone_says_why_it_failed_on_the_terminal(a_copy, repository):
    shard = a_copy / "results/data/tiny/held_out/shard-0.safetensors"
    shard.write_bytes(shard.read_bytes()[:-10])
    done = snakemake(repository, a_copy, "--forcerun", "align_levels", "--keep-going")
    assert done.returncode != 0
    # At once, and at the end again where lines of other jobs have followed.
    told = {
        line for line in done.stderr.splitlines() if line.startswith("rule align_levels failed")
    }
    (line,) = told
    assert "held_out/shard-0.safetensors is truncated" in line
    assert line.endswith("(log: results/logs/align_levels.log)")


def test_the_lock_of_a_killed_run_is_said_with_what_to_type(a_copy, repository):
    (a_copy / ".snakemake/locks").mkdir(exist_ok=True)
    (a_copy / ".snakemake/locks/0.output.lock").write_text("results/table1.csv\n")
    words = "A run in this folder was killed and has left its lock"
    done = snakemake(repository, a_copy, "--forcerun", "table")
    assert done.returncode != 0 and done.stderr.count(words) == 1
    assert "--unlock, then run again" in done.stderr
    done = snakemake(repository, a_copy, "--unlock")
    assert done.returncode == 0 and words not in done.stderr
    assert planned(repository, a_copy) == {}


def test_unfinished_files_are_made_again_without_being_asked(a_copy, repository):
    """profiles/default is found beside the Snakefile; workflow/profiles/test takes its place."""
    target = "results/table1.csv"
    for profile in ([], ["--workflow-profile", repository / "workflow/profiles/test"]):
        mark = a_copy / ".snakemake/incomplete" / base64.b64encode(target.encode()).decode()
        mark.parent.mkdir(exist_ok=True)
        mark.touch()
        done = snakemake(repository, a_copy, "-n", *profile, "--quiet", "rules", "--", target)
        assert done.returncode == 0 and "table" in done.stdout, done.stderr


def test_folders_with_any_other_name_work_and_braces_are_one_line(repository, tmp_path):
    target = "results/data/tiny/train/shard-0.safetensors"
    folder = tmp_path / 'it\'s $HOME `touch PWNED` "a\nb" $(touch PWNED); é'
    done = snakemake(repository, folder, target)
    assert done.returncode == 0 and (folder / target).exists(), done.stderr
    assert not list(tmp_path.rglob("PWNED"))
    clone = copy_repository(tmp_path / "cur{x}ly")
    for one, run in ((clone, tmp_path / "run"), (repository, tmp_path / "a{b}")):
        done = snakemake(one, run, "-n")
        told = [line for line in done.stderr.splitlines() if "has braces, which" in line]
        assert done.returncode != 0 and len(told) == 1 and "Traceback" not in done.stderr


def test_a_place_that_cannot_be_written_is_one_line_before_a_job_starts(repository, tmp_path):
    """Root may write anywhere but where it has given up to."""
    give_up = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]
    if os.getuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root writes anywhere, and setpriv is not there to make it give that up")
    for folder, shut in ((tmp_path / "run", ""), (tmp_path / "other", "results")):
        (folder / shut).mkdir(parents=True)
        (folder / shut).chmod(0o555)
        target = "results/data/tiny/train/shard-0.safetensors"
        done = subprocess.run(
            [*(give_up if os.getuid() == 0 else []), sys.executable, "-m", "snakemake", target,
             "-s", repository / "Snakefile", "--directory", folder, "--cores", "1", "--config",
             "preset=tiny"], env=environment(repository), capture_output=True, text=True,
        )  # fmt: skip
        told = [line for line in done.stderr.splitlines() if "cannot be written" in line]
        assert done.returncode != 0 and "Traceback" not in done.stderr
        assert len(told) == 1 and told[0].startswith(f"{folder / shut} cannot be written")
