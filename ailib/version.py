"""The version of this library, where every room can read it without importing another."""

__version__ = "0.1.0"
