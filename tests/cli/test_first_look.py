"""A newcomer's verbs: pictures of one image, of its flow, and the study of the two schemes."""

import io

import av
import numpy as np
import pytest
from PIL import Image

from beyond_blur import cli, progress
from beyond_blur.analysis import peclet_grid
from beyond_blur.config import Levels, Velocity
from beyond_blur.config.blur_widths import blur_widths
from beyond_blur.corruption import pairs, states
from beyond_blur.data import photograph
from beyond_blur.lbm.trajectory import Trajectory
from beyond_blur.rendering.films import Film

QUICK = ["--size", "24", "--sigma-max", "3", "--levels", "6"]


def corrupt(*arguments):
    cli.main(["corrupt", *map(str, arguments), *QUICK])


def refused(capsys, *arguments):
    """What the verb says where it refuses; one line."""
    with pytest.raises(SystemExit) as stop:
        cli.main(["corrupt", *map(str, arguments)])
    assert stop.value.code == 1
    *before, line = capsys.readouterr().err.splitlines()
    assert line.startswith("beyond_blur corrupt: error: ")
    assert all(said.startswith("corruption.backend 'auto': ") for said in before)
    return line


def test_one_call_writes_strip_animation_and_flow_and_says_so(photo, tmp_path, capsys):
    names = {name: tmp_path / name for name in ("s.png", "s.pdf", "a.gif", "v.png")}
    corrupt(photo, "--out", names["s.png"], "--out", names["s.pdf"], "--out", names["a.gif"],
            "--flow", names["v.png"], "--n", 4)  # fmt: skip
    said = capsys.readouterr().out
    assert "image: photo.png, 24 x 16 px, colour" in said
    assert said.index("lattice steps") < said.index("wrote")
    assert f"wrote {names['s.png']} (4 of levels 0 to 6)" in said
    assert f"wrote {names['a.gif']} (4 frames, levels 0 to 6)" in said
    assert f"wrote {names['v.png']} (the flow at " in said
    assert names["s.pdf"].read_bytes().startswith(b"%PDF")
    for name in ("s.png", "v.png"):
        with Image.open(names[name]) as written:
            assert np.asarray(written.convert("L")).std() > 10


def test_the_animation_shows_the_states_of_the_solver(photo, tmp_path):
    path = tmp_path / "a.gif"
    Image.open(photo).convert("L").save(photo)  # a frame holds 256 colours: all greys there are
    corrupt(photo, "--out", path, "--n", 3, "--seed", 5, "--divergence-free", "--peclet", 0.4)
    image = photograph.read_photograph(str(photo), 24)
    widths = tuple(blur_widths(Levels(n_levels=6, sigma_max=3.0)))
    trajectory = Trajectory(widths, 0.4, Velocity(divergence_free=True))
    seeds = pairs.flow_seeds(5, np.array([0]), 0)
    expected = states.corrupt(image[None], trajectory, seeds, np.array([[0, 3, 6]]))[0]
    with Image.open(path) as film:
        assert film.n_frames == 3 and film.info["loop"] == 0
        assert film.size == (24 * 5, 16 * 5), "small images are enlarged, every pixel to a square"
        for i, state in enumerate(expected):
            film.seek(i)
            shown = np.asarray(film.convert("RGB"), float).transpose(2, 0, 1)[:, ::5, ::5] / 255
            assert np.abs(shown - np.clip(state, 0, 1)).max() < 0.51 / 255


@pytest.mark.parametrize(("name", "kind"), [("s.jpg", "JPEG"), ("s.webp", "WEBP")])
def test_strips_and_flows_are_written_in_the_formats_of_the_web(photo, tmp_path, name, kind):
    corrupt(photo, "--out", tmp_path / name, "--flow", tmp_path / f"v{name}", "--n", 3)
    corrupt(photo, "--out", tmp_path / "s.png", "--n", 3)
    with Image.open(tmp_path / name) as lossy, Image.open(tmp_path / "s.png") as exact:
        assert lossy.format == kind and lossy.size == exact.size
        far = np.asarray(lossy.convert("L"), float) - np.asarray(exact.convert("L"), float)
        assert np.sqrt((far**2).mean()) < 5, "grey values, of 255"
    with Image.open(tmp_path / f"v{name}") as flow:
        assert flow.format == kind


