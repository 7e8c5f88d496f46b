"""From the hand to the screen: how long after a target of ten thousand is moved its certified answer is painted.

    BIG_PROGRAM=target/release/big python crates/big-explore/benches/drag.py [ROUNDS]

Chromium is driven by Playwright. Every move of the pointer counts from the time that the browser says it came in to the frame that
shows the answer to it (or to a later one), handed over for display.
"""

import json
import random
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from pages import CHROMIUM, Page, Server

N = 10_000
MOVES = 120

GAME = (
    """(dim) => {
    const n = %d;
    const game = { action_space: { type: 'box', lower: -1, upper: 1 }, influencers: [] };
    for (let i = 0; i < n; i += 1) {
        const target = [((i * 7919) %% n) / n - 0.4, ((i * 104729) %% n) / n - 0.5].slice(0, dim);
        game.influencers.push({ weight: 1 / n, target });
    }
    document.querySelector('#tab-file').click();
    const editor = document.querySelector('#editor');
    editor.value = JSON.stringify(game);
    editor.dispatchEvent(new Event('input'));
    document.querySelector('#tab-people').click();
}"""
    % N
)

LISTEN = """() => {
    const heard = { waiting: [], took: [], server: [], frames: [], draws: 0 };
    window.heard = heard;
    document.addEventListener('pointerrawupdate', (event) => heard.waiting.push(event.timeStamp), true);
    const behind = new MessageChannel();
    const shown = [];
    // A message that is sent while a frame is made comes when it is done.
    behind.port1.onmessage = () => {
        const now = performance.now();
        for (const input of shown.splice(0)) heard.took.push(now - input);
    };
    document.addEventListener('drawn', (event) => {
        const { input, milliseconds, took } = event.detail;
        heard.draws += 1;
        heard.server.push([milliseconds, took]);
        while (heard.waiting.length && heard.waiting[0] <= input) shown.push(heard.waiting.shift());
        behind.port2.postMessage(0);
    });
    let last = 0;
    const tick = (now) => {
        if (last) heard.frames.push(now - last);
        last = now;
        requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
}"""


def share(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def dragged(browser, server, dim):
    page = Page(browser, server.url)
    page.page.evaluate(GAME, dim)
    page.until(f"document.querySelector('#verdict').textContent.includes('{N}')", 60)
    page.settle()
    box = page.page.locator("#stage .target").nth(3).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.evaluate(LISTEN)
    pause = random.Random(1)
    for k in range(MOVES):
        page.page.mouse.move(x + k % 60, y + (k % 40 if dim == 2 else 0))
        # A hand does not move in step with the screen: at even pauses every move would meet its frames at the same place.
        page.page.wait_for_timeout(pause.uniform(5, 25))
    page.page.wait_for_timeout(200)
    heard = page.page.evaluate("window.heard")
    page.page.mouse.up()
    page.close()
    assert heard["took"], "nothing was painted"
    return {
        "dimensions": dim,
        "moves": len(heard["took"]),
        "input to paint, median ms": round(share(heard["took"], 0.5), 1),
        "95 %": round(share(heard["took"], 0.95), 1),
        "solved in": round(share([s for s, _ in heard["server"]], 0.5), 2),
        "answered in": round(share([t for _, t in heard["server"]], 0.5), 1),
        "frame": round(share(heard["frames"], 0.5), 1),
    }


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    server = Server()
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            for _ in range(rounds):
                for dim in (1, 2):
                    print(json.dumps(dragged(browser, server, dim)))
            browser.close()
    finally:
        server.close()


main()
