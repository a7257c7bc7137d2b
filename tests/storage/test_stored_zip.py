"""Archives are the same bytes each time, and what anybody may have made is unpacked safely."""

import hashlib
import os
import shutil
import stat
import subprocess
import warnings
import zipfile

import pytest

from beyond_blur.storage import stored_zip
from beyond_blur.storage.atomic import ArtifactError

CONTENT = b"numbers of a run " * 50
FILE = stat.S_IFREG | 0o644
LINK = stat.S_IFLNK | 0o777
FOLDER = stat.S_IFDIR | 0o755


@pytest.fixture
def archive(tmp_path):
    (tmp_path / "file").write_bytes(CONTENT)
    stored_zip.write(tmp_path / "a.zip", {"results/b": tmp_path / "file", "a.txt": b"text"})
    return tmp_path / "a.zip"


def entry(name, mode=FILE, **values):
    made = zipfile.ZipInfo(name, stored_zip.DATE)
    made.create_system, made.external_attr = stored_zip.UNIX, mode << 16
    for key, value in values.items():
        setattr(made, key, value)
    return made


def hostile(path, *entries, listed=True):
    """A zip of these members, each of some bytes, with the list that belongs to it."""
    lines = "".join(f"{hashlib.sha256(CONTENT).hexdigest()}  {e.filename}\n" for e in entries)
    with zipfile.ZipFile(path, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of duplicates
        for one in entries:
            file.writestr(one, CONTENT)
        if listed:
            file.writestr(entry(stored_zip.LIST), lines)
    return path


def refused(path, folder):
    """The one line that an archive is refused with; nothing lies outside of the folder."""
    before = set(folder.parent.iterdir()) | {folder}
    with pytest.raises(ArtifactError) as error:
        stored_zip.unpack(path, folder)
    assert set(folder.parent.iterdir()) <= before
    assert not any(p.is_symlink() for p in folder.rglob("*"))
    assert "\n" not in str(error.value) and str(error.value).startswith(str(path))
    return str(error.value)


def test_what_is_packed_comes_back(archive, tmp_path):
    assert stored_zip.unpack(archive, tmp_path / "out") == ["a.txt", "results/b"]
    assert (tmp_path / "out/results/b").read_bytes() == CONTENT


def test_bytes_follow_from_the_content_alone(archive, tmp_path):
    os.utime(tmp_path / "file", (0, 0))
    (tmp_path / "file").chmod(0o600)
    stored_zip.write(tmp_path / "b.zip", {"a.txt": b"text", "results/b": tmp_path / "file"})
    assert (tmp_path / "b.zip").read_bytes() == archive.read_bytes()


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum here")
def test_usual_tools_check_an_archive(archive, tmp_path):
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path / "out")
    command = ["sha256sum", "--check", "--quiet", "--strict", stored_zip.LIST]
    assert subprocess.run(command, cwd=tmp_path / "out").returncode == 0


@pytest.mark.slow
def test_a_file_of_gigabytes_passes_in_pieces(tmp_path):
    """More than a zip of the old kind holds, on a disk that need not keep its zeros."""
    with (tmp_path / "big").open("wb") as file:
        file.truncate(2**31 + 5)
    added = []

    class Counting(zipfile.ZipFile):
        def open(self, *arguments, **named):
            stream = super().open(*arguments, **named)
            write = stream.write
            stream.write = lambda block: (added.append(len(block)), write(b""))[0]
            return stream

    content = tmp_path / "big"
    with Counting(tmp_path / "a.zip", "w") as file:
        stored_zip._add(file, "big", content)
    assert max(added) <= stored_zip.BLOCK and sum(added) == 2**31 + 5


