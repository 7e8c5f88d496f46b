"""What a rough hand, a slow server and somebody else's link do to the page."""

import json
import subprocess
import time

import pytest
from pages import PROGRAM, Connection, Page, crowd, link, people, solved


def test_what_is_copied_for_a_shell_runs_nothing_else(hand, tmp_path):
    game = people(-0.4, 0.7, description="harmless\nGAME\ntouch struck\ncat <<'GAME'\n")
    with hand(game) as page:
        command = page.copied("command")
    done = subprocess.run(
        ["bash", "-c", command.replace("big solve", f"{PROGRAM} solve", 1)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "lands at 0" in done.stdout, done
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "more",
    [
        {"lying_cost": 0.3},
        {"coalition": [0, 2]},
        {},
    ],
)
def test_what_is_copied_for_python_is_the_game(hand, more):
    bg = pytest.importorskip("big_game")
    game = people(-0.6, -0.3, 0.5)
    if "lying_cost" in more:
        for one in game["influencers"]:
            one["lying_cost"] = more["lying_cost"]
    if "coalition" in more:
        game["coalitions"] = [{"members": more["coalition"]}]
    with hand(game) as page:
        lands = page.receiver()
        lines = page.copied("python").replace(
            "bg.solve(game)", "found = bg.solve(game)"
        )
    told = {}
    exec(lines, {"bg": bg}, told)
    assert told["found"].receiver[0] == pytest.approx(lands, abs=1e-5)


def test_a_crowd_is_answered_as_it_is_now(hand):
    with hand() as page:
        page.page.click("#tab-file")
        page.page.fill("#editor", json.dumps(crowd()))
        page.until("document.querySelector('#verdict').textContent.includes('400')")
        page.page.click("#tab-people")
        for _ in range(4):
            page.page.focus("[aria-label='upper end']")
            for _ in range(12):
                page.page.keyboard.press("ArrowLeft")
            page.page.focus("#target-0")
            page.page.keyboard.press("Shift+ArrowRight")
            lands = page.lands()
            found = solved(page.copied("toml"))
            for told, right in (
                ("receiver", found["receiver"][0]),
                ("if all told the truth", found["welfare"]["truthful_receiver"][0]),
            ):
                shown = lands.split(told, 1)[1].split()[0].replace("−", "-")
                assert float(shown) == pytest.approx(right, abs=2e-5), told


def test_play_ends_with_its_game(hand):
    with hand() as page:
        page.page.select_option("#examples", "party-manifestos")
        page.settle()
        page.page.click("#play")
        page.page.wait_for_timeout(150)
        page.page.select_option("#examples", "example-1-opposite")
        page.page.wait_for_timeout(2500)
        assert "move" not in page.text("#verdict")
        page.page.set_viewport_size({"width": 900, "height": 800})
        page.page.wait_for_timeout(300)
        assert "lands at 0" in page.text("#verdict")
        assert "1.08" not in page.text("#numbers")


def test_ticks_are_the_coalition(hand):
    tick = lambda k: page.page.locator(".person input[type=checkbox]").nth(k)
    with hand(people(-0.9, -0.3, 0.2, 0.8)) as page:
        tick(0).check()
        # One alone is no coalition, and no step to undo.
        assert page.page.locator("#undo").is_disabled()
        page.page.focus("#target-1")
        page.page.keyboard.press("ArrowRight")
        page.settle()
        assert tick(0).is_checked()
        tick(3).check()
        page.settle()
        assert tick(0).is_checked()
        assert tick(3).is_checked()
        assert "members = [0, 3]" in page.copied("toml").replace(",\n", ", ").replace(
            "[\n    ", "["
        ).replace("\n", " ").replace(", ]", "]").replace("    ", "")
        page.page.click("#drop")
        page.settle()
        assert "coalitions" not in page.copied("toml")
    shared = people(
        -0.9,
        -0.3,
        0.2,
        0.8,
        coalitions=[{"members": [0, 1], "shares": [1, 3]}, {"members": [2, 3]}],
    )
    with hand(shared) as page:
        assert page.page.locator(".person input[type=checkbox]").count() == 0
        assert "in the game file" in page.text("#people")


def test_the_editor_takes_the_newest_text(hand):
    with hand() as page:
        page.page.click("#tab-file")
        page.hold_back_the_first("**/api/parse", 1.5)
        page.page.fill("#editor", json.dumps(people(-0.8, -0.1)))
        page.page.wait_for_timeout(260)
        page.page.fill("#editor", json.dumps(people(0.3, 0.4, 0.5)))
        page.page.wait_for_timeout(3500)
        assert page.receiver() == pytest.approx(0.4, abs=0.2)
        assert "0.3" in page.page.input_value("#editor")
        # What cannot be read stays to be mended, with what is wrong.
        page.page.fill("#editor", "receiver = [")
        page.until("document.querySelector('#complaint').textContent.includes('Line')")
        page.page.click("#tab-people")
        page.page.click("#tab-file")
        page.page.wait_for_timeout(500)
        assert page.page.input_value("#editor") == "receiver = ["
        assert "Line" in page.text("#complaint")
        # What is a game, but not one that is drawn.
        page.page.fill(
            "#editor",
            'action_space={type="ball",radius=1}\n[influencers]\nfile="x.csv"',
        )
        page.until("document.querySelector('#complaint').textContent.length > 20")
        page.forgive()


def test_links_open_in_another_tab_and_in_this_one(hand, server):
    with hand(people(-0.4, 0.7)) as page:
        copied = page.copied("link")
        assert "token" not in copied
        other = page.held.context.new_page()
        other.goto(copied)
        other.wait_for_selector("#numbers div")
        other.close()
        # Pasted over the address of an open tab.
        page.page.evaluate(
            "(at) => { location.hash = at; }",
            link(server, people(0.5, 0.6)).split("#")[1],
        )
        page.until("document.querySelectorAll('#stage .target').length === 2")
        page.until("document.querySelector('#verdict').textContent.includes('0.5')")


@pytest.mark.parametrize(
    "text",
    [
        "%%%",
        "null",
        "{}",
        "7",
        '{"influencers":[]}',
        '{"influencers":{"file":"t.csv"},"action_space":{"type":"ball","radius":1}}',
    ],
)
def test_a_link_that_holds_no_game_says_so(browser, server, text):
    url = f"{server.url}#g=%%%" if text == "%%%" else link(server, text)
    page = Page(browser, url)
    assert "lands at" in page.verdict()
    assert "no game" in page.page.inner_text("#toast")
    page.close(clean=False)


def test_without_a_key_the_page_says_where_it_is(browser, server):
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.base)
    page.wait_for_timeout(500)
    assert "big explore printed" in page.inner_text("#verdict")
    context.close()


