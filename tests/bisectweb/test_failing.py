"""What people and programs are told when our own side fails."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest
from django.db import OperationalError
from django.test import Client

from bisectweb.failing import is_full_or_busy
from tests.runner.small_disk import on_small_disk

SCRIPT = """
import json, os, shutil, sqlite3, sys
from pathlib import Path
folder, rows, out = map(Path, sys.argv[1:])
shutil.copy(rows, folder)
os.environ |= {"BISECTWEB_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "bisectweb.settings"}
import django
from django.conf import settings
settings.DATABASES["default"]["OPTIONS"]["timeout"] = 0.1
django.setup()
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from bisectweb.models import ApiToken, Bug, Note, Tree
user = User.objects.create_user("one", is_staff=True)
bug = Bug.objects.create(tree=Tree.objects.create(name="x"), title="WARNING in x")
token, secret = ApiToken.issue(user, "x", ["read", "file"], None)
client = Client(raise_request_exception=False, SERVER_NAME="localhost")
client.force_login(user)
text = "x" * 9000

def told(state):
    page = client.post(f"/bugs/{bug.pk}/notes", {"text": text})
    call = client.post(f"/api/v1/bugs/{bug.pk}/notes", json.dumps({"text": text}),
        content_type="application/json", headers={"Authorization": f"Bearer {secret}"})
    return [state, page.status_code, page.text, call.status_code, call.text, Note.objects.count()]

answers = [told("well")]
other = sqlite3.connect(folder / "bisectweb.sqlite3", isolation_level=None)
other.execute("BEGIN IMMEDIATE")
answers.append(told("locked"))
other.close()
try:
    (folder / "filling").write_bytes(bytes(3 << 20))
except OSError:
    pass
answers.append(told("full"))
out.write_text(json.dumps(answers))
raise SystemExit("done")
"""


def test_a_full_disk_and_a_busy_database_are_said_and_nothing_is_saved(
    tmp_path: Path, migrated: Path
) -> None:
    disk, out = tmp_path / "disk", tmp_path / "answers"
    disk.mkdir()
    assert on_small_disk(disk, SCRIPT, migrated, out, size="3m") == "done"
    [well, *unwell] = json.loads(out.read_text())
    assert (well[1], well[3], well[5]) == (302, 201, 2)
    assert [one[0] for one in unwell] == ["locked", "full"]
    for _, page_status, page, call_status, call, notes in unwell:
        assert (page_status, call_status, notes) == (503, 503, 2)
        assert "Nothing was saved of what you sent" in page
        assert json.loads(call)["error"].startswith("Nothing was saved: the disk is full")


@pytest.mark.parametrize(
    ("error", "is_said"),
    [
        (OperationalError("database or disk is full"), True),
        (OperationalError("database is locked"), True),
        (OperationalError('could not extend file "base/1/2": No space left on device'), True),
        (OperationalError("no such table: bisectweb_bug"), False),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.ENOENT, "No such file or directory"), False),
        (ValueError("the list is full"), False),
        (None, False),
    ],
)
def test_what_a_person_can_help_with_is_told_from_our_own_mistakes(
    error: BaseException | None, is_said: bool
) -> None:
    assert is_full_or_busy(error) == is_said


@pytest.mark.django_db
def test_a_call_that_is_made_the_wrong_way_is_refused_in_json(client: Client) -> None:
    answer = client.delete("/api/v1/bugs")
    assert answer.status_code == 405
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}
    assert "Allow" in answer.json()["error"]
    assert answer["Content-Length"] == str(len(answer.content))
