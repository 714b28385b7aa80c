"""What a client sends: bounded, not slower than it may be, and kept as a file while it is answered."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO

import anyio
from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.types import Message, Receive

from cg3d_runtime.errors import shortened
from cg3d_runtime.scans import SCAN_SUFFIXES
from cg3d_runtime.scans.received import stored_suffix
from cg3d_runtime.serve.limits import MOST_LABEL_BYTES, MOST_PARTS, Limits
from cg3d_runtime.serve.question import SEARCH, Question, RequestError

JSON, FORM = "application/json", "multipart/form-data"
MEDIA_TYPES = {  # what says the format where no name does
    "application/ply": ".ply",
    "model/ply": ".ply",
    "application/pcd": ".pcd",
    "text/csv": ".csv",
    "application/npy": ".npy",
    "application/npz": ".npz",
    "application/vnd.las": ".las",
    "application/vnd.laszip": ".laz",
    "model/obj": ".obj",
    "model/stl": ".stl",
    "model/gltf-binary": ".glb",
    "model/gltf+json": ".gltf",
}
_PIECE = 1 << 20  # bytes copied at once
_SPOOLED = 1 << 22  # bytes of a form's file that stay in memory; above, a thread writes each piece, at twice the time
_TELL = "tell its format: a name such as ?name=scan.ply, or a content type"


class Inbox:
    """A folder of this service's own for what is being answered."""

    def __init__(self, limits: Limits) -> None:
        """Make the folder.

        Raises:
            OSError: there is no temporary folder that can be written.
        """
        self._limits = limits
        self._folder = Path(tempfile.mkdtemp(prefix="cg3d-serve-"))

    def close(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @asynccontextmanager
    async def question(self, kind: str, request: Request) -> AsyncIterator[Question]:
        """What a request asks; its file is there for the time of the block.

        Raises:
            RequestError: it cannot be taken: too large, too slow, not to be understood, of no format that can be read.
        """
        self._check_head(request)
        with _own_folder(self._folder) as folder:
            bounded = Request(request.scope, _bounded(request.receive, self._limits))
            yield await _received(kind, bounded, folder)

    def _check_head(self, request: Request) -> None:
        """Refuse what need not be read for that."""
        if encoding := request.headers.get("content-encoding", ""):
            raise RequestError(415, f"content encoding {shortened(encoding, 40)} is not taken; send the body as it is.")
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > self._limits.body_bytes:
            raise _too_large(self._limits)


def _too_large(limits: Limits) -> RequestError:
    return RequestError(
        413, f"the body is larger than {limits.body_bytes} bytes, the most that is taken; thin the scan."
    )


def _bounded(receive: Receive, limits: Limits) -> Receive:
    """The pieces of a body, as long as they come, and it does not become too large."""
    count = 0

    async def next_piece() -> Message:
        nonlocal count
        try:
            with anyio.fail_after(limits.silence):
                message = await receive()
        except TimeoutError as error:
            raise RequestError(408, f"nothing came for {limits.silence:g} seconds; send the body in one go.") from error
        count += len(message.get("body", b""))
        if count > limits.body_bytes:
            raise _too_large(limits)
        return message

    return next_piece


@contextmanager
def _own_folder(parent: Path) -> Iterator[Path]:
    """A folder for one request: what a mesh refers to is looked for beside it."""
    try:
        folder = Path(tempfile.mkdtemp(dir=parent))
    except OSError as error:
        raise _full(error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _received(kind: str, request: Request, folder: Path) -> Question:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    fields = _once(request.query_params.multi_items())
    try:
        if media == FORM:
            return await _of_form(kind, request, folder, fields)
        is_json = media == JSON or (kind == SEARCH and not media and "name" not in fields)
        name = None if is_json else _name(fields.pop("name", None), media)
        path = folder / f"scan{'' if name is None else stored_suffix(name)}"
        with path.open("wb") as file:
            async for piece in request.stream():
                file.write(piece)
        if is_json and kind == SEARCH and not path.stat().st_size:
            _nothing(folder)  # all that is asked stands in the address
    except OSError as error:
        raise _full(error) from error
    return Question(kind, path, name, fields)


async def _of_form(kind: str, request: Request, folder: Path, fields: dict[str, str | bytes]) -> Question:
    """The file `scan` of a form, and its other parts, of which `labels` may be a file, too."""
    parser = MultiPartParser(
        request.headers, request.stream(), max_files=2, max_fields=MOST_PARTS, max_part_size=MOST_LABEL_BYTES
    )
    parser.spool_max_size = _SPOOLED
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError) as error:  # Starlette hands on the second, before its release 1
        reason = error.message if isinstance(error, MultiPartException) else error
        raise RequestError(400, f"the form cannot be understood: {shortened(reason)}") from error
    async with _closed(form):
        scan = form.get("scan")
        if not isinstance(scan, UploadFile) and kind != SEARCH:
            raise RequestError(400, "the form has no file called scan: curl -F scan=@scan.ply ...")
        fields = await _with_parts(form, fields)
        if not isinstance(scan, UploadFile):
            return Question(kind, _nothing(folder), None, fields)
        name = _name(fields.pop("name", None) or scan.filename, (scan.content_type or "").partition(";")[0].lower())
        path = folder / f"scan{stored_suffix(name)}"
        await anyio.to_thread.run_sync(_copy, scan.file, path)
    return Question(kind, path, name, fields)


async def _with_parts(form: FormData, fields: dict[str, str | bytes]) -> dict[str, str | bytes]:
    """What the address and the parts of a form say, but for the scan."""
    said = _once((key, value) for key, value in form.multi_items() if isinstance(value, str))
    if twice := fields.keys() & said.keys():
        raise RequestError(400, f"{shortened(min(twice), 60)} is given in the address and in the form; once is enough.")
    said = fields | said
    for key, value in form.multi_items():
        if isinstance(value, UploadFile) and value is not form.get("scan"):
            said[_label_part(key, said)] = await _small(value)
    return said


def _nothing(folder: Path) -> Path:
    """A body that says nothing, for a search that needs none."""
    path = folder / "scan"
    path.write_bytes(b"{}")
    return path


@asynccontextmanager
async def _closed(form: FormData) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await form.close()


def _label_part(key: str, fields: dict[str, str | bytes]) -> str:
    if key != "labels" or key in fields:
        raise RequestError(
            400, f"the form has a file called {shortened(key, 60)}; scan, and labels, once, may be files."
        )
    return key


async def _small(part: UploadFile) -> bytes:
    if (part.size or 0) > MOST_LABEL_BYTES:
        raise RequestError(413, f"the label file has more than {MOST_LABEL_BYTES} bytes.")
    return await part.read()


def _once(items: object) -> dict[str, str | bytes]:
    """Names and values of which none may come again."""
    fields: dict[str, str | bytes] = {}
    for key, value in items:  # type: ignore[attr-defined]
        if key in fields:
            raise RequestError(400, f"{shortened(key, 60)} is given twice; once is enough.")
        fields[key] = value
    return fields


def _name(given: str | bytes | None, media: str) -> str:
    """What the scan is called: as was said, else after its media type."""
    if given:
        return str(given)
    if media in MEDIA_TYPES:
        return f"scan{MEDIA_TYPES[media]}"
    known = ", ".join(SCAN_SUFFIXES)
    said = f"content type {shortened(media, 60)} tells none" if media else "it has none"
    raise RequestError(415, f"the format of the scan is not known, {said}; {_TELL}. Formats: {known}.")


def _copy(source: BinaryIO, path: Path) -> None:
    with path.open("wb") as file:
        shutil.copyfileobj(source, file, _PIECE)


def _full(error: OSError) -> RequestError:
    return RequestError(503, f"the body cannot be kept while it is answered: {error.strerror or error}.")
