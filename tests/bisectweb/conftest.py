"""Fixtures for everything that has rows: no test writes outside its own folder."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from tests.bisectweb.receiving import run
from tests.bisectweb.signing import write_keys


@pytest.fixture(autouse=True)
def storage(settings: Settings, tmp_path: Path) -> Path:
    """The folder that consoles and build logs go to."""
    settings.DATA = tmp_path
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Nobody has used up what somebody with the same number may do in another test."""
    cache.clear()


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Settings) -> None:
    """Hashes that take 0.3 s are for attackers, not for tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def files_are_found_when_asked_for(settings: Settings) -> None:
    """Each client of a test is a server of its own, which would look at all of static/ first."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture
def known_keys(settings: Settings, tmp_path: Path) -> None:
    """Mails can be signed by two domains; nobody asks the DNS."""
    settings.DKIM_KEYS = tmp_path / "keys"
    write_keys(tmp_path / "keys", "body.invalid", "evil.invalid")


@pytest.fixture(scope="session")
def migrated(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """An empty database for programs of their own: a copy of the tests', which took seconds. That
    one is only there where some test is marked `django_db`, so whoever wants this is, too.
    """
    rows = tmp_path_factory.mktemp("rows") / "bisectweb.sqlite3"
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(rows)])
        with closing(sqlite3.connect(rows)) as copy:
            copy.execute("PRAGMA journal_mode=WAL")  # as `migrate` leaves it
    else:
        done = run(rows.parent, "migrate", "--verbosity=0")
        assert done.returncode == 0, done.stderr
    return rows


@pytest.fixture
def data(migrated: Path, tmp_path: Path) -> Path:
    """A data folder with a copy of it."""
    shutil.copy(migrated, tmp_path)
    return tmp_path


@pytest.fixture
def member(db: None) -> User:
    """Somebody with an account who is not staff."""
    return User.objects.create_user("member", "member@bisectweb.invalid", "secret")


@pytest.fixture
def member_client(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client
