"""Costs are counted: against hand counts where one can count by hand."""

import dataclasses
from pathlib import Path

import pytest
import torch

from beyond_blur import cost
from beyond_blur.cli import main
from beyond_blur.cli.cost import unchecked
from beyond_blur.config import (
    BlurringDiffusionOptions,
    ColdDiffusionOptions,
    DDPMOptions,
    HeatDissipationOptions,
    Levels,
    Network,
)
from beyond_blur.lbm.levels import LatticeSchedule


def with_levels(name, **changes):
    experiment = unchecked(name)
    return dataclasses.replace(
        experiment, corruption=dataclasses.replace(experiment.corruption, **changes)
    )


def test_presets_are_counted_without_their_files():
    for name in ("digits", "ffhq128"):
        counted = cost.cost(unchecked(name), 10, 10)
        assert counted.parameters > 0
        assert all(counted.training_flop > flop > 0 for flop in counted.sampling_flop.values())


def test_the_stem_is_counted_as_by_hand():
    """Twice the multiply-adds of a 3 x 3 convolution per pixel are the least a network does."""
    network = Network(8, (1,), 1, (), 0.0)
    forward, both = cost.network_flop(network, 1, 8)
    twice, _ = cost.network_flop(network, 1, 16)
    stem = 2 * 9 * 1 * 8 * 64
    assert forward > stem
    assert 2 * forward < both < 3 * forward + stem
    # Convolutions grow with the pixels, the embedding of the level does not, attention faster.
    assert twice > 3.9 * forward


def test_training_and_sampling_scale_with_their_numbers():
    experiment = unchecked("tiny")
    one, two = (cost.cost(experiment, 10, n) for n in (10, 20))
    assert flop_of(two) == 2 * flop_of(one)
    assert two.training_flop == one.training_flop
    steps = dataclasses.replace(experiment.sampling, steps=1)
    single = cost.cost(dataclasses.replace(experiment, sampling=steps), 10, 10)
    assert flop_of(single) * experiment.levels.n_levels == flop_of(one)


def flop_of(counted, name="advection_diffusion"):
    return counted.sampling_flop[name]


def test_sampling_calls_the_network_once_for_each_level_of_its_process():
    given = DDPMOptions(name="given", schedule="given", given=(0.9, 0.5, 0.1))
    own = (DDPMOptions(n_steps=1000), BlurringDiffusionOptions(n_steps=60), given)
    processes = (*own, HeatDissipationOptions(), ColdDiffusionOptions())
    experiment = dataclasses.replace(unchecked("tiny"), processes=processes)
    assert experiment.levels.n_levels == 4
    assert cost.network_calls(experiment) == {
        "ddpm": 1000, "blurring_diffusion": 60, "heat_dissipation": 4, "cold_diffusion": 4,
        "given": 3,
    }  # fmt: skip
    counted = cost.cost(experiment, 10, 7)
    forward, _ = cost.network_flop(experiment.network, 1, 8)
    assert flop_of(counted, "ddpm") == 1000 * 7 * forward
    assert flop_of(counted, "heat_dissipation") == 4 * 7 * forward
    steps = dataclasses.replace(experiment.sampling, steps=3)
    fewer = dataclasses.replace(experiment, sampling=steps)
    assert set(cost.network_calls(fewer).values()) == {3}


def test_every_process_has_its_line_and_no_number_where_it_is_not():
    counts = [cost.cost(unchecked(name), 10, 10) for name in ("tiny", "digits")]
    lines = {line[0]: line[1:] for line in cost.rows(counts, tflops=1)}
    assert lines["sampling ddpm, PFLOP"][0] == "" != lines["sampling ddpm, PFLOP"][1]
    assert all(lines["sampling advection_diffusion at 1 TFLOP/s, h"])
    assert not any("10^9 updates/s" in words for words in lines)


def test_a_process_without_a_flow_has_no_cache():
    experiment = unchecked("tiny")
    without = dataclasses.replace(experiment, processes=(DDPMOptions(),))
    counted = cost.cost(without, 5, 1)
    assert counted.cache_bytes == counted.terminal_bytes == counted.cache_updates == 0
    assert cost.cost(experiment, 5, 1).cache_bytes > 0


