"""The version, apart from the package's face, so that the modules below can tell it."""

__version__ = "0.2.0"
