"""The errors of the SDK, one tree for training, export and robot.

    Cg3dError
    ├── ScanError        a scan cannot be read, or holds nothing to recognise
    ├── LabelError       a label list is empty, not UTF-8, or a label does not fit the text encoder
    ├── BundleError      a bundle is incomplete, altered, or newer than this runtime
    ├── BackendError     the inference library or the device asked for is not there
    ├── LibraryError     a library of scans is damaged, of another model, or in use by another writer
    ├── CheckpointError  a run or a weight file does not fit the model
    └── DataError        training data is missing or malformed

A message says what was received, what was expected and how to fix it. The command lines catch `Cg3dError`, print that
one line and exit; everything else is a bug and keeps its traceback.
"""

# Not "printable" to Python, and yet harmless: the two zero-width joiners, and the spaces of all scripts.
_KEPT = "\u200c\u200d\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


class Cg3dError(Exception):
    """Base of every error that a user can cause and mend."""


class ScanError(Cg3dError):
    """A scan cannot be read, or holds nothing to recognise."""


class LabelError(Cg3dError):
    """A label list is empty, not UTF-8, or a label does not fit the text encoder."""


class BundleError(Cg3dError):
    """A bundle is incomplete, altered, or newer than this runtime."""


class BackendError(Cg3dError):
    """The inference library or the device asked for is not there."""


class LibraryError(Cg3dError):
    """A library of scans is damaged, of another model, or in use by another writer."""


class CheckpointError(Cg3dError):
    """A run or a weight file does not fit the model."""


class DataError(Cg3dError):
    """Training data is missing or malformed."""


def printable(text: str) -> str:
    """Text from elsewhere (names, labels, errors that quote them) as one line that only looks like what it is.

    Control characters, line ends, marks that turn the direction of writing, and halves of characters become escapes such as
    `\\x1b`; letters of all scripts, the joiners that some need between them, and spaces stay.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _KEPT else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def require_whole(name: str, given: object, least: int) -> None:
    """Check an argument that counts.

    Raises:
        Cg3dError: it is no whole number, or less than `least`.
    """
    if isinstance(given, bool) or not hasattr(given, "__index__") or given.__index__() < least:
        raise Cg3dError(f"{name} must be a whole number from {least} on, got {given!r:.80}.")


def one_line(error: Exception, most: int = 400) -> str:
    """What an error says, on one line, without the control characters of what it quotes, and not at any length."""
    words = " ".join(str(error).split()) or type(error).__name__
    text = "".join(c if c.isprintable() else "\ufffd" for c in words)
    return text if len(text) <= most else f"{text[:most]} ..."


def shortened(name: object, most: int = 300) -> str:
    """A name from elsewhere as a message tells it: as it was given, `printable`, and not at any length."""
    text = printable(str(name))
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 2 :]}"
