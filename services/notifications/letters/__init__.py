"""What every mail says, in English and French: from facts to subject, HTML and text, without a database or network."""

from services.notifications.letters.kinds import KINDS, Fact, Kind, wrong_facts
from services.notifications.letters.letter import Letter, Written
from services.notifications.letters.writing import write

__all__ = ["KINDS", "Fact", "Kind", "Letter", "Written", "write", "wrong_facts"]