def test_a_person_at_a_terminal_sees_how_long_it_takes(photo, tmp_path, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "LOOK", 0.001)
    for name, sees in (("quiet.png", io.StringIO()), ("seen.png", Terminal())):
        monkeypatch.setattr("sys.stderr", sees)
        corrupt(photo, "--out", tmp_path / name, "--peclet", 0.3)
        assert ("solving: " in sees.getvalue()) == sees.isatty()
    assert (tmp_path / "seen.png").read_bytes() == (tmp_path / "quiet.png").read_bytes()


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["s.png", "s.webp", "s.jpg", "a.gif", "a.mp4", "v.pdf"])
def test_the_same_seed_is_the_same_file_and_another_is_not(photo, tmp_path, name):
    option = "--flow" if name.startswith("v") else "--out"
    written = []
    for seed in (1, 1, 2):
        corrupt(photo, option, tmp_path / name, "--seed", seed, "--peclet", 0.45)
        written.append((tmp_path / name).read_bytes())
        (tmp_path / name).unlink()
    assert written[0] == written[1] != written[2]


@pytest.mark.parametrize("option", ["--out", "--flow"])
def test_no_file_is_written_over_not_even_the_photograph_itself(photo, capsys, option):
    before = photo.read_bytes()
    assert f"{option} {photo} is there already: name another" in refused(
        capsys, photo, option, photo
    )
    assert photo.read_bytes() == before


def test_an_mp4_is_written_without_the_program_ffmpeg(photo, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    corrupt(photo, "--out", tmp_path / "film.mp4", "--n", 5)
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert len(list(film.decode(video=0))) == 5 + Film.pause


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "nothing to write: give --out strip.png"),
        (["--out", "a.bmp"],
         "--out a.bmp ends with none of .png, .pdf, .jpg, .webp, .gif, .mp4: rename it"),
        (["--flow", "v.gif"],
         "--flow v.gif ends with none of .png, .pdf, .jpg, .webp: rename it"),
        (["--flow", "v.png", "--peclet", "0"], "--peclet 0 has no flow to draw"),
        (["--out", "a.png", "--peclet", "-1"], "--peclet -1 is not a number from 0 up"),
        (["--out", "a.png", "--peclet", "nan"], "--peclet nan is not a number from 0 up"),
        (["--out", "a.png", "--peclet", "99"],
         "error: --peclet 99 needs an rms speed of 0.0645 cells per step at 256 pixels, over a "
         "third of --speed-limit 0.01, which would bend the flow; lower --peclet to 5.12"),
        (["--out", "a.png", "--peclet", "6"],
         "lower --peclet to 5.12 or raise --speed-limit to 0.0118"),
        (["--out", "a.png", "--peclet", "140", "--speed-limit", "0.3"],
         "a weight would turn negative; lower --peclet to 85.3"),
        (["--out", "a.png", "--size", "5000"], "--size 5000 is outside its range 8 to 1024"),
        (["--out", "a.png", "--levels", "0"], "--levels 0 is outside its range 1 to 10000"),
        (["--out", "a.png", "--n", "1"], "--n 1 is outside its range 2 to 1000"),
        (["--out", "a.png", "--sigma-max", "0.3"], "--sigma-max 0.3 is outside its range"),
        (["--out", "a.png", "--speed-limit", "2"], "--speed-limit 2 is outside its range"),
        (["--out", "a.png", "--seed", "-4"], "--seed -4 is outside its range 0 to"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(arguments, says, photo, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert says in refused(capsys, photo, *arguments)
    assert list(tmp_path.iterdir()) == [photo]


def test_files_that_are_no_images_are_refused_by_name(tmp_path, capsys):
    missing, text = tmp_path / "missing.png", tmp_path / "text.jpg"
    text.write_text("hello")
    assert f"{missing} is not a file" in refused(capsys, missing, "--out", tmp_path / "a.png")
    assert f"{text} cannot be read as an image" in refused(
        capsys, text, "--out", tmp_path / "a.png"
    )


def test_a_place_that_cannot_be_written_is_named(photo, capsys):
    line = refused(capsys, photo, "--out", photo / "a.png", *QUICK)
    assert f"--out {photo / 'a.png'}: no folder for results at {photo}" in line


@pytest.mark.thorough
def test_the_verbs_of_the_docs_write_their_figures(tmp_path, monkeypatch, photo, capsys):
    monkeypatch.setattr(peclet_grid, "SIZES", (52, 56))
    for verb, arguments in (("peclets", [str(photo)]), ("schemes", [])):
        files = [str(tmp_path / f"{verb}.{kind}") for kind in ("png", "pdf")]
        cli.main([verb, *arguments, "--png", files[0], "--pdf", files[1]])
        with Image.open(files[0]) as written:
            assert np.asarray(written.convert("L")).std() > 10
    assert "divergence-free, 56 px, Pe = 1: " in capsys.readouterr().out


def test_what_is_not_as_it_looks_in_a_photograph_is_said(tmp_path, capsys):
    pages = [Image.new("L", (24, 16), grey) for grey in (50, 200)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    corrupt(tmp_path / "a.tif", "--out", tmp_path / "s.png", "--n", 2)
    said = capsys.readouterr().out
    assert "note: 1 file with several pages or frames: only the first is read" in said
