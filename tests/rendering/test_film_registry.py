"""A film is one entry; the verb makes it of the files of every process, twice the same."""

import inspect
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from beyond_blur import cli
from beyond_blur.rendering import film_loading, film_registry
from beyond_blur.rendering.figures import resolve
from beyond_blur.rendering.film_registry import FILMS
from beyond_blur.rendering.given import Given
from beyond_blur.storage import artifacts, outputs

REPORT = Path(__file__).parents[2] / "workflow/report"
RNG = np.random.default_rng(0)


def trajectory(path, m=3):
    states = RNG.random((16, m, 1, 6, 6), np.float32)
    arrays = {"forward": states, "backward": states * 1.2 - 0.1, "levels": 7 * np.arange(m)}
    artifacts.save(path, arrays, kind="trajectory", spec={}, traits={"process": path.stem})


def exploration(path, columns=("0", "0.5", "1"), m=3):
    images = RNG.integers(0, 256, (4, m, 1, 6, 6), np.uint8)
    facts = {"rows": [], "columns": list(columns), "title": "ddpm"}
    artifacts.save(path, {"images": images}, kind="exploration", spec={}, **facts)


def film(folder, name, files, labels, **more):
    """Call the verb; its GIF and its MP4."""
    out = [folder / f"{name}.gif", folder / f"{name}.mp4"]
    options = [word for key, value in more.items() for word in (f"--{key}", value)]
    cli.main(["film", name, "--inputs", *map(str, files), "--labels", *labels, *options,
              "--gif", str(out[0]), "--mp4", str(out[1])])  # fmt: skip
    return out


@pytest.mark.parametrize("name", FILMS)
def test_every_entry_names_functions_a_place_and_a_caption(name):
    entry = FILMS[name]
    assert all(callable(resolve(function)) for function in entry.code)
    assert set(entry.options) <= set(inspect.signature(resolve(entry.draw)).parameters)
    assert entry.file_of("set", "ddpm").endswith(".safetensors")
    assert (REPORT / f"film_{name}.rst").read_text().endswith(".\n")


def test_every_run_has_the_film_of_what_it_stores_anyway():
    always = [entry.files.partition("/")[0] for entry in FILMS.values() if entry.always]
    assert always == ["trajectories"]


def test_trajectories_are_shown_backwards_as_grey_values(tmp_path):
    trajectory(tmp_path / "a.safetensors")
    (one,) = film_loading.reverse_ways(Given([str(tmp_path / "a.safetensors")], ["DDPM"]))
    kept = artifacts.load(tmp_path / "a.safetensors", "trajectory").arrays["backward"]
    assert (one.title, one.captions) == ("DDPM", ["k = 14", "k = 7", "k = 0"])
    expected = np.rint(np.clip(kept[:, ::-1], 0, 1) * 255)
    np.testing.assert_array_equal(one.pictures, expected)


def test_the_verb_writes_both_forms_and_their_manifest_and_again_the_same(tmp_path):
    files = [tmp_path / "a.safetensors", tmp_path / "b.safetensors"]
    trajectory(files[0])
    trajectory(files[1], m=5)
    out = film(tmp_path, "reverse", files, ["DDPM", "IHDM"])
    first = [path.read_bytes() for path in out]
    assert outputs.check(out[1], "film", tmp_path / "reverse.manifest.json")["spec"] == {
        "film": "reverse", "labels": ["DDPM", "IHDM"],
    }  # fmt: skip
    with Image.open(out[0]) as gif:
        assert gif.n_frames == 5
    assert [
        path.read_bytes() for path in film(tmp_path, "reverse", files, ["DDPM", "IHDM"])
    ] == first


def test_explorations_move_along_their_columns(tmp_path):
    exploration(tmp_path / "a.safetensors")
    with Image.open(
        film(tmp_path, "interpolation", [tmp_path / "a.safetensors"], ["DDPM"])[0]
    ) as gif:
        assert gif.n_frames == 5, "there and back, the far end once"


@pytest.mark.parametrize(("columns", "m", "words"), [
    ((), 3, "a.safetensors holds samples that do not move"),
    (("start",), 3, "a.safetensors holds samples that do not move"),
])  # fmt: skip
def test_samples_alone_are_no_film(tmp_path, capsys, columns, m, words):
    exploration(tmp_path / "a.safetensors", columns, m)
    with pytest.raises(SystemExit):
        film(tmp_path, "ways", [tmp_path / "a.safetensors"], ["DDPM"])
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1
    assert not (tmp_path / "ways.gif").exists()


def test_the_trajectory_of_another_process_is_refused(tmp_path, capsys):
    trajectory(tmp_path / "ddpm.safetensors")
    with pytest.raises(SystemExit):
        film(tmp_path, "reverse", [tmp_path / "ddpm.safetensors"], ["IHDM"],
             traits=json.dumps([{"process": "heat_dissipation"}]))  # fmt: skip
    assert "is of the process ddpm, this job is of heat_dissipation" in capsys.readouterr().err


@pytest.mark.parametrize(("n", "side", "shown"), [
    (16, 14, 16), (16, 64, 9), (16, 128, 1), (16, 512, 1), (7, 8, 4), (1, 8, 1),
])  # fmt: skip
def test_as_many_pictures_are_shown_as_fill_a_square_that_fits(n, side, shown):
    assert len(film_loading.few(np.zeros((n, 2, 1, side, side), np.uint8))) == shown


def test_a_film_is_one_entry(tmp_path, monkeypatch):
    entry = film_registry.FilmEntry(
        "x/{process}", FILMS["reverse"].load, "ours", draw=__name__ + ":still"
    )
    monkeypatch.setitem(FILMS, "ours", entry)
    trajectory(tmp_path / "a.safetensors")
    film_registry.draw_film(
        "ours", [tmp_path / "a.gif"], Given([str(tmp_path / "a.safetensors")], ["A"])
    )
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.size == (30, 20)


def still(panels):
    from beyond_blur.rendering.films import Film

    return Film(np.zeros((1, 20, 30, 3), np.uint8))
