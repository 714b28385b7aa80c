"""SQLite databases of rosbag2, .db3: a table of topics and one of messages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from cg3d_runtime.errors import ScanError, one_line
from cg3d_runtime.files.regular import open_regular
from cg3d_runtime.scans.bags.recording import MOST_BLOCK, ZSTD_START, Message, Topic, decompressed, kind_of

_MAGIC = b"SQLite format 3\0"


class Sqlite:
    """A .db3 file; nothing is written beside it, not even for its journal."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def topics(self) -> list[Topic]:
        with closing(self._connected()) as database:
            try:
                rows = list(database.execute("SELECT id, name, type FROM topics ORDER BY id"))
            except sqlite3.Error as error:
                raise ScanError(f"is not a database of rosbag2 that can be read: {one_line(error)}.") from error
            return [Topic(str(name), kind_of(str(kind)), _count(database, number)) for number, name, kind in rows]

    def messages(self, topic: str) -> Iterator[Message | ScanError]:
        """In the order in which they were written, up to the first page that is missing or damaged."""
        query = (  # by the key of the table: by time, a database without an index of it would be sorted in memory
            "SELECT messages.timestamp, topics.serialization_format, messages.data FROM messages "
            "JOIN topics ON topics.id = messages.topic_id WHERE topics.name = ? ORDER BY messages.id"
        )
        with closing(self._connected()) as database:
            try:
                for recorded_ns, encoding, data in database.execute(query, (topic,)):
                    yield _message(recorded_ns, encoding, data)
            except (sqlite3.Error, MemoryError, OverflowError) as error:
                yield ScanError(f"is damaged or cut off: {one_line(error)}; messages behind that are not read.")
        if self._has_journal():
            yield ScanError(
                f"was not closed by its recorder: messages that are only in {self._path.name}-wal are not read. Open it once "
                f"with sqlite3 to bring them in: sqlite3 {self._path.name} 'PRAGMA wal_checkpoint'."
            )

    def _connected(self) -> sqlite3.Connection:
        with open_regular(self._path) as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise ScanError("is not an SQLite database; .db3 of rosbag2 is one.")
        location = f"file:{quote(str(self._path.absolute()))}?mode=ro&immutable=1"
        try:
            database = sqlite3.connect(location, uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise ScanError(f"cannot be opened as a database: {one_line(error)}.") from error
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            _require_tables(database)
        except BaseException:
            database.close()
            raise
        return database

    def _has_journal(self) -> bool:
        journal = self._path.with_name(f"{self._path.name}-wal")
        try:
            return journal.stat().st_size > 0
        except OSError:
            return False


def _require_tables(database: sqlite3.Connection) -> None:
    """Refuse what is named like a table and is a view, which may compute without end."""
    try:
        database.execute(
            "PRAGMA writable_schema = ON"
        )  # else a file that is cut off cannot be read at all; nothing is written
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA cell_size_check = ON")
        rows = database.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name IN ('topics', 'messages')"
        )
        found = rows.fetchone()[0]
    except sqlite3.Error as error:
        raise ScanError(f"is not a database that can be read: {one_line(error)}.") from error
    if found != 2:
        raise ScanError("is not a database of rosbag2: it has no tables topics and messages.")


def _count(database: sqlite3.Connection, topic: object) -> int | None:
    try:
        return int(database.execute("SELECT count(*) FROM messages WHERE topic_id = ?", (topic,)).fetchone()[0])
    except sqlite3.Error:  # a page is missing; `messages` says so
        return None


def _message(recorded_ns: object, encoding: object, data: object) -> Message | ScanError:
    if not (isinstance(recorded_ns, int) and isinstance(data, bytes)) or len(data) > MOST_BLOCK:
        return ScanError("has a message that is no message; it is damaged.")
    if data.startswith(ZSTD_START):  # compression_mode: message
        try:
            data = decompressed(data, "zstd")
        except ScanError as error:
            return error
    return Message(recorded_ns, str(encoding), data)
