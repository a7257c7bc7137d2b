"""Flows between walls: which settings have none, and that no GPU is asked for."""

import pytest

from beyond_blur.config import ConfigError, Velocity, load_experiment, rates
from beyond_blur.config.between_walls import has_walled_flow, wall_problem
from beyond_blur.config.resources import gpus
from beyond_blur.config.solver_work import solver_seconds

WALLED = {"kind": "advection_diffusion", "peclet": 0.1, "velocity": {"basis": "walls"}}


def walled(velocity=None, **changes):
    process = WALLED | {"velocity": WALLED["velocity"] | (velocity or {})}
    return load_experiment({"preset": "tiny", "processes": [process], **changes})


def test_the_authors_flow_is_periodic_and_goes_with_any_walls():
    assert Velocity().basis == "periodic"
    assert wall_problem(Velocity(), "periodic") is wall_problem(Velocity(), "mirror") is None


def test_periodic_walls_are_refused():
    line = r"velocity\.basis = walls needs corruption\.walls = mirror, not periodic"
    with pytest.raises(ConfigError, match=line):
        walled(corruption={"walls": "periodic"})


def test_a_steady_flow_is_refused():
    with pytest.raises(ConfigError, match=r"walls is of random flows: .* velocity\.flow = vortex"):
        walled({"flow": "vortex"})


def test_a_flow_of_the_study_is_called_what_the_configuration_calls_it():
    line = r"^study\.flows has between_walls: velocity\.basis = walls needs corruption\.walls"
    with pytest.raises(ConfigError, match=line):
        walled(
            {"basis": "periodic"},
            corruption={"walls": "periodic"},
            study={"flows": ["between_walls"]},
        )


@pytest.mark.parametrize("study", [{}, {"flows": ["between_walls"]}])
def test_a_gpu_that_is_asked_for_is_refused_before_any_work(study):
    velocity = {"basis": "periodic"} if study else {}
    with pytest.raises(ConfigError, match=r"walls is not solved on the GPU: set corruption"):
        walled(velocity, corruption={"backend": "gpu"}, study=study)


def test_the_solver_asks_for_no_gpu():
    made = walled()
    assert all(map(has_walled_flow, made.processes))
    assert gpus(made, "cache_pairs") == 0 and gpus(made, "train") == 1


def test_the_solver_asks_for_the_time_of_its_larger_key_frames():
    (own,), (authors,) = walled().processes, walled({"basis": "periodic"}).processes
    seconds = [solver_seconds(walled(), process, 100, 0) for process in (own, authors)]
    assert seconds[0] == rates.WALLED_FLOW * seconds[1]
