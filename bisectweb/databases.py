"""Where the rows are: SQLite below the data folder, or the PostgreSQL that an address names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

Database: TypeAlias = Mapping[str, Any]

SCHEMES = ("postgresql://", "postgres://")
EXAMPLE = "postgresql://user:password@host:5432/name or postgresql:///name?host=/run/postgresql"
# Seconds. A server that is away says so, instead of keeping a page waiting.
CONNECT_SECONDS = 10
# Seconds for which a thread keeps its connection for the next page.
REUSED = 600


def database(address: str, folder: Path) -> Database:
    """What Django wants to know of the database at `address`; of SQLite in `folder` if empty."""
    return postgresql(address.strip()) if address.strip() else sqlite(folder)


def sqlite(folder: Path) -> Database:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": folder / "bisectweb.sqlite3",
        # A file as well: workers in threads meet the same locks as workers in processes.
        "TEST": {"NAME": folder / "test.sqlite3"},
        "OPTIONS": {
            # Writers wait for each other instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def postgresql(address: str) -> Database:
    """`address` is a URI of libpq: a host that is a folder is one of Unix sockets."""
    told = _parts(address)
    return {
        "ENGINE": "bisectweb.postgresql",
        "NAME": told.pop("dbname"),
        "USER": told.pop("user", ""),
        "PASSWORD": told.pop("password", ""),
        "HOST": told.pop("host", ""),
        "PORT": told.pop("port", ""),
        "CONN_MAX_AGE": REUSED,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": CONNECT_SECONDS, **told},
    }


def _parts(address: str) -> dict[str, Any]:
    """The words of libpq. Neither the address nor its own errors are repeated: they may hold a
    password.
    """
    try:
        told = conninfo_to_dict(address)
    except ProgrammingError:
        told = {}
    if not address.startswith(SCHEMES) or "dbname" not in told:
        raise ImproperlyConfigured(f"BISECTWEB_DATABASE must be like {EXAMPLE}")
    return told
