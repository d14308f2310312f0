"""A person with a browser that knows forms and cookies, and nothing else."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Person:
    """Speaks HTTP to a served site."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.cookies = CookieJar()
        self.browser = build_opener(HTTPCookieProcessor(self.cookies))
        self.address = site

    def get(self, path: str) -> str:
        with self.browser.open(self.site + path, timeout=30) as answer:
            self.address = answer.geturl()
            text: str = answer.read().decode()
            return text

    def json(self, path: str) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.get(path))
        return facts

    def post(self, page: str, path: str, **fields: Any) -> str:
        """Fill in the form of `page` that goes to `path`, with what is hidden in it."""
        html = self.get(page)
        form = re.search(rf'<form[^>]*action="{re.escape(path)}".*?</form>', html, re.DOTALL)
        hidden = dict(HIDDEN.findall(form[0] if form else html))
        assert "csrfmiddlewaretoken" in hidden, f"no form on {page}"
        data = urlencode(hidden | fields).encode()
        with self.browser.open(self.site + path, data, timeout=30) as answer:
            self.address = answer.geturl()
            text: str = answer.read().decode()
            return text

    def sign_in(self, name: str, password: str) -> None:
        self.post("/login/", "/login/", username=name, password=password)


def until(seen: Callable[[], Any], seconds: float, what: str) -> Any:
    """Look again and again until `seen` gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := seen():
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")
