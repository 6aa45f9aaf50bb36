"""How long an opening may take before somebody else takes it up, how long photos may lie about, and the trash."""

import datetime as dt

SWEEP_SECONDS = 5
RESUMED_AFTER = dt.timedelta(seconds=10)  # longer than a caller's deadline: who began it no longer works on it
REFUSED_KEPT = dt.timedelta(seconds=60)  # far longer than the deadline of any call to contacts
MAX_ATTEMPTS = 30  # 5 minutes of a fault inside contacts; its absence does not count
BATCH = 50  # openings of one sweep

TRASH_KEPT = dt.timedelta(days=30)  # R-ARC-5
TRASH_SWEEP_SECONDS = 3600
TRASH_BATCH = 1000  # accounts of one sweep
PHOTO_MADE_WITHIN = dt.timedelta(minutes=10)  # far longer than the deadline of the call that makes one

IMPORT_SECONDS = 2  # between two looks for an import to load
IMPORT_LEASE = dt.timedelta(seconds=30)  # for one row; longer than it may take
IMPORT_BATCHES = 40  # of one look, so that the timer is free for others now and then
IMPORT_KEPT = dt.timedelta(days=90)
