"""A PostgreSQL of our own for the tests: on loopback, as a user without rights, with a password, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

PASSWORD = "geheim-Wort/1"
IN_URL = "geheim-Wort%2F1"


def programs() -> Path | None:
    """The folder of initdb and postgres, newest version first; Debian does not put it on PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def unprivileged() -> dict[str, Any]:
    """How to start a program as somebody else than root (initdb refuses root)."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return {}


def free_port() -> int:
    """A port that no client is given in passing (those come from the ephemeral range): a server that was killed finds
    it free again. Each process looks from a place of its own, so that two test workers do not meet."""
    start = 20000 + os.getpid() * 37 % 10000
    for port in range(start, start + 2000):
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port")


class Server:
    """One cluster in a temporary folder."""

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self.folder, self._bin, self._as = folder, bin_folder, unprivileged()
        self.port = free_port()
        word = folder / "word"
        word.write_text(PASSWORD)
        if self._as:
            for path in (folder, word):
                os.chown(path, self._as["user"], self._as["group"])
        self._run("initdb", "-D", folder / "data", "-U", "exporter", "--pwfile", word, "-A", "scram-sha-256", "-E", "UTF8", "--no-sync")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://exporter:{IN_URL}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Until it answers; nothing where it does."""
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder, "fsync": "off",
            "shared_buffers": "64MB", "log_min_messages": "fatal",
        }  # fmt: skip
        given = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(self._bin / "postgres"), "-D", str(self.folder / "data"), *given]
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            # What a killed server leaves (its children, its shared memory) may live a moment longer: a new one then
            # refuses to start, and is asked again.
            if self._process is None or self._process.poll() is not None:
                with (self.folder / "log").open("ab") as log:
                    self._process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **self._as)
            with suppress(OSError):
                self.ask("SELECT 1")
                return
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text()[-2000:])

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """At once, without a checkpoint; with SIGKILL, as if the power had gone."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def ask(self, sql: str, schema: str = "public") -> list[tuple[Any, ...]]:
        """What another program sees. Raises OSError where nobody answers."""
        with self.asking(schema) as ask:
            return ask(sql)

    @contextmanager
    def asking(self, schema: str = "public") -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
        """One connection for many questions, each in a transaction of its own."""
        from adbc_driver_manager import OperationalError
        from adbc_driver_postgresql import dbapi

        try:
            connection = dbapi.connect(self.url)
        except OperationalError as error:
            raise OSError(str(error)) from error
        with connection, connection.cursor() as cursor:

            def ask(sql: str) -> list[tuple[Any, ...]]:
                cursor.execute(f"SET search_path TO {schema}")
                cursor.execute(sql)
                rows = in_python(cursor.fetch_arrow_table()) if cursor.description else []
                connection.commit()
                return rows

            yield ask

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._bin / program), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, check=False, **self._as)
        if done.returncode:
            raise RuntimeError(done.stderr.decode())


def in_python(table: pa.Table) -> list[tuple[Any, ...]]:
    """Rows; NUMERIC, which comes as text, as Decimal."""
    columns = []
    for column in table.columns:
        numeric = isinstance(column.type, pa.BaseExtensionType)
        values = column.cast(column.type.storage_type).to_pylist() if numeric else column.to_pylist()
        columns.append([None if value is None else Decimal(value) for value in values] if numeric else values)
    return list(zip(*columns, strict=True))


@contextmanager
def server(bin_folder: Path) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="exporter-pg-"))
    made = Server(folder, bin_folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
