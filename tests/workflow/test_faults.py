"""What is refused before any work, and what a broken file says: one line."""

import shutil

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


def test_a_bad_config_is_one_line_before_any_work(repository, tmp_path):
    done = snakemake(repository, tmp_path, config={"sampling": {"deltas": 1}})
    assert done.returncode != 0
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "deltas" in line]
    assert lines == [
        "config error: sampling.deltas is unknown (did you mean delta?); "
        "valid here: n_samples, seeds, delta, steps, prior_noise, last_noise, priors, batch_size, "
        "precision, compile"
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
    log = (folder / "results/logs/train/tiny/advection_diffusion-pe0.log").read_text()
    assert "shard-0.safetensors is truncated" in log
    assert log.count("\n") == 1


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
