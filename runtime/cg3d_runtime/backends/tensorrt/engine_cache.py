"""Plans on disk: each under the hash of everything it depends on, and only those that this program wrote are loaded.

A plan is code: TensorRT runs what it holds. So a plan is taken only from files that belong to this user alone, whose record
names this very key and the hash of these very bytes. The plan itself is TensorRT's own, so that other tools can read it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cg3d_runtime.backends.tensorrt.builder import BuilderOptions
from cg3d_runtime.backends.tensorrt.device import Gpu
from cg3d_runtime.backends.tensorrt.engine_pruning import MOST_BYTES, in_use, mark_used, prune
from cg3d_runtime.backends.tensorrt.profile import Profile
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.files.cache_directory import cache_directory
from cg3d_runtime.files.regular import read_private

FORMAT = 1  # of the record, and of what the builder is told besides its options

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EngineKey:
    """Everything that an engine depends on."""

    graph_sha256: str
    tensorrt: str
    gpu: Gpu
    profile: Profile
    options: BuilderOptions
    format: int = FORMAT

    def digest(self) -> str:
        """64 hexadecimal digits."""
        return _digest(self.to_json())

    def to_json(self) -> dict[str, Any]:
        tree: dict[str, Any] = json.loads(json.dumps(asdict(self)))  # tuples become lists, as when read back
        return tree

    def timings_digest(self) -> str:
        """Of what timings depend on: they are shared by all graphs."""
        return _digest({"tensorrt": self.tensorrt, "gpu": asdict(self.gpu)})


class EngineCache:
    """The engines in a directory of the user's; a cache that cannot be read or written costs time, never the answer."""

    def __init__(self, directory: Path | None) -> None:
        """None: nothing is kept."""
        self.directory = directory

    @classmethod
    def of_user(cls) -> EngineCache:
        """In the user's cache directory, or nowhere where the user has none."""
        try:
            directory = cache_directory() / "engines"
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (OSError, RuntimeError) as error:
            _log.warning("engines are not kept, every start builds them again: %s", error)
            return cls(None)
        return cls(directory)

    def load(self, key: EngineKey) -> bytes | None:
        """The plan built for this key, or None where there is none to be trusted."""
        if self.directory is None:
            return None
        path = self._plan(key)
        try:
            record = json.loads(read_private(path.with_suffix(".json")))
            plan = read_private(path)
        except FileNotFoundError:
            self._tell_of_others(key)
            return None
        except (OSError, ValueError) as error:
            _log.warning("%s: refused (%s); the engine is built again", path, error)
            return None
        if record.get("key") != key.to_json() or record.get("plan_sha256") != hashlib.sha256(plan).hexdigest():
            _log.warning("%s: not the engine that was built here, or cut short; it is built again", path)
            return None
        mark_used(path)
        return plan

    def save(self, key: EngineKey, plan: bytes, facts: dict[str, Any]) -> None:
        """Keep a plan, with the lock held; engines unused for longest make room where all take more than MOST_BYTES.

        The record comes last: a plan without its own record is never loaded.

        Args:
            facts: about the build, for people.
        """
        record = {"key": key.to_json(), "plan_sha256": hashlib.sha256(plan).hexdigest(), **facts}
        if self._write(f"{key.digest()}.plan", plan):
            self._write(f"{key.digest()}.json", json.dumps(record, indent=2).encode() + b"\n")
            self._make_room()

    def in_use(self, key: EngineKey) -> contextlib.AbstractContextManager[None]:
        """Keep an engine from being removed while it runs, by this process or another."""
        return contextlib.nullcontext() if self.directory is None else in_use(self._plan(key))

    def load_timings(self, key: EngineKey) -> bytes:
        """What earlier builds on this GPU measured, or nothing."""
        if self.directory is None:
            return b""
        try:
            return read_private(self.directory / f"{key.timings_digest()}.timings")
        except OSError:
            return b""

    def save_timings(self, key: EngineKey, timings: bytes) -> None:
        self._write(f"{key.timings_digest()}.timings", timings)

    @contextlib.contextmanager
    def lock(self, key: EngineKey) -> Iterator[None]:
        """Hold the right to build this engine; the system releases it when the process ends, however it ends."""
        descriptor = self._lock_file(key)
        if descriptor is not None:
            self._sweep(key)
        try:
            yield
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _plan(self, key: EngineKey) -> Path:
        assert self.directory is not None
        return self.directory / f"{key.digest()}.plan"

    def _make_room(self) -> None:
        assert self.directory is not None
        try:
            prune(self.directory, MOST_BYTES)
        except OSError as error:
            _log.warning("%s: old engines cannot be removed (%s)", self.directory, error)

    def _lock_file(self, key: EngineKey) -> int | None:
        """An open and locked file, or None where there is no locking: then two processes may both build."""
        if self.directory is None:
            return None
        try:
            import fcntl
        except ImportError:  # Windows
            return None
        try:
            descriptor = os.open(self.directory / f"{key.digest()}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            _log.warning("engines cannot be locked (%s); two processes may both build one", error)
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.info("another process is opening or building this engine; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:  # a file system without locks
            _log.warning("engines cannot be locked (%s); two processes may both build one", error)
        return descriptor

    def _sweep(self, key: EngineKey) -> None:
        """Remove what a process left that was killed while it wrote this engine; to be called with the lock held."""
        assert self.directory is not None
        for path in self.directory.glob(f".{key.digest()}.*"):
            with contextlib.suppress(OSError):
                path.unlink()

    def _write(self, name: str, content: bytes) -> bool:
        """Write a file for this user alone; return whether it is there."""
        if self.directory is None:
            return False
        try:
            write_atomically(self.directory / name, content, mode=0o600)
        except OSError as error:
            _log.warning("%s: cannot be written (%s); the next start builds the engine again", name, error)
            return False
        return True

    def _tell_of_others(self, key: EngineKey) -> None:
        """Say why an engine of the same graph does not serve."""
        assert self.directory is not None
        for path in sorted(self.directory.glob("*.json")):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                other = json.loads(read_private(path)).get("key", {})
                if other.get("graph_sha256") == key.graph_sha256:
                    ours = key.to_json()
                    changed = [name for name in ours if other.get(name) != ours[name]]
                    _log.info("an engine of this graph was built for another %s; this one is new", ", ".join(changed))
                    return


def _digest(tree: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()
