"""How long the opening of an account may take before somebody else takes it up, and how long photos may lie about."""

import datetime as dt

SWEEP_SECONDS = 5
RESUMED_AFTER = dt.timedelta(seconds=10)  # longer than a caller's deadline: who began it no longer works on it
REFUSED_KEPT = dt.timedelta(seconds=60)  # far longer than the deadline of any call to contacts
MAX_ATTEMPTS = 30  # 5 minutes of a fault inside contacts; its absence does not count
BATCH = 50  # openings of one sweep
PHOTO_MADE_WITHIN = dt.timedelta(minutes=10)  # far longer than the deadline of the call that makes one
