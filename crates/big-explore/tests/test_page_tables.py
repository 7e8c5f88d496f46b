"""The page of a table in a real browser: its audit, refits behind dragged reports, other rules."""

import contextlib
import json
import math
import subprocess
import time

import pytest
from pages import PROGRAM, ROOT, Page, Server

playwright = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    spec = folder / "spec.json"
    people = [
        {"theta": [x, 0.1], "pairs": 300, "name": f"p{k}"}
        for k, x in enumerate([-0.6, 0.1, 0.8])
    ]
    spec.write_text(json.dumps({"influencers": people, "seed": 1}))
    table = folder / "labels.parquet"
    subprocess.run(
        [PROGRAM, "prefs", "simulate", spec, "-o", table],
        check=True,
        capture_output=True,
    )
    return table


@pytest.fixture(scope="module")
def tabled(labels):
    started = Server(labels)
    yield started
    started.close()


REFITTED = "document.querySelector('#verdict').textContent.includes('A refit of all labels lands at')"


def test_a_report_is_answered_as_the_audit_answers(tabled, labels):
    audit = json.loads(tabled.ask("/api/audit", "{}")[1])["audit"]
    told = subprocess.run(
        [PROGRAM, "prefs", "audit", labels, "--json"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert json.loads(told)["annotators"] == audit["annotators"]
    for row in audit["annotators"]:
        asked = {"annotator": row["annotator"], "report": row["worst_report"]}
        status, answer = tabled.ask("/api/refit", json.dumps(asked))
        assert status == 200
        found = json.loads(answer)
        assert found["moved"] == pytest.approx(row["refit_reach"], rel=1e-5)
        first = math.dist(found["first_order"], audit["theta"])
        assert first == pytest.approx(row["reach"], rel=1e-8)
        assert found["from_first_order"] == pytest.approx(
            math.dist(found["first_order"], found["refitted"])
        )
        status, answer = tabled.ask("/api/slope", json.dumps({**asked, "along": [1]}))
        slope = json.loads(answer)
        assert slope["at"] == pytest.approx(found["first_order"])
        assert len(slope["along"]) == 1
    who = audit["annotators"][0]["annotator"]
    for wrong, why in [
        ({"annotator": "nobody", "report": [0, 0]}, "no annotator"),
        ({"annotator": who, "report": [0]}, "2 numbers"),
    ]:
        status, answer = tabled.ask("/api/refit", json.dumps(wrong))
        assert status == 422
        assert why in json.loads(answer)["message"]
    wrong = {"annotator": who, "report": [0, 0], "along": [2]}
    assert tabled.ask("/api/slope", json.dumps(wrong))[0] == 422
    wrong = {"by": "another", "annotator": who, "report": [0, 0]}
    assert tabled.ask("/api/refit", json.dumps(wrong))[0] == 404


def test_a_dragged_report_is_refitted_behind(tabled, browser):
    page = Page(browser, tabled.url)
    page.page.wait_for_selector("#report", timeout=60_000)
    page.until(REFITTED)
    before = page.verdict()
    asked = len([url for url in page.requests if "refit" in url and "api" in url])
    page.page.focus("#report")
    for _ in range(5):
        page.page.keyboard.press("ArrowRight")
    # The first order is there at once; nothing is said of a refit of what is not reported any more.
    assert "(to first order)" in page.verdict()
    assert "Refitting" in page.verdict()
    assert page.page.locator("#refitted").count() == 0
    page.until(REFITTED)
    assert page.verdict() != before
    assert page.page.locator("#refitted").count() == 1
    again = len([url for url in page.requests if "refit" in url and "api" in url])
    # Five keys are one question.
    assert again == asked + 1
    # A drag by hand.
    box = page.page.locator("#report").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    for k in range(20):
        page.page.mouse.move(x - 4 * k, y + k)
    assert "Refitting" in page.verdict()
    page.page.mouse.up()
    page.until(REFITTED)
    page.page.get_by_role("button", name="p2", exact=True).click()
    page.until(REFITTED)
    assert page.verdict().startswith("If p2 reported")
    page.close()


def test_a_refit_that_fails_is_said_and_a_late_one_is_not_shown(tabled, browser):
    page = Page(browser, tabled.url)
    page.page.wait_for_selector("#report", timeout=60_000)
    page.until(REFITTED)
    held = []
    # The first answer comes late, the second fails.
    page.page.route("**/api/refit", lambda route: held.append(route))
    page.page.focus("#report")
    page.page.keyboard.press("ArrowRight")
    end = time.monotonic() + 10
    while not held and time.monotonic() < end:
        page.page.wait_for_timeout(20)
    page.page.keyboard.press("ArrowRight")
    while len(held) < 2 and time.monotonic() < end:
        page.page.wait_for_timeout(20)
    late = (
        '{"moved": 9, "from_first_order": 9, "first_order": [9, 9], "refitted": [9, 9]}'
    )
    # The page may have given it up already.
    with contextlib.suppress(playwright.Error):
        held[0].fulfill(status=200, content_type="application/json", body=late)
    page.page.wait_for_timeout(100)
    assert "Refitting" in page.verdict()
    held[1].fulfill(status=504, body="it took too long\n")
    page.until(
        "document.querySelector('#verdict').textContent.includes('There is no refit: it took too long.')"
    )
    assert "(to first order)" in page.verdict()
    page.close(clean=False)


def test_other_rules_of_a_table(tabled, browser, labels):
    page = Page(browser, tabled.url)
    page.page.wait_for_selector("#report", timeout=60_000)
    assert not [url for url in page.requests if "mechanism" in url]
    page.page.get_by_role("button", name="Measure the rules").click()
    page.until(
        "document.querySelector('#audit .rules [role=status]').textContent.includes('4 rules measured')",
        timeout=90,
    )
    told = json.loads(
        subprocess.run(
            [PROGRAM, "prefs", "mechanisms", labels, "--json"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
    rows = page.page.locator("#audit .rules tbody tr")
    for k, rule in enumerate(told["mechanisms"]):
        text = rows.nth(k).inner_text()
        assert rule["name"].replace("_", " ") in text
        who = rule["largest_gain"]["influencer"]
        assert (told["names"][who] if who is not None else "none found") in text
    assert page.page.locator("#stage .rule").count() > 0
    page.close()


@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_audit_is_accessible_and_fits(tabled, browser, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = Page(browser, tabled.url, color_scheme=scheme)
    page.page.set_viewport_size({"width": width, "height": 850})
    page.page.wait_for_selector("#report", timeout=60_000)
    page.until(REFITTED)
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page.page)
    wrong = [
        (v["id"], [n["target"] for n in v["nodes"]][:3])
        for v in found.response["violations"]
    ]
    assert wrong == []
    # Nothing of a rule is out of sight.
    box = page.page.locator("#audit .rules .scroll")
    assert box.evaluate("b => b.scrollWidth <= b.clientWidth")
    page.close()


def test_an_audit_of_real_people(browser):
    started = Server(ROOT / "examples" / "real-data" / "tournesol-sample.csv")
    try:
        page = Page(browser, started.url)
        page.until(REFITTED, timeout=120)
        page.close()
    finally:
        started.close()
