"""Fixtures for everything that has rows: no test writes outside its own folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

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


@pytest.fixture
def known_keys(settings: Settings, tmp_path: Path) -> None:
    """Mails can be signed by two domains; nobody asks the DNS."""
    settings.DKIM_KEYS = tmp_path / "keys"
    write_keys(tmp_path / "keys", "body.invalid", "evil.invalid")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, which takes seconds to make, for programs of their own."""
    folder = tmp_path_factory.mktemp("rows")
    done = run(folder, "migrate", "--verbosity=0")
    assert done.returncode == 0, done.stderr
    return folder / "bisectweb.sqlite3"


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
