"""What can be wrong with a file, or with one row of it."""

from contracts.imports import ImportFault
from services.accounts.faults import sentence


class Unreadable(Exception):
    """The file, or the rest of it, can't be read; the message says what to do."""


class BadRow(Exception):
    """One row can't be loaded; the message says why, `faults` the same for who translates it."""

    def __init__(self, *faults: ImportFault) -> None:
        self.faults = faults
        super().__init__(sentence(faults))


class BrokenRow(BadRow):
    """The cells of a row can't be trusted, whatever its columns mean."""
