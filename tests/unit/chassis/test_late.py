"""A call that names what was made a moment ago waits for it to be known; what is not new is refused at once."""

import time
import uuid
from dataclasses import replace

import pytest

from chassis import late
from chassis.context import Context, new_id
from chassis.errors import Invalid, wrong


class Refusing:
    """Refuses as long as it is told to, for want of an id."""

    def __init__(self, unknown, times):
        self.unknown, self.times, self.calls = unknown, times, 0

    def __call__(self):
        self.calls += 1
        if self.calls <= self.times:
            raise wrong("member_ids", "Nobody.").naming([self.unknown])
        return "done"


def test_what_is_new_is_waited_for():
    do = Refusing(new_id(), times=2)

    assert (late.patiently(Context(), do), do.calls) == ("done", 3)


@pytest.mark.parametrize("unknown", [uuid.uuid4(), uuid.uuid5(uuid.NAMESPACE_URL, "x"), uuid.UUID(int=2**128 - 1)])
def test_what_is_not_new_is_refused_at_once(unknown):
    do = Refusing(unknown, times=1)

    with pytest.raises(Invalid):
        late.patiently(Context(), do)
    assert do.calls == 1


def test_what_stays_unknown_is_refused_when_it_is_new_no_longer(monkeypatch):
    monkeypatch.setattr(late, "LATE_SECONDS", 0.2)
    do = Refusing(new_id(), times=1000)

    with pytest.raises(Invalid):
        late.patiently(Context(), do)
    assert 1 < do.calls < 1000


def test_only_so_many_wait_at_once():
    """Ids that look new and are not must not take all workers of a process."""
    for _ in range(late.MOST_WAITING):
        late.PLACES.acquire()
    do = Refusing(new_id(), times=1)
    try:
        with pytest.raises(Invalid):
            late.patiently(Context(), do)
    finally:
        late.PLACES.release(late.MOST_WAITING)

    assert do.calls == 1
    assert late.patiently(Context(), Refusing(new_id(), times=1)) == "done", "who waited leaves the place to others"


def test_who_has_no_time_left_is_told_at_once():
    do = Refusing(new_id(), times=1000)

    with pytest.raises(Invalid):
        late.patiently(replace(Context(), deadline=time.monotonic() + 0.5), do)
    assert do.calls == 1