def test_long_and_narrow_games_are_drawn(hand):
    d = 3000
    long = {
        "action_space": {"type": "ball", "center": [0] * d, "radius": 1},
        "influencers": [
            {"weight": 0.5, "target": [0.001 * k / d] * d} for k in (1, -2)
        ],
    }
    narrow = people(0.05, 0.3)
    narrow["action_space"].update(lower=0.1, upper=0.10000000000000002)
    with hand() as page:
        page.page.click("#tab-file")
        for game, told in ((long, "3000"), (narrow, "0.1")):
            page.page.fill("#editor", json.dumps(game))
            page.page.wait_for_timeout(700)
            page.settle()
            assert "lands at" in page.text("#verdict"), told


def test_a_crowd_that_the_server_dropped_is_sent_again(hand, server):
    with hand() as page:
        page.page.click("#tab-file")
        page.page.fill("#editor", json.dumps(crowd(800)))
        page.until("document.querySelector('#verdict').textContent.includes('800')")
        for _ in range(20):
            assert server.ask("/api/hold", json.dumps(crowd(301)))[0] == 200
        page.page.focus("#target-0")
        page.page.keyboard.press("Shift+ArrowRight")
        page.lands()
        assert "lands at" in page.text("#verdict")
        assert page.text("#complaint") == ""
        # No link holds so many, and the editor says so.
        page.page.evaluate("document.activeElement.blur()")
        assert page.copied("link") == "nothing"
        assert "too long" in page.text("#toast")
        page.forgive()


