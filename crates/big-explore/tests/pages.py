"""The server and its page in a browser, as tests, measurements and recordings use them."""

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import sysconfig
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlparse

CHROMIUM = shutil.which("chromium")
PROGRAM = os.environ.get("BIG_PROGRAM") or os.path.join(
    sysconfig.get_path("scripts"), "big"
)
ROOT = Path(__file__).resolve().parents[3]


class Server:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [PROGRAM, "explore", *map(str, arguments), "--no-browser"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.url = self.process.stdout.readline().strip()
        self.token = parse_qs(urlparse(self.url).query)["token"][0]
        self.base = self.url.split("/?")[0]

    def ask(self, path, body=None, **headers):
        request = urllib.request.Request(
            self.base + path, data=None if body is None else body.encode()
        )
        for name, value in {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            **headers,
        }.items():
            if value is not None:
                request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def close(self):
        self.process.terminate()
        self.process.communicate(timeout=10)


class Connection:
    """An open connection, as a page has one: the handshake, and masked frames."""

    def __init__(self, server, token, **headers):
        host = server.base.removeprefix("http://")
        self.socket = socket.create_connection(host.split(":"), timeout=30)
        said = {
            "Host": host,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Protocol": f"big, {token}",
            **headers,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        self.socket.sendall(f"GET /api/live HTTP/1.1\r\n{lines}\r\n".encode())
        self.read = self.socket.makefile("rb")
        self.status = int(self.read.readline().split()[1])
        while self.status == 101 and self.read.readline().strip():
            pass

    def say(self, text):
        body = text.encode()
        length = bytes([0xFF]) + struct.pack(">Q", len(body))
        # A mask of zeros changes nothing.
        self.socket.sendall(bytes([0x81]) + length + bytes(4) + body)

    def ask(self, text):
        self.say(text)
        head = self.read.read(2)
        if len(head) < 2 or head[0] & 15 == 8:
            return None
        size = head[1]
        if size == 126:
            (size,) = struct.unpack(">H", self.read.read(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self.read.read(8))
        body = self.read.read(size)
        return body if head[0] & 15 == 2 else json.loads(body)

    def close(self):
        self.read.close()
        self.socket.close()


class Page:
    """A page whose console, errors and requests are written down."""

    def __init__(self, browser, url, **how):
        self.context = browser.new_context(
            viewport={"width": 1200, "height": 900}, **how
        )
        self.page = self.context.new_page()
        self.said, self.requests = [], []
        self.page.on(
            "console",
            lambda m: (
                self.said.append(m.text) if m.type in ("error", "warning") else None
            ),
        )
        self.page.on("pageerror", lambda e: self.said.append(str(e)))
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.goto(url)
        self.settle()

    def until(self, true, timeout=30):
        """Waits for an expression: the page's own policy forbids the driver to wait inside it."""
        end = time.monotonic() + timeout
        while not self.page.evaluate(true):
            assert time.monotonic() < end, true
            self.page.wait_for_timeout(40)

    def settle(self):
        self.until(
            "document.body.dataset.settled && document.querySelector('#verdict').textContent.length > 3"
        )
        self.page.wait_for_timeout(150)

    def verdict(self):
        return self.page.inner_text("#verdict")

    def close(self, clean=True):
        if clean:
            assert self.said == []
        base = self.page.url.split("/?")[0]
        assert all(url.startswith((base, "data:", "blob:")) for url in self.requests), (
            self.requests
        )
        self.context.close()


LINE = {
    "receiver": {"bias": [0]},
    "action_space": {"type": "box", "lower": -1, "upper": 1},
}


def people(*targets, **more):
    n = len(targets)
    return {
        **LINE,
        "influencers": [{"weight": 1 / n, "target": [t]} for t in targets],
        **more,
    }


def link(server, game):
    text = game if isinstance(game, str) else json.dumps(game)
    coded = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"{server.url}#g={coded}"


def crowd(n=400):
    return {
        **LINE,
        "influencers": [
            {"weight": 1 / n, "target": [round(((i * 7919) % n) / n * 2 - 1, 4)]}
            for i in range(n)
        ],
    }


def solved(text):
    run = subprocess.run(
        [PROGRAM, "solve", "-", "--json"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(run.stdout)


class Hand:
    """A page with a clipboard."""

    def __init__(self, browser, url, **how):
        self.held = Page(browser, url, **how)
        self.page = self.held.page
        self.held.context.grant_permissions(["clipboard-read", "clipboard-write"])

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.held.close(clean=kind is None)

    def text(self, selector):
        return self.page.inner_text(selector)

    def until(self, true, timeout=30):
        self.held.until(true, timeout)

    def settle(self):
        self.held.settle()

    def copied(self, what):
        self.page.evaluate("navigator.clipboard.writeText('nothing')")
        self.page.click("#share summary")
        self.page.click(f"[data-copy={what}]")
        self.page.wait_for_timeout(300)
        return self.page.evaluate("navigator.clipboard.readText()")

    def hold_back_the_first(self, questions, seconds):
        """The first of these questions is asked later than the next."""
        late = []

        def slow(route):
            if not late:
                late.append(True)
                time.sleep(seconds)
            route.continue_()

        self.page.route(questions, slow)

    def lands(self):
        """What the page says, once it says the same for a while."""
        before = None
        for _ in range(60):
            now = self.text("#numbers").split("answered in")[0]
            if now == before and "receiver" in now:
                return now
            before = now
            self.page.wait_for_timeout(150)
        raise AssertionError(before)

    def receiver(self):
        told = self.lands().split("receiver")[1].split()[0]
        return float(told.replace("−", "-"))

    def forgive(self):
        """A refused request is a line on the console."""
        self.held.said[:] = [s for s in self.held.said if "Failed to load" not in s]
