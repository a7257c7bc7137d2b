"""What is fetched is the owners' file, however often the way there is interrupted."""

import hashlib
import http.server
import threading

import pytest

from beyond_blur import cli
from beyond_blur.cli import fetching as verb
from beyond_blur.config import ConfigError
from beyond_blur.config.published_sets import PUBLISHED, PublishedFile, PublishedSet
from beyond_blur.data.by_hand import PAGES
from beyond_blur.data.fetching import fetch_file, fetch_set

CONTENT = bytes(range(256)) * 9000
FILE = PublishedFile("a.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


class Server(http.server.BaseHTTPRequestHandler):
    """Answers as its server's ``behaviour`` says; notes what it was asked."""

    def do_GET(self):
        kind, start = self.server.behaviour, 0
        self.server.asked.append((self.path, self.headers.get("Range")))
        body = b"<html>log in</html>" if kind == "portal" else CONTENT
        if kind == "other":
            body = bytes(len(CONTENT))
        if kind == "missing":
            self.send_error(404)
            return
        if kind != "no ranges" and (asked := self.headers.get("Range")):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        self.wfile.write(body[start : len(body) // 2 if kind == "stops" else len(body)])

    def log_message(self, *_):
        pass


@pytest.fixture
def serve(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    servers = []

    def start(behaviour):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        server.behaviour, server.asked = behaviour, []
        server.address = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_mirrors_are_tried_in_order_until_one_has_the_owners_file(tmp_path, serve):
    servers = [serve(kind) for kind in ("missing", "portal", "other", "whole", "whole")]
    lines = []
    fetch_file(FILE, tmp_path / "a.bin", [one.address for one in servers], lines.append)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert [len(one.asked) for one in servers] == [1, 1, 1, 1, 0]
    for words, line in zip(
        ("404", "sends 19 bytes", "another checksum", "complete"), lines, strict=True
    ):
        assert words in line
    assert [file.name for file in tmp_path.iterdir()] == ["a.bin"]


def test_a_fetch_goes_on_where_the_one_before_stopped(tmp_path, serve):
    stops, whole = serve("stops"), serve("whole")
    with pytest.raises(ConfigError, match=r"it stopped .* before the end"):
        fetch_file(FILE, tmp_path / "a.bin", [stops.address], print)
    assert (tmp_path / "a.bin.part").stat().st_size == len(CONTENT) // 2
    fetch_file(FILE, tmp_path / "a.bin", [whole.address], print)
    assert whole.asked == [("/a.bin", f"bytes={len(CONTENT) // 2}-")]
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("kind", ["whole", "no ranges"])
def test_a_wrong_beginning_is_fetched_anew(tmp_path, serve, kind):
    server = serve(kind)
    (tmp_path / "a.bin.part").write_bytes(b"x" * 100)
    fetch_file(FILE, tmp_path / "a.bin", [server.address], print)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_what_nobody_gives_is_one_line_that_says_which_file_to_put_where(tmp_path, serve):
    address = serve("other").address
    with pytest.raises(ConfigError) as refused:
        fetch_file(FILE, tmp_path / "a.bin", [address, "http://127.0.0.1:1/"], print)
    for words in ("another checksum", "127.0.0.1:1", f"{FILE.size:,} bytes", FILE.sha256,
                  f"put it into {tmp_path} by hand", "https_proxy"):  # fmt: skip
        assert words in str(refused.value)
    assert "\n" not in str(refused.value) and list(tmp_path.iterdir()) == []


def test_the_verb_says_size_and_licence_first_and_fetches_nothing_twice(
    tmp_path, serve, capsys, monkeypatch
):
    server = serve("whole")
    made = PublishedSet("A set", "MIT", "idx", (FILE,), (), {"path": ""})
    monkeypatch.setitem(verb.PUBLISHED, "mnist", made)
    call = ["fetch", "mnist", "--to", str(tmp_path / "to"), "--mirror", server.address]
    cli.main(call)
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("A set: 1 file, 2.3 MB, into ") and said[1] == "licence: MIT"
    cli.main(call)
    assert "complete" in capsys.readouterr().out and len(server.asked) == 1


def test_a_damaged_file_under_the_right_name_is_fetched_again(tmp_path, serve):
    (tmp_path / "a.bin").write_bytes(bytes(len(CONTENT)))
    made = PublishedSet("A set", "MIT", "idx", (FILE,), (serve("whole").address,), {"path": ""})
    fetch_set(made, tmp_path, print)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("name", PAGES)
def test_sets_that_need_a_hand_have_a_page_with_all_that_is_to_know(name, capsys):
    cli.main(["fetch", name])
    page = capsys.readouterr().out
    for word in ("where", "what", "licence", "checks", "config"):
        assert f"\n  {word} " in page


def test_every_published_file_has_a_checksum_and_an_address():
    for one in PUBLISHED.values():
        assert one.addresses and one.licence
        for file in (*one.files, *one.others):
            assert len(file.sha256) == 64 and file.size > 0
