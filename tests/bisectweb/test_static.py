"""Browsers keep css and scripts: their names change with their content."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bisectweb.serving import collected

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
# Asks for a page and for the css that it names, as a web server with these variables answers.
ASK = """
import django; django.setup()
from django.test import Client
client = Client(headers={"host": "localhost"})
page = client.get("/").text
style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
answer = client.get(style, headers={"accept-encoding": "gzip"})
print(style, answer.status_code, answer["Cache-Control"], answer["Content-Encoding"])
"""


def test_a_served_page_names_css_that_is_kept_for_ever_and_comes_packed(data: Path) -> None:
    variables = {**os.environ, "BISECTWEB_DATA": str(data), "BISECTWEB_DATABASE": ""}
    variables["DJANGO_SETTINGS_MODULE"] = "bisectweb.settings"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASK],
        cwd=ROOT,
        env=collected(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    said = re.fullmatch(r"/static/app\.[0-9a-f]{12}\.css 200 (.*) gzip\n", done.stdout)
    assert said, done.stdout + done.stderr
    assert "immutable" in said[1]
