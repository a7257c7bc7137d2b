"""Libraries find another place for their caches where HOME cannot be written."""

import os
import stat

import pytest

from beyond_blur.storage import cache_folders

ALL = ["CUPY_CACHE_DIR", "MPLCONFIGDIR", "TRITON_CACHE_DIR"]


@pytest.fixture
def places(monkeypatch, tmp_path):
    """An environment without any of the variables; a folder for temporary files."""
    for name in (*cache_folders.USUAL, "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "")  # so that what is set meanwhile goes again
        monkeypatch.delenv(name)
    (tmp_path / "tmp").mkdir()
    (tmp_path / "home").mkdir()
    monkeypatch.setattr(cache_folders.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    monkeypatch.setattr(cache_folders.tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr(cache_folders, "_said", set())
    return tmp_path


def named():
    return sorted(name for name in cache_folders.USUAL if name in os.environ)


def test_a_home_that_can_be_written_is_left_alone(places, monkeypatch, caplog):
    monkeypatch.setenv("HOME", str(places / "home"))
    cache_folders.provide()
    assert named() == [] and caplog.messages == []
    assert not list((places / "tmp").iterdir())


@pytest.mark.parametrize("home", ["/proc/nowhere", "/dev/null"])
def test_without_a_home_caches_are_kept_in_a_folder_for_temporary_files_said_once(
    places, monkeypatch, caplog, home
):
    monkeypatch.setenv("HOME", home)
    # Root may write anywhere but where nothing can be.
    monkeypatch.setattr(cache_folders.os, "access", lambda path, mode: False)
    cache_folders.provide()
    assert named() == ALL
    for name in ALL:
        assert os.environ[name].startswith(str(places / "tmp"))
    cache_folders.provide()
    (said,) = caplog.messages
    assert said.startswith("HOME cannot be written: what libraries compile is kept below")


def test_a_place_that_the_user_named_is_kept(places, monkeypatch):
    monkeypatch.setenv("HOME", "/dev/null")
    monkeypatch.setenv("CUPY_CACHE_DIR", "/mine")
    cache_folders.provide()
    assert os.environ["CUPY_CACHE_DIR"] == "/mine"
    assert os.environ["MPLCONFIGDIR"] != "/mine"


def test_a_folder_that_others_could_write_to_is_not_taken(places):
    """What compilers keep is run when it is read."""
    usual = cache_folders.fallback("numba")
    assert stat.S_IMODE(usual.parent.stat().st_mode) == 0o700
    usual.parent.chmod(0o777)
    other = cache_folders.fallback("numba")
    assert other.parent != usual.parent and stat.S_IMODE(other.parent.stat().st_mode) == 0o700
    usual.rmdir()
    usual.parent.rmdir()
    (places / "elsewhere").mkdir()
    usual.parent.symlink_to(places / "elsewhere")
    assert cache_folders.fallback("numba").parent != usual.parent
    assert not list((places / "elsewhere").iterdir())


def test_without_any_folder_there_is_none(places, monkeypatch, caplog):
    monkeypatch.setattr(cache_folders.tempfile, "gettempdir", lambda: "/dev/null")
    monkeypatch.setenv("HOME", "/dev/null")
    assert cache_folders.fallback("numba") is None
    cache_folders.provide()
    assert named() == [] and "is kept nowhere" in caplog.text


def test_a_user_whom_the_system_does_not_know_is_no_error(places, monkeypatch):
    monkeypatch.setenv("HOME", str(places / "home"))
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "")
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR")

    def unknown():
        raise KeyError("uid not found")

    monkeypatch.setattr(cache_folders.getpass, "getuser", unknown)
    cache_folders.provide()
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"].startswith(str(places / "tmp"))
