"""Addresses of data: paths and URLs, and how a URL is shown."""

from __future__ import annotations

import re
from pathlib import Path


def is_remote(location: str | Path) -> bool:
    """Whether a location is a URL, such as s3://bucket/data."""
    return "://" in str(location)


def without_secrets(text: str) -> str:
    """A URL, or a message that quotes some, without user, password, query and fragment: keys of the cloud are in those."""
    plain = re.sub(r"(\w+://)[^/\s?#'\"]*@", r"\1", text)  # a password may hold an @ of its own
    return re.sub(r"(\w+://[^\s?#'\"]*)[?#][^\s'\"]*", r"\1", plain)