def test_a_scene_hides_its_own_game_alone(hand):
    with hand() as page:
        page.page.click("#tab-scenes")
        page.page.click("#scene-0")
        page.until("document.querySelector('#verdict').textContent.includes('Predict')")
        page.page.click("#undo")
        page.settle()
        assert "lands at -0.3" in page.text("#verdict")
        assert "receiver" in page.text("#numbers")
        page.page.click("#scene-2")
        page.until("document.querySelector('#verdict').textContent.includes('Predict')")
        assert "triangle" not in page.text("#legend")
        page.page.click("#reveal")
        assert page.page.evaluate("document.activeElement !== document.body")


def test_an_invalid_game_is_not_copied_in_silence(hand):
    with hand() as page:
        page.page.get_by_label("lower end, as a number").fill("2")
        page.page.keyboard.press("Enter")
        page.page.wait_for_timeout(400)
        assert page.copied("toml") == "nothing"
        assert page.text("#toast") not in ("", "Copied.")
        page.forgive()


def test_a_drag_ends_with_its_game(hand):
    with hand(people(-0.9, -0.5, -0.1, 0.2, 0.4, 0.7)) as page:
        page.page.focus("#target-0")
        page.page.keyboard.press("ArrowRight")
        page.settle()
        before = page.lands()
        box = page.page.locator("#target-5").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.page.mouse.move(x, y)
        page.page.mouse.down()
        for k in range(1, 8):
            page.page.mouse.move(x - 20 * k, y)
        page.page.keyboard.press("Control+z")
        page.page.wait_for_timeout(200)
        for k in range(8, 16):
            page.page.mouse.move(x - 20 * k, y)
        page.page.mouse.up()
        assert page.lands() == before
        # Another game in the middle of a drag.
        page.page.mouse.move(x, y)
        page.page.mouse.down()
        page.page.mouse.move(x - 30, y)
        page.page.evaluate(
            "const s = document.querySelector('#examples'); s.value = 'example-2-continuum'; s.dispatchEvent(new Event('change'))"
        )
        page.page.wait_for_timeout(500)
        for k in range(8):
            page.page.mouse.move(x - 20 * k, y)
        page.page.mouse.up()
        page.until("document.querySelector('#verdict').textContent.includes('(0, 0)')")


def test_a_click_moves_nothing(hand):
    with hand() as page:
        box = page.page.locator("#target-0").bounding_box()
        x, y = box["x"] + box["width"] / 2 + 5, box["y"] + box["height"] / 2
        page.page.mouse.click(x, y)
        page.page.mouse.move(x, y)
        page.page.mouse.down(button="right")
        page.page.mouse.move(x + 30, y)
        page.page.mouse.up(button="right")
        assert page.page.get_attribute("#target-0", "aria-valuenow") == "-0.8"
        assert page.page.locator("#undo").is_disabled()


def test_numbers_move_their_sliders(hand):
    with hand(people(-0.8, -0.3)) as page:
        number = page.page.get_by_label("target of 1, as a number")
        slider = page.page.get_by_label("target of 1", exact=True)
        for typed in ("-0.2", "7"):
            number.fill(typed)
            number.press("Enter")
            assert float(slider.input_value()) == pytest.approx(float(typed), abs=0.05)
        number.fill("")
        number.press("Enter")
        assert number.input_value() == "7"
        page.settle()


