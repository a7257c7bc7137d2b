"""A finished run becomes one zip; whatever is done to it, its check names it in one line."""

import hashlib
import json
import zipfile

import pytest

from beyond_blur import cli
from beyond_blur.storage import records, stored_zip
from beyond_blur.verification import archived
from beyond_blur.verification.registry import KINDS

METRICS = "results/metrics/classifier/tiny/advection_diffusion-pe0/train/seed-0.json"
TABLE = "results/table1.csv"


@pytest.fixture(scope="module")
def packed(finished, tmp_path_factory):
    """The archive of the finished run, and its configuration."""
    place = tmp_path_factory.mktemp("packed")
    (place / "mine.yaml").write_text("preset: tiny\n")
    pack(finished, place / "run.zip", place)
    return place / "run.zip"


def pack(run, out, place, *options):
    arguments = ["--configfile", str(place / "mine.yaml"), "--out", str(out), "--threads", "2"]
    cli.main(["pack_archive", str(run / "results"), *arguments, *options])


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {one: archive.read(one) for one in archive.namelist() if one != stored_zip.LIST}


def checked(path, capsys):
    """Exit code and text of the check."""
    try:
        cli.main(["check_archive", str(path)])
        code = 0
    except SystemExit as end:
        code = end.code
    said = capsys.readouterr()
    return code, said.out + said.err


def spoilt(packed, path, **changes):
    """The archive with other members, None for one that is gone; its list is that of the others."""
    content = {**members(packed), **changes}
    stored_zip.write(path, {name: text for name, text in content.items() if text is not None})
    return path


def test_every_kind_of_result_has_its_place_or_none():
    assert {kind.name for kind in KINDS} == set(archived.HELD_IN)


def test_an_archive_holds_what_a_reviewer_needs_and_is_sound(packed, capsys):
    names = set(members(packed))
    assert {
        TABLE,
        METRICS,
        "configuration/resolved.json",
        "configuration/given-1-mine.yaml",
    } <= names
    assert "results/checkpoints/tiny/advection_diffusion-pe0/weights.safetensors" in names
    assert {"results/figures/samples.png", "results/figures/samples.manifest.json"} <= names
    assert "results/data/tiny/facts.json" in names
    left_out = ("/samples/", "/data/tiny/train", "/data/tiny/held_out", "state.pt")
    assert not any(part in name for name in names for part in left_out)
    about = json.loads(members(packed)["archive.json"])
    assert about["packages"]["torch"] and len(about["sources"]) == 64
    code, text = checked(packed, capsys)
    assert code == 0 and "tables follow from the numbers" in text
    assert "packed by the code here" in text


def test_the_same_run_gives_the_same_bytes(packed, finished, tmp_path):
    pack(finished, tmp_path / "again.zip", packed.parent)
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_weights_may_be_left_out_and_samples_taken_in(packed, finished, tmp_path, capsys):
    pack(finished, tmp_path / "b.zip", packed.parent, "--without-weights", "--with-samples")
    names = set(members(tmp_path / "b.zip"))
    assert "results/samples/tiny/advection_diffusion-pe0/train/seed-1.safetensors" in names
    assert not any(name.endswith("weights.safetensors") for name in names)
    assert checked(tmp_path / "b.zip", capsys)[0] == 0


def test_an_archive_is_unpacked_where_one_wants_it(packed, tmp_path, capsys):
    cli.main(["check_archive", str(packed), "--unpack", str(tmp_path / "here")])
    assert (tmp_path / "here" / TABLE).exists()
    capsys.readouterr()
    with pytest.raises(SystemExit):
        cli.main(["check_archive", str(packed), "--unpack", str(tmp_path / "here")])
    assert "is not empty" in capsys.readouterr().err


