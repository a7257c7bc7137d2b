"""A file is hashed once for as long as its size and date stay."""

import hashlib
import os

import pytest

from beyond_blur.storage.file_checksums import FileChecksums


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "näme\n"
    path.write_bytes(b"content")
    return path


def test_the_answer_is_the_sha256_and_is_known_to_the_next_process(file, tmp_path):
    wanted = hashlib.sha256(b"content").hexdigest()
    assert FileChecksums(tmp_path / "a/known").checksum(file) == wanted
    date = file.stat().st_mtime_ns
    file.write_bytes(b"unread!")
    os.utime(file, ns=(date, date))
    assert FileChecksums(tmp_path / "a/known").checksum(str(file)) == wanted


def test_another_date_is_looked_at_and_another_content_seen(file, tmp_path):
    known = FileChecksums(tmp_path / "known")
    before = known.checksum(file)
    os.utime(file, (1, 1))
    assert known.checksum(file) == before
    file.write_bytes(b"changed")
    assert known.checksum(file) != before


def test_lines_that_are_not_whole_count_for_nothing(file, tmp_path):
    known = tmp_path / "known"
    before = FileChecksums(known).checksum(file)
    known.write_text('[1, 2\n3\n[1, 2]\n"abcd"\n' + known.read_text()[:-9])
    assert FileChecksums(known).checksum(file) == before
    known.write_bytes(b"\xff")
    assert FileChecksums(known).checksum(file) == before


def test_where_nothing_can_be_kept_the_answer_is_found_each_time(file, tmp_path):
    (tmp_path / "known").mkdir()
    assert len(FileChecksums(tmp_path / "known").checksum(file)) == 64


def test_a_file_that_is_not_there_is_no_answer(tmp_path):
    with pytest.raises(FileNotFoundError):
        FileChecksums(tmp_path / "known").checksum(tmp_path / "none")
