"""The same rows fit into PostgreSQL as into SQLite, whatever a console, commit or visitor says.

PostgreSQL refuses the character NUL, in a search as in a row: it gets U+FFFD instead. It also
refuses what is longer than its column; here, as in SQLite, the length of a field is for forms.
"""

from __future__ import annotations

import re
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg.adapt import Buffer
from psycopg.types.json import Jsonb, JsonbDumper
from psycopg.types.string import StrDumperUnknown

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Any number of escaped backslashes may stand before it, and no other one.
NUL_IN_JSON = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class TextDumper(StrDumperUnknown):
    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", REPLACEMENT))


class JsonDumper(JsonbDumper):
    def dump(self, obj: Any) -> Buffer | None:
        data = super().dump(obj)
        return data and NUL_IN_JSON.sub(rb"\1\\ufffd", bytes(data))


class DatabaseWrapper(base.DatabaseWrapper):
    # Text in PostgreSQL takes no more room with a limit than without.
    data_types = base.DatabaseWrapper.data_types | {"CharField": "varchar"}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        connection: Connection[Any] = super().get_new_connection(conn_params)
        connection.adapters.register_dumper(str, TextDumper)
        connection.adapters.register_dumper(Jsonb, JsonDumper)
        return connection
