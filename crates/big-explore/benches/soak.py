"""The explorer's server under load and fault: careful askers, and everybody else at the same time.

    BIG_PROGRAM=target/release/big python crates/big-explore/benches/soak.py [MINUTES] [SEED]

Askers ask questions that were answered before the load, and must get the same bytes. Beside them others cut their requests off, read
an answer a byte at a time, ask for minutes of work and leave, send noise, come without the token, drag over open connections and break
these, or fall silent in mid-sentence. Afterwards the server must answer as before, with the files that it had open. Exit 1 where it does
not.
"""

import json
import os
import random
import socket
import struct
import sys
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from pages import Connection, Server

QUESTIONS = 40


def game(dice, influencers):
    d = dice.choice([1, 2, 3])
    sets = [
        {"type": "box", "lower": -1, "upper": 1},
        {"type": "ball", "center": [0.0] * d, "radius": 1},
        {"type": "l1_ball", "center": [0.0] * d, "radius": 1},
    ]
    return json.dumps(
        {
            "action_space": dice.choice(sets),
            "influencers": [
                {"weight": round(dice.uniform(0.1, 1), 3), "target": [round(dice.uniform(-2, 2), 3) for _ in range(d)]}
                for _ in range(influencers)
            ],
        }
    )


class Load:
    def __init__(self, server, seed, until):
        self.server, self.seed, self.until = server, seed, until
        self.host, port = server.base.removeprefix("http://").split(":")
        self.port = int(port)
        self.endings, self.waits, self.wrong = Counter(), [], []
        self.lock = threading.Lock()
        dice = random.Random(seed)
        self.known = []
        for _ in range(QUESTIONS):
            text = game(dice, dice.choice([2, 3, 10, 100]))
            self.known.append((text, self.asked(text)))
        self.large = game(dice, 100_000)

    def asked(self, text):
        status, answer = self.server.ask("/api/solve", text)
        assert status == 200, (status, answer[:200])
        answer = json.loads(answer)
        # How long it took is no part of the answer.
        return json.dumps({key: value for key, value in answer.items() if key not in ("timing", "milliseconds")}, sort_keys=True)

    def count(self, kind, ending):
        with self.lock:
            self.endings[kind, ending] += 1

    def open(self):
        return socket.create_connection((self.host, self.port), timeout=30)

    def head(self, path, length, token=None, method="POST"):
        return (
            f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAuthorization: Bearer {token or self.server.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        ).encode()

    # Everybody does one thing; how it ended is counted.

    def asker(self, dice):
        text, known = dice.choice(self.known)
        begun = time.monotonic()
        answer = self.asked(text)
        with self.lock:
            self.waits.append(time.monotonic() - begun)
            if answer != known:
                self.wrong.append(text)
        return "the same bytes" if answer == known else "OTHER BYTES"

    def cutter(self, dice):
        text = dice.choice(self.known)[0].encode()
        with self.open() as stream:
            request = self.head("/api/solve", len(text)) + text
            stream.sendall(request[: dice.randrange(len(request))])
            if dice.random() < 0.5:
                # Reset instead of a farewell.
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return "cut off"

    def slow_reader(self, dice):
        text = self.large.encode()
        with self.open() as stream:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stream.sendall(self.head("/api/solve", len(text)) + text)
            for _ in range(dice.randrange(2, 20)):
                if not stream.recv(1):
                    return "closed by the server"
                time.sleep(0.1)
        return "left"

    def deserter(self, dice):
        text = json.dumps({"game": json.loads(self.large), "max_rounds": 10**9})
        with self.open() as stream:
            stream.sendall(self.head(dice.choice(["/api/dynamics", "/api/mechanism", "/api/solve"]), len(text)) + text.encode())
            time.sleep(dice.uniform(0, 0.5))
        return "left"

    def noise(self, dice):
        with self.open() as stream:
            stream.sendall(dice.randbytes(dice.randrange(1, 5000)))
            stream.shutdown(socket.SHUT_WR)
            stream.settimeout(10)
            while stream.recv(4096):
                pass
        return "closed"

    def stranger(self, dice):
        with self.open() as stream:
            stream.sendall(self.head("/api/start", 0, token="0" * 32, method="GET"))
            status = stream.recv(64).split()[1].decode()
        return status

    def changed(self, dice):
        text = bytearray(dice.choice(self.known)[0].encode())
        for _ in range(dice.randrange(1, 6)):
            text[dice.randrange(len(text))] = dice.randrange(256)
        with self.open() as stream:
            stream.sendall(
                self.head(dice.choice(["/api/solve", "/api/parse", "/api/toml", "/api/dynamics", "/api/hold"]), len(text)) + text
            )
            status = stream.recv(64).split()[1].decode()
        return status

    def dragger(self, dice):
        status, held = self.server.ask("/api/hold", dice.choice(self.known)[0])
        if status != 200:
            return str(status)
        held = json.loads(held)
        connection = Connection(self.server, self.server.token)
        try:
            for _ in range(dice.randrange(1, 30)):
                connection.say(json.dumps({"id": held["id"], "targets": [[0, [dice.uniform(-1, 1)] * held["d"]]]}))
            if dice.random() < 0.5:
                connection.socket.sendall(dice.randbytes(50))
        finally:
            connection.socket.close()
        return "broken off"

    def silent(self, dice):
        text = dice.choice(self.known)[0].encode()
        with self.open() as stream:
            stream.sendall(self.head("/api/solve", len(text) + 100) + text)
            time.sleep(dice.uniform(1, 5))
        return "fell silent"

    def run(self, kind, number):
        dice = random.Random(f"{self.seed}-{kind}-{number}")
        while time.monotonic() < self.until:
            try:
                self.count(kind, getattr(self, kind)(dice))
            except (OSError, IndexError, AssertionError) as error:
                self.count(kind, f"{type(error).__name__}")


PEOPLE = {
    "asker": 4,
    "cutter": 2,
    "slow_reader": 4,
    "deserter": 2,
    "noise": 2,
    "stranger": 1,
    "changed": 2,
    "dragger": 3,
    "silent": 8,
}


def held(process):
    """Open files, threads, megabytes at the moment and at most."""
    root = Path(f"/proc/{process.pid}")
    status = dict(line.split(":", 1) for line in (root / "status").read_text().splitlines())
    megabytes = [int(status[key].split()[0]) // 1024 for key in ("VmRSS", "VmHWM")]
    return len(os.listdir(root / "fd")), int(status["Threads"]), *megabytes


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 5
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    server = Server()
    try:
        load = Load(server, seed, time.monotonic() + 60 * minutes)
        before = held(server.process)
        threads = [
            threading.Thread(target=load.run, args=(kind, number)) for kind, count in PEOPLE.items() for number in range(count)
        ]
        for thread in threads:
            thread.start()
        grown = []
        for part in range(1, 11):
            time.sleep(max(0, load.until - 6 * minutes * (10 - part) - time.monotonic()))
            grown.append(held(server.process)[2])
        for thread in threads:
            thread.join()
        # Work that was left ends by itself.
        for _ in range(90):
            after = held(server.process)
            if after[0] <= before[0] + 2:
                break
            time.sleep(1)
        alive = server.process.poll() is None
        same = alive and all(load.asked(text) == known for text, known in load.known)
    finally:
        server.close()
    for (kind, ending), count in sorted(load.endings.items()):
        print(f"{kind:12} {ending:24} {count}")
    waits = sorted(load.waits)
    if waits:
        median, late, most = (round(1000 * waits[min(len(waits) - 1, int(share * len(waits)))]) for share in (0.5, 0.99, 1))
        print(f"askers waited {median} ms (median), {late} ms (99 %), {most} ms (most)")
    print("files, threads, megabytes now and at most: before", before, "after", after)
    print("megabytes after each tenth of the time:", *grown)
    left = after[0] > before[0] + 2
    if not same or load.wrong or left:
        sys.exit(f"alive and the same answers: {same}; other bytes: {len(load.wrong)}; files left open: {left}")
    print("the server answers as before")


main()
