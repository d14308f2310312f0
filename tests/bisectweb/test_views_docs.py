"""The documents, and what every page has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import resolve, reverse
from pytest_django import Settings

from bisectweb.security import POLICY
from bisectweb.views.docs import documents, to_html

ROOT = Path(__file__).parents[2]


@pytest.fixture
def docs(settings: Settings, tmp_path: Path) -> Path:
    settings.BASE_DIR = tmp_path
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "architecture.md").write_text("# How it is built\n\nSee [mail](mail.md#headers).\n")
    (folder / "mail.md").write_text("Mails.\n\n## Headers\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    (tmp_path / "secret.md").write_text("# Secret\n")
    return folder


@pytest.mark.django_db
def test_the_documents_are_listed_by_title(client: Client, docs: Path) -> None:
    html = client.get(reverse("doc-list")).text
    assert '<a href="/docs/architecture/">How it is built</a>' in html
    assert '<a href="/docs/mail/">Mail</a>' in html


@pytest.mark.django_db
def test_a_link_to_a_neighbour_leads_to_its_page(client: Client, docs: Path) -> None:
    html = client.get("/docs/architecture/").text
    assert '<h1 id="how-it-is-built">How it is built</h1>' in html
    assert 'href="/docs/mail/#headers"' in html
    mail = client.get("/docs/mail/").text
    assert '<h2 id="headers">Headers<a ' in mail
    assert '<li><a href="#headers">Headers</a></li>' in mail
    assert "<td>1</td>" in mail


@pytest.mark.django_db
def test_each_document_says_for_whom_and_what_about_it_is(client: Client, docs: Path) -> None:
    (docs / "unheard-of.md").write_text("# New\n\nWhat `this` is. And more.\n")
    html = client.get(reverse("doc-list")).text
    places = [html.index(words) for words in ("Maintainers", "Mails.", "Developers", ">More<")]
    assert places == sorted(places)
    assert "<dd>What this is.</dd>" in html


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.stem)
def test_the_links_of_our_documents_lead_somewhere(path: Path) -> None:
    """In the repository, and on the site, which knows the documents and its own pages only."""
    html, _ = to_html(path.read_text(), frozenset())
    for target in re.findall(r'(?:href|src)="([^":]+)"', html):
        if target.startswith("/"):
            resolve(target)
            continue
        name, _, section = target.partition("#")
        text = (path.parent / name).read_text() if name else path.read_text()
        assert not section or f'id="{section}"' in to_html(text, frozenset())[0], target
        assert not name or documents().get(name.removesuffix(".md")), target


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["absent", "..%2Fsecret", "../secret", "..", ".", "architecture.md", "%2Fetc%2Fpasswd", "a%00"],
)
def test_only_names_of_the_folder_are_documents(client: Client, docs: Path, name: str) -> None:
    response = client.get(f"/docs/{name}/")
    assert response.status_code == 404
    assert "Secret" not in response.text


def test_markdown_cannot_bring_scripts_or_styles() -> None:
    html, _ = to_html(
        '# T\n\n<script>alert(1)</script> <b onclick="x()" style="color:red">b</b>\n\n'
        "[x](javascript:alert(1)) [y](https://kernel.invalid/a.md)\n",
        frozenset(),
    )
    for word in ("script", "onclick", "style"):
        assert word not in html
    assert "https://kernel.invalid/a.md" in html


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [("/", 200), ("/docs/", 200), ("/login/", 200), ("/nothing-here", 404), ("/admin/", 302)],
)
def test_every_page_forbids_scripts_and_styles_that_are_not_ours(
    client: Client, address: str, status: int
) -> None:
    response = client.get(address)
    assert response.status_code == status
    assert response["Content-Security-Policy"] == POLICY
    for forbidden in (" style=", " onclick=", " onload=", "<style", "javascript:", "http://"):
        assert forbidden not in response.text


@pytest.mark.django_db
def test_pages_can_be_asked_for_their_headers_only(client: Client) -> None:
    assert client.head("/").status_code == 200
    assert client.post("/").status_code == 405


@pytest.mark.django_db
def test_errors_are_pages_of_the_same_design(client: Client, member_client: Client) -> None:
    for reader, address, status, words in (
        (client, "/nothing-here", 404, "There is nothing here"),
        (member_client, reverse("message-list"), 403, "You may not do this"),
    ):
        response = reader.get(address)
        assert response.status_code == status
        assert words in response.text
        assert 'class="top"' in response.text


@pytest.mark.django_db
def test_our_own_failure_is_a_page_too(client: Client, docs: Path) -> None:
    client.raise_request_exception = False
    (docs / "broken.md").write_bytes(b"\xff\xfe")
    response = client.get("/docs/broken/")
    assert response.status_code == 500
    assert "Something broke on our side" in response.text


@pytest.mark.django_db
def test_a_member_signs_in_and_out(client: Client, member_client: Client) -> None:
    response = client.post(
        "/login/?next=/bugs/new/",
        {"username": "member", "password": "secret", "next": "/bugs/new/"},
    )
    assert response["Location"] == "/bugs/new/"
    assert "Sign out" in client.get("/").text
    assert client.post("/logout/")["Location"] == "/"
    assert "Sign in" in client.get("/").text


@pytest.mark.django_db
def test_signing_in_does_not_lead_to_another_site(client: Client, member_client: Client) -> None:
    data = {"username": "member", "password": "secret", "next": "https://evil.invalid/"}
    assert client.post("/login/", data)["Location"] == "/"


@pytest.mark.django_db
def test_a_wrong_password_is_told(client: Client) -> None:
    html = client.post("/login/", {"username": "nobody", "password": "wrong"}).text
    assert "Please enter a correct username and password" in html
