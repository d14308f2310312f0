"""A small source tree to generate histories from, made of anchors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.demolinux.choice import BY_HAND
from tests.demolinux.places import BUILT, UNBUILT

FILES_PER_AREA = 6
CODE = """\
int work{number}(struct thing *p)
{{
	if (p == NULL)
		return -ENOMEM;
	return (p->x);
}}
"""


def anchors() -> dict[str, str]:
    """The least text that every change by hand can be made to, one after the other.

    The culprits have theirs at other places than all else, so that any of them fits.
    """
    base: dict[str, str] = {}
    now: dict[str, str] = {}
    for edit in (edit for change in BY_HAND for edit in change.edits):
        if edit.old not in now.get(edit.path, ""):
            base[edit.path] = base.get(edit.path, "") + edit.old + "\n"
            now[edit.path] = now.get(edit.path, "") + edit.old + "\n"
        now[edit.path] = now[edit.path].replace(edit.old, edit.new)
    return base


def places() -> dict[str, str]:
    """Files with a place for a small change in every area."""
    texts = {}
    for folder in BUILT:
        names = [f"part{number}" for number in range(FILES_PER_AREA)]
        objects = " \\\n\t".join(f"{name}.o" for name in names)
        texts[f"{folder}/Makefile"] = f"obj-y := {objects}\nobj-$(CONFIG_MORE) += more.o\n"
        texts |= {f"{folder}/{name}.c": CODE.format(number=name[4:]) for name in (*names, "more9")}
    for prefix in UNBUILT:
        for number in range(FILES_PER_AREA):
            if prefix == "Documentation/":
                texts[f"{prefix}guide{number}.rst"] = "Read the the source.\n"
            else:
                texts[f"{prefix}driver{number}.c"] = CODE.format(number=number)
    return texts


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A source tree with every anchor, a script, and a link; not enough to build."""
    tree = tmp_path / "small"
    texts = {
        **places(),
        **anchors(),
        "Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 99\nEXTRAVERSION =\n",
        "scripts/run": "#!/bin/sh\n",
    }
    for path, text in texts.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    (tree / "scripts/run").chmod(0o755)
    (tree / "scripts/walk").symlink_to("run")
    return tree