def test_results_that_are_not_sound_are_not_packed(packed, a_copy, tmp_path, capsys):
    (a_copy / TABLE).write_text((a_copy / TABLE).read_text().replace("0.", "1.", 1))
    with pytest.raises(SystemExit):
        pack(a_copy, tmp_path / "a.zip", packed.parent)
    assert f"{a_copy / TABLE}" in (said := capsys.readouterr().err) and "damaged" in said
    assert not (tmp_path / "a.zip").exists()


def test_an_archive_is_not_written_over(packed, finished, tmp_path, capsys):
    (tmp_path / "mine.zip").write_text("mine")
    with pytest.raises(SystemExit):
        pack(finished, tmp_path / "mine.zip", packed.parent)
    assert f"--out {tmp_path / 'mine.zip'} is there already: name" in capsys.readouterr().err
    assert (tmp_path / "mine.zip").read_text() == "mine"


def test_results_of_another_configuration_are_not_packed(packed, finished, tmp_path, capsys):
    (tmp_path / "mine.yaml").write_text("preset: tiny\nevaluation: {nearest_k: 2}\n")
    with pytest.raises(SystemExit):
        pack(finished, tmp_path / "a.zip", tmp_path)
    assert "nearest_k" in capsys.readouterr().err


def test_a_strange_member_is_refused(packed, tmp_path, capsys):
    for name in ("run.sh", "results/checkpoints/tiny/ddpm/state.pt", "results/evil.py"):
        code, text = checked(spoilt(packed, tmp_path / "a.zip", **{name: b"x"}), capsys)
        assert code == 1 and f"member {name!r} has no place there" in text
        assert len(text.strip().splitlines()) == 1


@pytest.mark.parametrize("name", ["archive.json", "configuration/resolved.json", TABLE])
def test_what_every_archive_has_is_missed(packed, tmp_path, capsys, name):
    code, text = checked(spoilt(packed, tmp_path / "a.zip", **{name: None}), capsys)
    assert code == 1 and f"has no {name}" in text


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'{"preset": 3}', b"[" * 10**5])
def test_a_configuration_that_is_none_is_one_line(packed, tmp_path, capsys, text):
    changed = {"configuration/resolved.json": text}
    code, said = checked(spoilt(packed, tmp_path / "a.zip", **changed), capsys)
    assert code == 1 and len(said.strip().splitlines()) == 1 and "resolved.json" in said


def test_metrics_that_the_table_is_not_made_of_are_missed(packed, tmp_path, capsys):
    code, text = checked(spoilt(packed, tmp_path / "a.zip", **{METRICS: None}), capsys)
    assert code == 1 and "cannot be made again" in text and METRICS.removeprefix("results/") in text


def test_a_damaged_member_with_a_list_that_fits_is_found_by_its_manifest(packed, tmp_path, capsys):
    text = members(packed)[METRICS].replace(b"0.", b"1.", 1)
    code, said = checked(spoilt(packed, tmp_path / "a.zip", **{METRICS: text}), capsys)
    assert code == 1 and "damaged (1)" in said and METRICS in said


def test_a_table_with_seals_that_fit_has_to_follow_from_its_numbers(packed, tmp_path, capsys):
    """Somebody who knows the format has written a better number into the table, and sealed it."""
    held = members(packed)
    header, first, *rest = held[TABLE].decode().split("\n")
    cells = first.split(",")
    place = header.split(",").index("precision")
    cells[place] = "0.987654"
    table = "\n".join([header, ",".join(cells), *rest]).encode()
    manifest = json.loads(held["results/table1.manifest.json"])
    manifest["files"]["table1.csv"] = hashlib.sha256(table).hexdigest()
    described = {key: manifest[key] for key in ("kind", "spec", "traits")}
    sealed = tmp_path / "table1.manifest.json"
    records.save(sealed, {"files": manifest["files"]}, **described, inputs=manifest["inputs"])
    changes = {TABLE: table, "results/table1.manifest.json": sealed.read_bytes()}
    code, text = checked(spoilt(packed, tmp_path / "a.zip", **changes), capsys)
    assert code == 1 and "table1.csv: line 2 is not what the numbers" in text
    assert "0.987654, not" in text
