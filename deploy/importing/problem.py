"""What can be wrong with a file, or with one row of it."""


class Unreadable(Exception):
    """The file, or the rest of it, can't be read; the message says what to do."""


class BadRow(Exception):
    """One row can't be loaded; the message says why."""
