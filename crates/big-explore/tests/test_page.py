"""The page in a real browser: drags, keys, the address, errors, accessibility, frames; and who may not ask it anything."""

import json
import struct
import subprocess
import threading
import time
import urllib.request

import pytest
from pages import PROGRAM, Connection, Page

pytestmark = pytest.mark.filterwarnings("default")

GAME = {
    "action_space": {"type": "box", "lower": -1, "upper": 1},
    "influencers": [
        {"weight": 0.5, "target": [-0.8]},
        {"weight": 0.5, "target": [-0.3]},
    ],
}


def test_the_questions_are_the_programs(server, tmp_path):
    status, answer = server.ask("/api/solve", json.dumps(GAME))
    path = tmp_path / "game.json"
    path.write_text(json.dumps(GAME))
    told = subprocess.run(
        [PROGRAM, "solve", path, "--json"], capture_output=True, text=True, check=True
    ).stdout
    assert status == 200
    assert json.loads(answer) == json.loads(told)
    status, answer = server.ask("/api/dynamics", json.dumps({"game": GAME}))
    told = subprocess.run(
        [PROGRAM, "dynamics", path, "--json"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert json.loads(answer)["steps"] == json.loads(told)["steps"]
    status, answer = server.ask(
        "/api/dynamics", json.dumps({"game": GAME, "start": [[1], [1]]})
    )
    assert json.loads(answer)["start"] == [[1.0], [1.0]]


def test_what_is_wrong_is_422_with_the_place(server):
    status, answer = server.ask("/api/solve", '{"influencers": []}')
    assert status == 422
    assert "at least one influencer" in json.loads(answer)["message"]
    status, answer = server.ask(
        "/api/parse",
        '[action_space]\ntype = "box"\nlower = 1\nupper = -1\n[[influencers]]\nweight = 1\ntarget = [0]\n',
    )
    assert status == 422
    assert json.loads(answer)["line"] >= 1
    for body in [
        "",
        "nonsense",
        '{"a": 1}',
        "[" * 10000,
        '{"influencers": [{"weight": 1e400, "target": [0]}]}',
    ]:
        assert server.ask("/api/solve", body)[0] == 422
        assert server.ask("/api/hold", body)[0] == 422
    assert server.ask("/api/held/99", "{}")[0] == 404
    assert server.ask("/api/audit", "{}")[0] == 422
    assert server.ask("/nowhere")[0] == 404
    assert server.ask("/api/solve", "x" * (65 << 20))[0] == 413


def test_nobody_else_is_answered(server):
    body = json.dumps(GAME)
    assert server.ask("/api/solve", body, Host="evil.example")[0] == 403
    assert server.ask("/", Host="evil.example:80")[0] == 403
    assert server.ask("/api/solve", body, Origin="http://evil.example")[0] == 403
    assert server.ask("/api/solve", body, Origin="null")[0] == 403
    assert server.ask("/api/solve", body, Authorization=None)[0] == 401
    assert server.ask("/api/solve", body, Authorization="Bearer " + "0" * 32)[0] == 401
    assert server.ask("/api/solve", body, Origin=server.base)[0] == 200
    port = server.base.rsplit(":", 1)[1]
    assert server.ask("/api/solve", body, Host=f"localhost:{port}")[0] == 200


def test_an_open_connection_answers_as_requests_do(server):
    game = {
        **GAME,
        "influencers": [{"weight": 0.01, "target": [i / 50 - 1]} for i in range(100)],
    }
    made = json.loads(server.ask("/api/hold", json.dumps(game))[1])
    for token, headers, status in [
        ("0" * 32, {}, 401),
        (server.token, {"Origin": "http://evil.example"}, 403),
        (server.token, {"Host": "evil.example"}, 403),
        (server.token, {"Origin": server.base}, 101),
    ]:
        opened = Connection(server, token, **headers)
        assert opened.status == status, (token, headers)
        opened.close()
    opened = Connection(server, server.token)
    moves = {"targets": [[7, [0.25]]]}
    numbers = opened.ask(json.dumps({"id": made["id"], **moves}))
    told = struct.unpack(f"<{len(numbers) // 8}d", numbers)
    asked = ask(server, made["id"], moves)
    # But for how long it took, and the answer's own number.
    assert told[:8] + told[10:] == asked[:8] + asked[10:]
    for wrong in (
        "{",
        "[]",
        '{"id": 7}' * 2,
        json.dumps({"id": 10**9}),
        json.dumps({"id": made["id"], "targets": [[100, [0]]]}),
        json.dumps({"id": made["id"], "weights": [[0, "x"]]}),
    ):
        assert opened.ask(wrong)["message"], wrong
    assert opened.ask(json.dumps({"id": made["id"]})) is not None
    # What is too long ends this connection, and nothing else.
    try:
        assert opened.ask("x" * (2 << 20)) is None
    except OSError:
        pass
    opened.close()
    assert server.ask("/api/solve", json.dumps(GAME))[0] == 200


def test_a_page_whose_connection_is_cut_asks_by_requests(server, browser):
    page = Page(browser, server.url)
    opened = []
    page.page.route_web_socket(
        "**/api/live", lambda route: (opened.append(route), route.close())
    )
    page.page.goto(server.url)
    page.settle()
    many = [{"weight": 1e-3, "target": [i / 500 - 1]} for i in range(1000)]
    page.page.click("#tab-file")
    page.page.fill("#editor", json.dumps({**GAME, "influencers": many}))
    page.until("document.querySelector('#verdict').textContent.includes('1000')", 60)
    before = page.verdict()
    page.page.focus("#stage .target")
    for _ in range(3):
        page.page.keyboard.press("Shift+ArrowRight")
    page.settle()
    assert opened
    assert "lands at" in page.verdict()
    assert page.page.inner_text("#complaint") == ""
    assert before
    page.close()


def test_a_large_game_moves_as_numbers(server):
    n = 10_000
    game = {
        "action_space": {"type": "box", "lower": -1, "upper": 1},
        "influencers": [
            {
                "weight": 1 / n,
                "target": [((i * 7919) % n) / n - 0.4, ((i * 104729) % n) / n - 0.5],
            }
            for i in range(n)
        ],
    }
    status, held = server.ask("/api/hold", json.dumps(game))
    assert status == 200
    made = json.loads(held)
    assert (made["n"], made["d"]) == (n, 2)
    game["influencers"][5]["target"] = [0.9, 0.9]
    told = json.loads(server.ask("/api/solve", json.dumps(game))[1])
    v = ask(server, made["id"], {"targets": [[5, [0.9, 0.9]]]})
    assert v[:3] == (2.0, 2.0, float(n))
    winners, number, told_of = int(v[7]), v[9], v[10]
    assert list(v[11:13]) == pytest.approx(told["receiver"], abs=1e-12)
    assert told_of == n
    at = 15 + winners
    actions = [list(v[at + 2 * i : at + 2 * i + 2]) for i in range(n)]
    assert len(v) == at + 2 * n
    rows = told["influencers"]
    assert all(
        actions[i] == pytest.approx(rows[i]["action"], abs=1e-9)
        for i in range(0, n, 97)
    )
    # The next answer says only what is not as in that one; to who has another, everything.
    moves = {"targets": [[5, [0.9, 0.9]], [40, [-0.8, 0.7]]]}
    everything = ask(server, made["id"], moves)
    again = ask(server, made["id"], {**moves, "since": int(everything[9])})
    assert again[10] == 0
    moves = {"targets": [[5, [0.9, -0.9]]]}
    changes = ask(server, made["id"], {**moves, "since": int(again[9])})
    assert 0 < changes[10] < 100
    at = 15 + int(changes[7])
    before = 15 + int(everything[7])
    assert len(changes) == at + 3 * int(changes[10])
    actions = list(everything[before:])
    for k in range(int(changes[10])):
        i = int(changes[at + 3 * k])
        actions[2 * i : 2 * i + 2] = changes[at + 3 * k + 1 : at + 3 * k + 3]
    everything = ask(server, made["id"], {**moves, "since": int(number) + 10**6})
    assert actions == list(everything[15 + int(everything[7]) :])


def ask(server, game, moves):
    """The numbers of a game that is held, after moves."""
    request = urllib.request.Request(
        f"{server.base}/api/held/{game}",
        data=json.dumps(moves).encode(),
        headers={
            "Authorization": f"Bearer {server.token}",
            "Content-Type": "application/json",
        },
    )
    body = urllib.request.urlopen(request).read()
    return struct.unpack(f"<{len(body) // 8}d", body)


def test_dragging_a_target_moves_the_answer(opened):
    page = opened.page
    assert "lands at -0.3" in opened.verdict()
    mark = page.locator("#target-1")
    box = mark.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for k in range(30):
        page.mouse.move(x + 6 * k, y)
    page.mouse.up()
    opened.settle()
    assert "lands at -0.3;" not in opened.verdict()
    moved = json.loads(
        page.evaluate(
            "atob(location.hash.slice(3).replaceAll('-', '+').replaceAll('_', '/'))"
        )
    )
    assert moved["influencers"][1]["target"][0] > -0.3
    # Undo takes the whole drag back, redo does it again.
    page.click("#undo")
    opened.settle()
    assert "lands at -0.3" in opened.verdict()
    page.click("#redo")
    opened.settle()
    assert "lands at -0.3;" not in opened.verdict()


def test_keys_do_what_hands_do(opened):
    page = opened.page
    page.focus("#target-1")
    before = float(page.get_attribute("#target-1", "aria-valuenow"))
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(60)
    opened.settle()
    assert float(page.get_attribute("#target-1", "aria-valuenow")) > before
    assert page.evaluate("document.activeElement.id") == "target-1"
    page.keyboard.press("Control+z")
    opened.settle()
    page.focus("#tab-people")
    page.keyboard.press("ArrowRight")
    assert page.locator("#file").is_visible()


def test_sliders_the_editor_and_its_errors(opened):
    page = opened.page
    page.get_by_label("upper end", exact=True).fill("0.5")
    opened.settle()
    assert "by pretending" in opened.verdict() or "lands at" in opened.verdict()
    page.click("#tab-file")
    opened.until("document.querySelector('#editor').value.includes('[[influencers]]')")
    page.fill(
        "#editor",
        '[action_space]\ntype = "ball"\nradius = -2\n\n[[influencers]]\nweight = 1\ntarget = [0.5, 0]\n',
    )
    opened.until("document.querySelector('#complaint').textContent.includes('Line')")
    page.fill(
        "#editor",
        '[action_space]\ntype = "ball"\nradius = 1\n\n[[influencers]]\nweight = 1\ntarget = [0.5, 0]\n',
    )
    opened.until("document.querySelector('#verdict').textContent.includes('(0.5, 0)')")
    assert page.inner_text("#complaint") == ""
    opened.said.clear()  # A refused request is a line on the console.


def test_the_address_holds_the_game(server, browser, opened):
    opened.page.focus("#target-0")
    opened.page.keyboard.press("ArrowRight")
    opened.page.wait_for_timeout(600)
    address = opened.page.url
    assert "#g=" in address
    again = Page(browser, address)
    assert again.verdict() == opened.verdict()
    again.close()


@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits(server, browser, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = Page(browser, server.url, color_scheme=scheme)
    page.page.set_viewport_size({"width": width, "height": 850})
    page.page.wait_for_timeout(200)
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for tab in ("tab-people", "tab-file", "tab-scenes", "tab-rules"):
        page.page.click(f"#{tab}")
        page.page.wait_for_timeout(100)
        found = Axe().run(page.page)
        wrong = [
            (v["id"], [n["target"] for n in v["nodes"]][:3])
            for v in found.response["violations"]
        ]
        assert wrong == []
    page.close()


def test_every_game_of_the_catalogue_is_drawn(opened):
    page = opened.page
    ids = page.eval_on_selector_all("#examples option", "all => all.map(o => o.value)")
    assert len(ids) >= 16
    for one in ids:
        page.select_option("#examples", one)
        page.wait_for_timeout(250)
        opened.settle()
        assert page.locator("#stage .target").count() > 0, one
        assert page.inner_text("#complaint") == "", one


def test_games_that_are_not_drawn_are_said_to_be_solved(server):
    game = '{"action_space": {"type": "box", "lower": -1, "upper": 1}, "influencers": [{"weight": 1, "types": [{"probability": 1, "target": [0]}]}]}'
    status, said = server.ask("/api/parse", game)
    assert status == 422
    assert "private targets" in said
    # The program's answer is there all the same.
    status, said = server.ask("/api/solve", game)
    assert status == 200
    assert json.loads(said)["solution_concept"] == "bayesian_nash"


def test_best_responses_are_played(opened):
    page = opened.page
    page.click("#play")
    opened.until("document.querySelector('#verdict').textContent.includes('Converged')")


def waits_while_playing(page):
    """How often the page waits before it shows the next move."""
    page.page.evaluate(
        """() => {
            window.waits = 0;
            const before = window.setTimeout;
            window.setTimeout = (then, after, ...rest) => {
                if (after >= 40) window.waits += 1;
                return before(then, after, ...rest);
            };
        }"""
    )
    page.page.click("#play")
    page.until("document.querySelector('#verdict').textContent.includes('Converged')")
    return page.page.evaluate("window.waits")


def test_who_wants_no_motion_sees_the_end_at_once(server, browser):
    waits = []
    for wish in ("no-preference", "reduce"):
        page = Page(browser, server.url, reduced_motion=wish)
        page.page.select_option("#examples", "party-manifestos")
        page.settle()
        waits.append(waits_while_playing(page))
        assert page.said == []
        page.close()
    assert waits[0] > waits[1]


def test_tabs_do_not_disturb_each_other(server, browser):
    first, second = (Page(browser, server.url) for _ in range(2))
    before = second.verdict()
    second.page.select_option("#examples", "party-manifestos")
    second.settle()
    other = second.verdict()
    assert other != before
    # One moves a target while the other plays.
    second.page.click("#play")
    first.page.focus("#target-1")
    for _ in range(5):
        first.page.keyboard.press("Shift+ArrowRight")
    first.settle()
    moved = first.verdict()
    assert moved != before
    second.until("document.querySelector('#verdict').textContent.includes('Converged')")
    assert first.verdict() == moved
    first.close()
    losses = "document.querySelector('#numbers').innerText.split('answered in')[0]"
    told = second.page.evaluate(losses)
    second.page.focus("#target-0")
    second.page.keyboard.press("Shift+ArrowLeft")
    second.until(f"{losses} !== {json.dumps(told)}")
    assert second.said == []
    second.close()


def test_five_scenes(opened):
    page = opened.page
    page.click("#tab-scenes")
    for k in range(5):
        page.click(f"#scene-{k}")
        opened.settle()
        assert page.locator("#stage .action").count() == 0
        if page.locator("#guess").count():
            page.focus("#guess")
            page.keyboard.press("Shift+ArrowLeft")
        page.click("#reveal")
        page.wait_for_timeout(100)
        assert page.locator("#stage .action").count() > 0
        assert len(page.inner_text("#scenes")) > 200


def test_rules_side_by_side(opened, tmp_path):
    page = opened.page
    # Nothing is measured before somebody asks.
    assert not [url for url in opened.requests if "mechanism" in url]
    page.click("#tab-rules")
    page.get_by_role("button", name="Measure the rules").click()
    opened.until(
        "document.querySelector('#rules [role=status]').textContent.includes('10 rules measured')"
    )
    game = json.loads(
        page.evaluate(
            "atob(location.hash.slice(3).replaceAll('-', '+').replaceAll('_', '/'))"
        )
    )
    path = tmp_path / "game.json"
    path.write_text(json.dumps(game))
    told = json.loads(
        subprocess.run(
            [PROGRAM, "mechanisms", path, "--json"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    rows = page.locator("#rules tbody tr")
    assert rows.count() == len(told["mechanisms"]) == 10
    for k, rule in enumerate(told["mechanisms"]):
        text = rows.nth(k).inner_text()
        assert rule["name"].replace("_", " ") in text
        proof = {"proved": "proved", "no": "no", "unknown": "not known"}
        assert proof[rule["strategyproof"]] in text
    letters = page.eval_on_selector_all(
        "#stage .ruled", "all => all.map(t => t.textContent).join(' ')"
    )
    assert sorted(letters.split()) == list("ABCDEFGHIJ")
    # Beside the figure as a table, on a phone as cards: nothing is out of sight.
    for width in (1200, 1000, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(100)
        assert page.evaluate(
            "(() => { const box = document.querySelector('#rules .scroll'); return box.scrollWidth <= box.clientWidth; })()"
        ), width
    page.set_viewport_size({"width": 1200, "height": 900})
    page.wait_for_timeout(100)
    # They can be taken out of the figure, and go when the game is another one.
    page.get_by_label("outcomes in the figure").uncheck()
    assert page.locator("#stage .rule").count() == 0
    page.get_by_label("outcomes in the figure").check()
    assert page.locator("#stage .rule").count() > 0
    page.focus("#target-0")
    page.keyboard.press("ArrowRight")
    opened.settle()
    assert page.locator("#stage .rule").count() == 0
    assert "measure again" in page.inner_text("#rules [role=status]")


def test_what_rules_are_not_for_is_said_once(opened):
    page = opened.page
    page.click("#tab-file")
    page.fill(
        "#editor",
        '[action_space]\ntype = "box"\nlower = -1\nupper = 1\n\n[[influencers]]\nweight = -0.5\ntarget = [0.5]\n',
    )
    page.wait_for_timeout(400)
    opened.settle()
    page.click("#tab-rules")
    page.get_by_role("button", name="Measure the rules").click()
    opened.until(
        "document.querySelector('#rules [role=status]').textContent.includes('weights that are numbers')"
    )
    assert page.locator("#rules td:not([colspan])").count() == 0
    opened.said.clear()  # A refused request is a line on the console.


def test_the_answer_does_not_wait_for_rules(server):
    """While rules of a large game are measured, a small one is answered."""
    n = 3000
    game = {
        "action_space": {"type": "ball", "radius": 1},
        "influencers": [
            {"weight": 1 / n, "target": [((i * 7919) % n) / n, ((i * 31) % n) / n, 0]}
            for i in range(n)
        ],
    }
    body = json.dumps({"game": game, "rule": "krum"})
    slow = threading.Thread(target=server.ask, args=("/api/mechanism", body))
    slow.start()
    try:
        for _ in range(5):
            begun = time.monotonic()
            assert server.ask("/api/solve", json.dumps(GAME))[0] == 200
            assert time.monotonic() - begun < 5
    finally:
        slow.join()


def test_copies_are_the_game(opened, tmp_path):
    page = opened.page
    texts = page.evaluate(
        """async () => {
            const { asText } = await import('/copy.js');
            const game = { action_space: { type: 'ball', radius: 1 }, influencers: [{ weight: '1/3', target: [0.2, 0.1] }, { weight: 0.5, target: [1, -1] }] };
            return [await asText('toml', game), await asText('command', game), await asText('python', game)];
        }"""
    )
    (tmp_path / "g.toml").write_text(texts[0])
    told = subprocess.run(
        [PROGRAM, "solve", tmp_path / "g.toml", "--json"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    line = texts[1].replace("big solve -", f"{PROGRAM} solve - --json", 1)
    assert json.loads(
        subprocess.run(
            ["bash", "-c", line], capture_output=True, text=True, check=True
        ).stdout
    ) == json.loads(told)
    space = {}
    exec(texts[2].replace("bg.solve(game)\n", "found = bg.solve(game)\n"), space)
    assert space["found"].to_dict()["receiver"] == json.loads(told)["receiver"]


def test_sixty_frames_while_dragging_ten_thousand(server, browser):
    page = Page(browser, server.url)
    page.page.evaluate(
        """() => {
            const n = 10000;
            const game = { action_space: { type: 'box', lower: -1, upper: 1 }, influencers: [] };
            for (let i = 0; i < n; i += 1) game.influencers.push({ weight: 1 / n, target: [((i * 7919) % n) / n - 0.4, ((i * 104729) % n) / n - 0.5] });
            document.querySelector('#tab-file').click();
            const editor = document.querySelector('#editor');
            editor.value = JSON.stringify(game);
            editor.dispatchEvent(new Event('input'));
        }"""
    )
    page.until(
        "document.querySelector('#verdict').textContent.includes('10000')",
        timeout=60,
    )
    page.settle()
    box = page.page.locator("#stage .target").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.evaluate(
        "() => { window.frames_ = []; const tick = (t) => { window.frames_.push(t); requestAnimationFrame(tick); }; requestAnimationFrame(tick); }"
    )
    for k in range(60):
        page.page.mouse.move(x + 2 * k, y + k)
        page.page.wait_for_timeout(16)
    page.page.mouse.up()
    frames = page.page.evaluate("window.frames_")
    gaps = sorted(b - a for a, b in zip(frames, frames[1:], strict=False))
    took = page.page.inner_text("#numbers").split("answered in")[-1]
    print(
        f"median frame {gaps[len(gaps) // 2]:.1f} ms, 95 % {gaps[int(0.95 * len(gaps))]:.1f} ms; answered in {took.strip()}"
    )
    # A machine that does other things at the same time is slower; what is measured alone is in BENCHMARKS.md.
    assert gaps[len(gaps) // 2] < 100
    page.close()


def test_a_port_that_is_taken_is_said(server):
    port = server.base.rsplit(":", 1)[1]
    done = subprocess.run(
        [PROGRAM, "explore", "--port", port, "--no-browser"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 2
    assert port in done.stderr