NAMES = [
    "../out", "/etc/out", "a/../../out", "a//b", "./a", "", "a\\..\\b", "C:a", "a\nb", "a/",
    "\x1b[2J",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    refused(hostile(tmp_path / "a.zip", entry("fine"), entry(name)), tmp_path / "out")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ([entry("a", LINK)], "no plain file"),
        ([entry("a", FOLDER)], "no plain file"),
        ([entry("a", create_system=0)], "no plain file"),
        ([entry("a", compress_type=zipfile.ZIP_DEFLATED)], "compressed"),
        ([entry("a", compress_type=zipfile.ZIP_BZIP2)], "compressed"),
        ([entry("a"), entry("a")], "twice"),
        ([entry("a"), entry("A")], "twice"),
        ([entry("\u00e9"), entry("e\u0301")], "twice"),
        ([entry("a"), entry("a/b")], "a file and a folder"),
    ],
)
def test_what_is_no_plain_member_of_its_own_is_refused(tmp_path, made, words):
    assert words in refused(hostile(tmp_path / "a.zip", *made), tmp_path / "out")


def test_a_compressed_bomb_writes_nothing(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(entry("a", compress_type=zipfile.ZIP_DEFLATED), b"\0" * 2**24)
    assert "is compressed" in refused(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_members_that_share_their_bytes_are_refused(tmp_path):
    """Many entries of one place: a bomb that needs no compression."""
    path = hostile(tmp_path / "a.zip", entry("a"))
    with zipfile.ZipFile(path, "a") as file:
        for i in range(9):
            twin = entry(f"b{i}", file_size=len(CONTENT), compress_size=len(CONTENT))
            twin.header_offset, twin.CRC = 0, file.getinfo("a").CRC
            file.filelist.append(twin)
            file.NameToInfo[twin.filename] = twin
        file._didModify = True
    assert "more than its own size" in refused(path, tmp_path / "out")


def test_an_archive_without_its_list_or_beside_it_is_refused(archive, tmp_path):
    path = hostile(tmp_path / "b.zip", entry("a"), listed=False)
    assert stored_zip.LIST in refused(path, tmp_path / "out")
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr(entry("extra"), CONTENT)
    assert "'extra' is not in its list" in refused(archive, tmp_path / "out")


def test_a_member_that_is_gone_or_changed_is_named(archive, tmp_path):
    lost = tmp_path / "lost.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(lost, "w") as new:
        for one in old.infolist():
            if one.filename != "results/b":
                new.writestr(one, old.read(one))
    assert "'results/b' is in its list and is not there" in refused(lost, tmp_path / "out")
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(changed, "w") as new:
        for one in old.infolist():
            new.writestr(one, b"other" if one.filename == "results/b" else old.read(one))
    assert "'results/b' was changed" in refused(changed, tmp_path / "out2")


def test_every_flipped_byte_and_every_cut_is_one_line_or_harmless(archive, tmp_path):
    """On a date nothing depends; the content that comes out is always the one packed."""
    whole, path = archive.read_bytes(), tmp_path / "b.zip"
    for i in range(0, len(whole), 11):
        for text in (whole[:i] + bytes([whole[i] ^ 0x41]) + whole[i + 1 :], whole[:i]):
            path.write_bytes(text)
            try:
                assert stored_zip.unpack(path, tmp_path / "out") == ["a.txt", "results/b"]
                assert (tmp_path / "out/results/b").read_bytes() == CONTENT
            except ArtifactError as error:
                assert "\n" not in str(error)
            shutil.rmtree(tmp_path / "out", ignore_errors=True)


def test_what_is_no_zip_or_not_there_is_one_line(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"text")
    assert "no zip archive" in refused(tmp_path / "a.zip", tmp_path / "out")
    assert "does not exist" in refused(tmp_path / "b.zip", tmp_path / "out")


def test_a_name_that_no_archive_may_have_is_not_packed(tmp_path):
    with pytest.raises(ArtifactError, match="rename the file"):
        stored_zip.write(tmp_path / "a.zip", {"a:b": b""})
    assert not (tmp_path / "a.zip").exists()
