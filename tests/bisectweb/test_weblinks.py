"""Places in a report are links to the tree's files at the tested commit, and nothing else is."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from bisectweb.templatetags.bisect import visible
from bisectweb.weblinks import WebTree, is_reachable, linked, validate_web_url, web_tree

SHA = "0123456789abcdef0123456789abcdef01234567"
CGIT = "https://git.kernel.org/pub/linux.git/tree/{path}?id={sha}#n{line}"
GITHUB = "https://github.com/torvalds/linux/blob/{sha}/{path}#L{line}"
WEB = WebTree(CGIT, SHA)


@pytest.mark.parametrize(
    ("address", "is_so"),
    [
        ("https://bisect.kernel.invalid", True),
        ("https://bisect.kernel.invalid:8443/sub", True),
        ("http://8.8.8.8", True),
        ("http://localhost:8000", False),
        ("http://web.localhost", False),
        ("http://lab-machine", False),
        ("http://0.0.0.0:8000", False),
        ("http://127.0.0.1:8000", False),
        ("http://192.168.1.7", False),
        ("http://[::1]:8000", False),
        ("", False),
    ],
)
def test_an_address_for_everybody_is_told_from_one_of_a_room(address: str, is_so: bool) -> None:
    assert is_reachable(address) == is_so


@pytest.mark.parametrize(
    "pattern",
    [
        CGIT,
        GITHUB,
        "http://[::1]:8080/{sha}/{path}",
        "https://x.invalid/-/blob/{sha}/{path}#L{line}",
    ],
)
def test_an_address_with_its_words_is_taken(pattern: str) -> None:
    validate_web_url(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "javascript:alert(1)//{path}{sha}",
        "ftp://x.invalid/{sha}/{path}",
        "//x.invalid/{sha}/{path}",
        "https:///{sha}/{path}",
        "https://{sha}.invalid/{path}/{sha}",
        "https://user@x.invalid/{path}/{sha}",
        "https://x.invalid/{path}",
        "https://x.invalid/{sha}",
        "https://x.invalid/{sha}/{path}/{branch}",
        "https://x.invalid/{sha}/{path}/{",
        'https://x.invalid/{sha}/{path}"><script>',
        "https://x.invalid/{sha}/{path} x",
        "https://x.invalid/{sha}/{path}\n",
    ],
)
def test_what_is_no_such_address_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        validate_web_url(pattern)


def test_only_a_full_commit_name_has_an_address() -> None:
    assert web_tree(CGIT, SHA) == WEB
    for sha in ("v6.12", SHA[:12], f"{SHA}\n", ""):
        assert web_tree(CGIT, sha) is None
    assert web_tree("", SHA) is None


def test_a_frame_is_a_link_to_its_line() -> None:
    html = linked(" foo+0x1/0x2 fs/a.c:12\n list_add include/l.h:3 [inline]", WEB, visible)
    assert html == (
        ' foo+0x1/0x2 <a href="https://git.kernel.org/pub/linux.git/tree/fs/a.c'
        f'?id={SHA}#n12" rel="nofollow noreferrer">fs/a.c:12</a>\n list_add '
        '<a href="https://git.kernel.org/pub/linux.git/tree/include/l.h'
        f'?id={SHA}#n3" rel="nofollow noreferrer">include/l.h:3</a> [inline]'
    )
    assert linked(" foo fs/a.c:12 <b>", None, visible) == " foo fs/a.c:12 &lt;b&gt;"


def test_a_long_way_to_say_a_path_leads_to_the_short_one() -> None:
    html = linked("arch/x86/kvm/../../../virt/kvm/kvm_main.c:9", WEB, visible)
    assert "/tree/virt/kvm/kvm_main.c?" in html
    assert ">arch/x86/kvm/../../../virt/kvm/kvm_main.c:9</a>" in html


class Links(HTMLParser):
    """What a browser makes of a page: its text, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "a"
        assert [name for name, _ in attrs] == ["href", "rel"]
        self.addresses.append(attrs[0][1] or "")

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text() | st.text("<>&\"'./:-ac1h\n {}%?#", max_size=60))
def test_any_text_stays_text_and_leads_nowhere_else(text: str) -> None:
    page = Links()
    page.feed(linked(text + " <b fs/a.c:1", WEB, visible))
    page.close()
    assert page.text == visible(text + " <b fs/a.c:1").replace("\r\n", "\n")
    for address in page.addresses:
        parts = urlsplit(address)
        assert (parts.scheme, parts.netloc, parts.query) == (
            "https",
            "git.kernel.org",
            f"id={SHA}",
        )
        assert re.fullmatch(r"/pub/linux\.git/tree/[\w./-]+", parts.path)
        assert ".." not in parts.path.split("/")
