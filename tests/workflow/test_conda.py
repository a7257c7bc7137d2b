"""`--use-conda` to the table, every rule in a real environment that holds its own packages only."""

import subprocess

import pytest
import yaml
from stand_in_conda import install
from workflow_runs import environment, snakemake

pytestmark = pytest.mark.slow


@pytest.fixture
def conda(repository, tmp_path):
    """The variables of a shell that has the command."""
    env = environment(repository)
    return {**env, "PATH": f"{env['PATH']}:{install(tmp_path / 'conda')}"}


def test_use_conda_makes_the_table_of_the_plain_run(repository, finished, conda, tmp_path):
    run, env = tmp_path / "run", conda
    made = snakemake(repository, run, "--use-conda", "--conda-create-envs-only", env=env)
    assert made.returncode == 0, made.stderr + made.stdout
    environments = [path for path in (run / ".snakemake/conda").iterdir() if path.is_dir()]
    assert len(environments) == 3
    for place in environments:
        listed = yaml.safe_load(place.with_suffix(".yaml").read_text())
        assert listed["dependencies"][2]["pip"]
        alone = subprocess.run(
            [place / "bin/python", "-I", "-c", "import beyond_blur; print(beyond_blur.__file__)"],
            capture_output=True, text=True, cwd=tmp_path,
        )  # fmt: skip
        assert alone.stdout.startswith(str(place)), alone.stderr
    done = snakemake(repository, run, "--use-conda", env=env)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "activating conda environment" in (done.stderr + done.stdout).lower()
    for name in ("table1.csv", "table1.md", "table1.tex", "terminal_amplitude.csv"):
        assert (run / f"results/{name}").read_bytes() == (finished / f"results/{name}").read_bytes()
    again = snakemake(repository, run, "-n", "--use-conda", env=env)
    assert "Nothing to be done" in again.stdout + again.stderr