def test_one_flow_with_every_level_runs_to_the_last():
    experiment = with_levels("tiny", levels_per_draw=4)
    schedule = LatticeSchedule.from_levels(Levels(4, 0.5, 4.0))
    assert cost.last_steps(experiment, schedule) == schedule.n_lbm_steps.sum()
    assert cost.last_steps(with_levels("tiny", levels_per_draw=1), schedule) == pytest.approx(
        cost.steps_per_pair(schedule)
    )


def test_counting_makes_no_tensor_with_data():
    before = torch.random.get_rng_state()
    cost.network_flop(Network(128, (1, 2, 3, 4, 5), 3, (2, 3, 4)), 3, 256)  # 2 GB of activations
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_verb_prints_hours_for_a_measured_rate_only(capsys, tmp_path):
    main(["cost", "tiny", "digits", "--images", "100"])
    assert " h " not in capsys.readouterr().out
    file = tmp_path / "cost.md"
    main(["cost", "tiny", "--tflops", "1", "--updates", "2", "--markdown", str(file)])
    printed = capsys.readouterr().out
    assert "training at 1 TFLOP/s, h" in printed and "corruption at 2 10^9 updates/s, h" in printed
    assert file.read_text() == printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cost", "nothing"], "preset = 'nothing' is unknown"),
        (["cost", "tiny", "--images", "0"], "argument --images: 0: at least 1"),
        (["cost"], "name presets, or a configuration by --configfile FILE"),
        (["cost", "tiny", "--configfile", "x.yaml"], "one of the two"),
        (["cost", "tiny", "--tflops", "0"], "--tflops 0 must be above 0"),
    ],
)
def test_what_cannot_be_counted_is_refused(arguments, message, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err


def test_a_configuration_is_counted_with_its_own_numbers_and_without_its_files(tmp_path, capsys):
    file = tmp_path / "mine.yaml"
    file.write_text("preset: cifar10\ndataset: {path: nowhere}\nsampling: {n_samples: 123}\n")
    main(["cost", "--configfile", str(file)])
    own = capsys.readouterr().out.splitlines()
    assert own[0].startswith("| 60,000 images, 123 samples") and own[0].endswith(" mine |")
    main(["cost", "cifar10", "--images", "60000", "--samples", "123"])
    preset = capsys.readouterr().out.splitlines()
    numbers = ([line.split("|")[2].strip() for line in lines[2:]] for lines in (own, preset))
    assert next(numbers) == next(numbers)


def test_coarser_lattices_are_counted_by_the_cells_they_update():
    fine, coarse = (cost.cost(with_levels("ffhq128", coarsen=c, backend="cpu"), 10, 10)
                    for c in (False, "auto"))  # fmt: skip
    assert fine.terminal_updates / coarse.terminal_updates > 8
    assert fine.pair_updates / coarse.pair_updates > 5
    assert fine.cache_updates / coarse.cache_updates > 5
    on_gpu = cost.cost(with_levels("ffhq128", coarsen="auto", backend="gpu"), 10, 10)
    assert on_gpu == fine


@pytest.mark.thorough
def test_the_page_of_costs_has_what_its_commands_print(capsys):
    page = (Path(__file__).parents[1] / "docs/costs.md").read_text("utf-8")
    presets = ["mnist", "cifar10", "afhq64", "lsun_church128", "ffhq128", "ffhq256"]
    main(["cost", *presets, "--images", "10000", "--samples", "50000"])
    assert capsys.readouterr().out in page
    main(["cost", *presets, "--tflops", "100", "--updates", "5.3"])
    hours = [line for line in capsys.readouterr().out.splitlines() if ", h " in line]
    assert len(hours) == 6
    cells = [[cell.strip() for cell in line.split("|")] for line in page.splitlines()]
    assert [line for line in hours if [cell.strip() for cell in line.split("|")] not in cells] == []
