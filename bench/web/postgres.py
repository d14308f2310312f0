"""A PostgreSQL of our own: its data in a folder, reached by a socket, gone when we are.

`python -m bench.web.postgres FOLDER COMMAND...` runs a command with BISECTWEB_DATABASE set to it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

from runner.process import Child, Command, capture, service

BINARIES = Path("/usr/lib/postgresql")
ACCOUNT = "postgres"
"""Whom Debian's package makes for it: PostgreSQL does not run as root."""
NAME = "bisectweb"
START_SECONDS = 60
INITDB = (
    "--auth=trust",
    "--no-sync",
    f"--username={ACCOUNT}",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
)
# A quarter of a gigabyte is what the smallest machine of a service has to spare. What is lost in a
# crash is measured again, so nothing waits for the disk.
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "maintenance_work_mem": "512MB",
    "max_connections": "50",
    "random_page_cost": "1.1",
    "jit": "off",
    "default_toast_compression": "lz4",
}


def main(arguments: Sequence[str]) -> int:
    folder, *command = arguments
    with private(Path(folder)) as address:
        environment = {**os.environ, "BISECTWEB_DATABASE": address}
        return subprocess.run(command, env=environment, check=False).returncode


@contextmanager
def private(folder: Path) -> Iterator[str]:
    """The address of a database in a server whose rows stay in `folder` for the next time."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    folder.chmod(0o700)
    if not (folder / "PG_VERSION").exists():
        _do([_binary("initdb"), *INITDB, folder])
    # The path of a socket is at most 107 bytes long: it is not in the folder.
    with tempfile.TemporaryDirectory(prefix="postgres-") as sockets:
        Path(sockets).chmod(0o777)
        with _server(folder, sockets) as child:
            address = f"postgresql://{ACCOUNT}@{quote(sockets, safe='')}"
            _prepare(f"{address}/postgres", child)
            yield f"{address}/{NAME}"
            _do([_binary("pg_ctl"), "stop", "--mode=fast", f"--pgdata={folder}"])


@contextmanager
def _server(folder: Path, sockets: str) -> Iterator[Child]:
    chosen = {**SETTINGS, "unix_socket_directories": sockets, "log_min_messages": "panic"}
    options = [f"--{name}={value}" for name, value in chosen.items()]
    argv = _as_account([_binary("postgres"), "-D", folder, *options])
    with service(argv, env=os.environ, cwd=folder) as child:
        yield child


def _prepare(address: str, child: Child) -> None:
    """Wait until the server answers; the database is there afterwards."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with psycopg.connect(address, autocommit=True) as connection:
                query = "SELECT 1 FROM pg_database WHERE datname = %s"
                if connection.execute(query, [NAME]).fetchone() is None:
                    connection.execute(f'CREATE DATABASE "{NAME}"')
                return
        except psycopg.OperationalError:
            if child.wait(0.1) is not None or time.monotonic() > deadline:
                raise


def _do(command: Command) -> None:
    done = capture(_as_account(command), deadline=START_SECONDS, cwd=Path("/"))
    if not done.succeeded:
        raise SystemExit(f"{command[0]}: {done.stderr.decode()}")


def _as_account(command: Command) -> Command:
    if os.geteuid() != 0:
        return command
    return ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups", *command]


def _binary(name: str) -> Path:
    """That of the newest version; Debian keeps none of them on PATH."""
    found = sorted(BINARIES.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise SystemExit(f"{name} is not installed: it comes with Debian's package `postgresql`")
    return found[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
