"""What the overview counts: how fresh the sections are that people see, and how often owners are asked for them."""

import datetime as dt

from prometheus_client import Counter, Histogram

AGES = (1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400)  # s

SHOWN = Counter("dossier_sections_shown_total", "Sections shown in profiles, whatever their state")
STALE = Counter(
    "dossier_sections_stale_total",
    "Sections shown though their owner did not answer: stale (as last remembered) or unavailable (nothing is)",
    ["section", "state"],
)
STALE_AGE = Histogram("dossier_section_stale_age_seconds", "Age of the stale sections shown", ["section"], buckets=AGES)
ASKED = Counter("dossier_sections_asked_total", "Times an owner was asked for sections anew", ["source", "outcome"])


def note_stale(section: str, as_of: dt.datetime | None, now: dt.datetime) -> None:
    """Count a section that is shown as it was at `as_of`, or not at all."""
    STALE.labels(section, "unavailable" if as_of is None else "stale").inc()
    if as_of is not None:
        STALE_AGE.labels(section).observe(max(0.0, (now - as_of).total_seconds()))