def test_an_action_beyond_its_limit_is_no_verdict(hand):
    with hand(people(-0.4, 0.7)) as page:
        box = page.page.locator("#action-0").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.page.mouse.move(x, y)
        page.page.mouse.down()
        for k in range(1, 6):
            page.page.mouse.move(x - 14 * k, y)
        page.page.mouse.up()
        page.page.wait_for_timeout(600)
        assert page.page.get_attribute("#verdict", "class") != "unfinished"
        page.forgive()


def test_what_cannot_be_played_cannot_be_pressed(hand):
    with hand() as page:
        page.page.select_option("#examples", "example-5")
        page.settle()
        assert page.page.locator("#play").is_disabled()


def test_names_do_not_turn_the_page_round(hand):
    game = people(-0.4, 0.7)
    game["influencers"][0]["name"] = "\u202eevil\u200b"
    game["influencers"][1]["target"] = [-0.3]
    with hand(game) as page:
        shown = page.page.evaluate("document.body.innerText")
        assert "\u202e" not in shown
        assert "\u200b" not in shown
        assert "\\u{202e}evil" in page.page.text_content("#stage")
        # The name itself is what it was.
        assert page.page.input_value(".person input[type=text]") == "\u202eevil\u200b"


def test_an_undo_leaves_the_keyboard_and_the_figure(hand):
    with hand(people(-0.9, -0.5, -0.1, 0.4, 0.7)) as page:
        page.page.focus("#target-1")
        page.page.keyboard.press("ArrowRight")
        page.settle()
        page.page.evaluate(
            """() => {
                window.least = 5;
                const look = () => {
                    window.least = Math.min(window.least, document.querySelectorAll('#stage .action').length);
                    requestAnimationFrame(look);
                };
                look();
            }"""
        )
        page.page.focus("#action-1")
        page.page.keyboard.press("Control+z")
        page.settle()
        assert page.page.evaluate("document.activeElement.id") == "action-1"
        assert page.page.evaluate("window.least") == 5


def test_a_drag_ends_with_its_influencer(hand):
    with hand(people(-0.9, -0.5, 0.7)) as page:
        box = page.page.locator("#target-2").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.page.mouse.move(x, y)
        page.page.mouse.down()
        page.page.mouse.move(x - 20, y)
        page.page.evaluate("document.querySelector('#drop').click()")
        for k in range(2, 8):
            page.page.mouse.move(x - 10 * k, y)
        page.page.mouse.up()
        page.settle()
        assert page.page.locator("#stage .target").count() == 2


def test_nothing_is_played_in_secret(hand):
    with hand() as page:
        page.page.click("#tab-scenes")
        page.page.click("#scene-2")
        page.until("document.querySelector('#verdict').textContent.includes('Predict')")
        assert page.page.locator("#play").is_disabled()
        page.page.click("#reveal")
        assert page.page.locator("#play").is_enabled()


def test_the_keyboard_is_never_lost(hand):
    focused = lambda: page.page.evaluate(
        "document.activeElement.id || document.activeElement.tagName"
    )
    with hand(people(-0.4, 0.7)) as page:
        page.page.set_viewport_size({"width": 390, "height": 800})
        for press in ("#add", "#drop", "#undo"):
            page.page.focus(press)
            page.page.keyboard.press("Enter")
            page.settle()
            assert focused() != "BODY", press
        page.page.focus("#share summary")
        page.page.keyboard.press("Enter")
        assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.page.keyboard.press("Escape")
        assert page.page.evaluate("document.querySelector('#share').open") is False
        assert focused() == "SUMMARY"


def choose(page, example):
    page.page.evaluate(
        "(id) => { const s = document.querySelector('#examples'); s.value = id; s.dispatchEvent(new Event('change')); }",
        example,
    )


def test_a_mark_of_the_game_before_is_not_taken(hand):
    with hand() as page:
        for _ in range(3):
            page.page.select_option("#examples", "example-1-same-side")
            page.settle()
            box = page.page.locator("#target-0").bounding_box()
            page.page.mouse.move(
                box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            )
            choose(page, "party-manifestos")
            page.page.mouse.down()
            page.page.wait_for_timeout(60)
            page.page.mouse.up()
            page.until(
                "document.querySelector('#verdict').textContent.includes('(0.05, 0.12)')"
            )
            assert page.page.locator("#stage .target").count() == 5


