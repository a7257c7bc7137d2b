"""The page in a real browser: it is there within seconds and asks no other machine for anything."""

import os
import shutil
import subprocess
import sys

import pytest

from trained_weights import make_weights

pytest.importorskip("panel")
browsing = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")]


@pytest.fixture
def address(tmp_path):
    """Of a page that is served from a folder with one trained network."""
    make_weights(tmp_path / "results/checkpoints/digits/ihdm/weights.safetensors")
    command = [sys.executable, "-um", "beyond_blur", "play", str(tmp_path), "--no-browser"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as server:
        line = next(line for line in server.stdout if "http://" in line)
        yield line.split()[-1]
        server.terminate()


@pytest.mark.parametrize("width", [400, 1400])
def test_a_picture_is_corrupted_and_a_sample_drawn_in_a_browser(address, width):
    with browsing.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900})
        asked, wrong = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address, wait_until="commit")
        page.locator("img").nth(2).wait_for(timeout=60_000)
        page.get_by_text("draw a sample").click()
        page.get_by_text("network call").wait_for(timeout=60_000)
        browser.close()
    local = ("http://127.0.0.1", "http://localhost", "data:", "blob:")
    assert [url for url in asked if not url.startswith(local)] == [] and wrong == []
