"""Which database the service uses, and that a bad address stops the start with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from bisectweb.databases import database

FOLDER = Path("/srv/bisectweb")


@pytest.mark.parametrize("address", ["", "  "])
def test_without_an_address_the_rows_are_in_a_file_of_the_data_folder(address: str) -> None:
    chosen = database(address, FOLDER)
    assert chosen["ENGINE"] == "django.db.backends.sqlite3"
    assert chosen["NAME"] == FOLDER / "bisectweb.sqlite3"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://ann:p%40ss@db.invalid:5433/rows", ("db.invalid", "5433", "ann", "p@ss")),
        ("postgres://db.invalid/rows", ("db.invalid", "", "", "")),
        ("postgresql:///rows?host=/run/postgresql", ("/run/postgresql", "", "", "")),
        ("postgresql://ann@%2Frun%2Fpostgresql/rows", ("/run/postgresql", "", "ann", "")),
    ],
)
def test_an_address_names_a_server_or_a_folder_of_sockets(
    address: str, expected: tuple[str, ...]
) -> None:
    chosen = database(address, FOLDER)
    assert chosen["ENGINE"] == "bisectweb.postgresql"
    assert chosen["NAME"] == "rows"
    assert tuple(chosen[key] for key in ("HOST", "PORT", "USER", "PASSWORD")) == expected


def test_what_else_an_address_says_reaches_the_server() -> None:
    address = "postgresql://db.invalid/rows?sslmode=require&connect_timeout=3"
    assert database(address, FOLDER)["OPTIONS"] == {"sslmode": "require", "connect_timeout": "3"}


@pytest.mark.parametrize(
    "address",
    [
        "mysql://ann:secret@db.invalid/rows",
        "/srv/rows.sqlite3",
        "postgresql://ann:secret@db.invalid",
        "postgresql://ann:secret@db.invalid/rows?colour=red",
        "postgresql://ann:secret@[::1/rows",
    ],
)
def test_a_bad_address_is_refused_without_repeating_its_password(address: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        database(address, FOLDER)
    assert "BISECTWEB_DATABASE" in str(refused.value)
    assert "secret" not in str(refused.value)
