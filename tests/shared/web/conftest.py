"""Fixtures for pages: a client inside the process, and a real browser before a real server."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.shared.web.serving import serving
from tests.shared.web.styleguide.app import app


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The styleguide on a free port."""
    with serving(app) as at:
        yield at


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """A client of the styleguide, without a browser."""
    with httpx.Client(base_url=address) as plain:
        yield plain


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh page of a desktop's width; relative addresses lead to the styleguide."""
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()