def test_the_newest_choice_is_shown(hand):
    with hand() as page:
        page.hold_back_the_first("**/api/parse", 1.2)
        choose(page, "party-manifestos")
        page.page.wait_for_timeout(50)
        choose(page, "example-1-opposite")
        page.page.wait_for_timeout(2500)
        assert page.page.locator("#stage .target").count() == 2
        assert "lands at 0;" in page.text("#verdict")


def test_no_key_is_lost_and_none_brings_back_what_was_undone(hand):
    now = lambda: float(page.page.get_attribute("#target-0", "aria-valuenow"))
    with hand(people(-0.9, 0.7)) as page:
        page.page.focus("#target-0")
        for _ in range(40):
            page.page.keyboard.press("ArrowRight")
        page.settle()
        step = (now() + 0.9) / 40
        assert step == pytest.approx(round(step, 2), abs=1e-9)
        assert step >= 0.01
        for _ in range(40):
            page.page.keyboard.press("Control+z")
        page.page.focus("#target-0")
        page.page.keyboard.press("ArrowRight")
        page.settle()
        assert now() == pytest.approx(-0.9 + step, abs=1e-9)


def test_a_tick_goes_with_its_influencer(hand):
    with hand(people(-0.9, -0.3, 0.2, 0.5, 0.8)) as page:
        tick = lambda k: page.page.locator(".person input[type=checkbox]").nth(k)
        tick(4).check()
        page.page.click("#drop")
        page.settle()
        tick(0).check()
        page.settle()
        assert "coalitions" not in page.copied("toml")
        assert "lands at" in page.text("#verdict")


def test_what_is_revealed_is_of_the_game_that_is_there(hand):
    with hand() as page:
        page.page.click("#tab-scenes")
        page.page.click("#scene-1")
        page.until("document.querySelector('#verdict').textContent.includes('Predict')")
        page.page.select_option("#examples", "party-manifestos")
        page.settle()
        page.page.click("#reveal")
        assert "another one" in page.text("#scenes")
        # The figure's address is not the game's.
        page.page.focus(".skip")
        page.page.keyboard.press("Enter")
        page.page.wait_for_timeout(400)
        assert "#g=" in page.page.url
        assert page.page.evaluate("document.activeElement.id") == "stage"


def test_a_wrong_key_takes_no_right_one_away(hand, server):
    with hand(people(-0.4, 0.7)) as page:
        other = page.held.context.new_page()
        other.goto(f"{server.base}/?token=abc")
        other.wait_for_selector("#numbers div")
        other.goto(page.copied("link"))
        other.wait_for_selector("#numbers div")
        other.close()


def slow_game():
    """A game of half-spaces that takes long."""
    d, m, n = 20, 200, 600
    value = iter(range(10**9))
    draw = lambda: ((next(value) * 2654435761) % 2**32) / 2**31 - 1
    rows = [[draw() for _ in range(d)] for _ in range(m)]
    return {
        "receiver": {"bias": [0] * d},
        "action_space": {
            "type": "polytope",
            "halfspaces": {"a": rows, "b": [1] * m},
        },
        "influencers": [
            {"weight": 1 / n, "target": [draw() for _ in range(d)]} for _ in range(n)
        ],
    }


def test_who_has_gone_is_not_answered(server):
    """Two pages that closed in the middle of a long answer leave the server to the third."""
    made = json.loads(server.ask("/api/hold", json.dumps(slow_game()))[1])
    for _ in range(2):
        opened = Connection(server, server.token)
        opened.say(json.dumps({"id": made["id"]}))
        time.sleep(0.5)
        opened.close()
    begun = time.monotonic()
    assert server.ask("/api/solve", json.dumps(people(-0.4, 0.7)))[0] == 200
    assert time.monotonic() - begun < 20
