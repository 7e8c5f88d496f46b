"""A server and a browser for the tests of the page."""

import pytest
from pages import CHROMIUM, Hand, Page, Server, link

playwright = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def server():
    started = Server()
    yield started
    started.close()


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture
def opened(server, browser):
    page = Page(browser, server.url)
    yield page
    page.close()


@pytest.fixture
def hand(browser, server):
    opened = []

    def at(game=None, **how):
        url = server.url if game is None else link(server, game)
        opened.append(Hand(browser, url, **how))
        return opened[-1]

    yield at
    for one in opened:
        one.held.context.close()
