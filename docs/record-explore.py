"""Records docs/explore.webp: twenty seconds of the page, driven as by a hand.

    pip install playwright pillow
    BIG_PROGRAM=target/release/big python docs/record-explore.py

Needs Chromium. Frames are pictures of the page while it is used; nothing is drawn by this script but the pointer.
"""

import io
import json
import sys
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "crates" / "big-explore" / "tests"))

from pages import CHROMIUM, Page, Server

FRAMES_A_SECOND = 8
SECONDS = 20
SIZE = (1080, 680)
LARGEST = 1_500_000


class Film:
    def __init__(self, page):
        self.page, self.frames, self.at = page, [], (540, 340)

    def frame(self, times=1):
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        x, y = self.at
        arrow = [(x, y), (x, y + 17), (x + 4, y + 13), (x + 11, y + 12)]
        ImageDraw.Draw(picture).polygon(arrow, fill="white", outline="black")
        self.frames += [picture] * times

    def move(self, to, steps=5):
        (x, y), (u, v) = self.at, to
        for k in range(1, steps + 1):
            self.at = (x + (u - x) * k / steps, y + (v - y) * k / steps)
            self.page.mouse.move(*self.at)
            self.page.wait_for_timeout(60)
            self.frame()

    def middle(self, what):
        box = self.page.locator(what).first.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def take(self, what):
        self.move(self.middle(what), 3)
        self.page.mouse.down()

    def drop(self, rest=2):
        self.page.mouse.up()
        self.page.wait_for_timeout(300)
        self.frame(rest)

    def click(self, what, rest=2):
        self.move(self.middle(what), 3)
        self.page.mouse.click(*self.at)
        self.page.wait_for_timeout(400)
        self.frame(rest)

    def save(self, path):
        self.frames = self.frames[: FRAMES_A_SECOND * SECONDS]
        first, *rest = self.frames
        pause = 1000 // FRAMES_A_SECOND
        first.save(
            path,
            save_all=True,
            append_images=rest,
            duration=pause,
            loop=0,
            quality=60,
            method=6,
        )
        assert path.stat().st_size <= LARGEST, path.stat().st_size


def crowd(page):
    n = 10_000
    space = {"type": "box", "lower": -1, "upper": 1}
    people = [
        {
            "weight": 1 / n,
            "target": [(i * 7919 % n) / n - 0.4, (i * 104729 % n) / n - 0.5],
        }
        for i in range(n)
    ]
    page.evaluate(
        """text => {
            const editor = document.querySelector('#editor');
            editor.value = text;
            editor.dispatchEvent(new Event('input'));
        }""",
        json.dumps({"action_space": space, "influencers": people}),
    )
    page.wait_for_timeout(2500)


def main():
    server = Server()
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            opened = Page(browser, server.url)
            page = opened.page
            page.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
            film = Film(page)
            film.frame(6)
            # The moderate moves to the other side, and back: who wins changes.
            film.take("#target-1")
            x, y = film.at
            film.move((x + 190, y), 14)
            film.move((x - 60, y), 14)
            film.drop(4)
            # A debate in the plane.
            page.select_option("#examples", "vaccine-debate")
            page.wait_for_timeout(600)
            film.frame(6)
            film.take("#target-0")
            x, y = film.at
            film.move((x - 120, y + 120), 14)
            film.drop(4)
            film.click("#tab-rules", 2)
            film.move(film.middle("#rules button"), 3)
            page.mouse.click(*film.at)
            for _ in range(10):
                page.wait_for_timeout(150)
                film.frame()
            film.frame(6)
            # A scene: predict, then reveal.
            film.click("#tab-scenes", 1)
            film.click("#scene-1", 5)
            film.take("#guess")
            x, y = film.at
            film.move((x - 130, y), 6)
            film.drop(1)
            film.click("#reveal", 12)
            # Ten thousand.
            film.click("#tab-people", 1)
            crowd(page)
            film.frame(3)
            film.take("#target-2502")
            x, y = film.at
            film.move((x + 80, y - 60), 12)
            film.drop(3)
            film.frame(max(0, FRAMES_A_SECOND * SECONDS - len(film.frames)))
            print(f"{len(film.frames)} frames")
            film.save(ROOT / "docs" / "explore.webp")
            opened.close()
    finally:
        server.close()


main()
