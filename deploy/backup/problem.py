"""What stops a backup or a restore."""


class CannotGoOn(Exception):
    """The reason in words, with what to do about it."""
