"""Errors of the store and its importers. Messages say what was expected, what came and what to do."""


class GeodataError(Exception):
    """Base of every error a caller of ``geodata`` can cause."""


class ImportRefusedError(GeodataError):
    """A file was refused as a whole; nothing of it was written."""


class StoreNotReadyError(GeodataError):
    """The store holds no dataset yet, or its tables are of another version."""


class AccessRefusedError(GeodataError):
    """The viewer may not see or change what was asked for."""


class ConflictError(GeodataError):
    """Somebody else changed the row after it was read (optimistic lock)."""
