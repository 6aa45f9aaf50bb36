"""Whatever signers and the firm do in whatever order, the status is what the rules say of it from scratch."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.context import new_id
from chassis.errors import AppError
from services.billing.operations import proposal_neighbours
from services.billing.operations.sending import Signatory
from tests.unit.proposals.conftest import package
from tests.unit.proposals.test_signing import decline, linked, remove
from tests.unit.proposals.test_writing import withdraw

PEOPLE = [Signatory(UUID(int=number + 1), name, f"{name}@example.com") for number, name in enumerate("ABC")]
LASTS = 3  # days until it expires

steps = st.lists(
    st.one_of(
        st.tuples(st.just("sign"), st.integers(0, 2)),
        st.tuples(st.just("decline"), st.integers(0, 2)),
        st.tuples(st.just("remove"), st.integers(0, 2)),
        st.tuples(st.just("unlink"), st.integers(0, 2)),
        st.tuples(st.just("withdraw"), st.just(0)),
        st.tuples(st.just("sleep"), st.integers(1, 2)),
        st.tuples(st.just("sweep"), st.just(0)),
    ),
    max_size=12,
)


class FromScratch:
    """R-PRP-2, R-SIG-2, R-SIG-5 told as a story: which acts count, and how the proposal stands after them."""

    def __init__(self, requirement, how_many):
        self.requirement, self.day = requirement, 0
        self.waiting, self.signed, self.unlinked = set(range(how_many)), set(), set()
        self.end = None

    @property
    def status(self):
        if self.end:
            return self.end
        if self.day > LASTS:
            return "expired"
        return "partially_signed" if self.signed else "pending"

    @property
    def is_open(self):
        return self.status in ("pending", "partially_signed")

    def act(self, what, who):
        """Whether it is done or refused."""
        if what == "sleep":
            self.day += who
        elif what == "unlink" and self.is_open:
            self.unlinked = {who} & self.waiting
        if what in ("sleep", "unlink", "sweep"):
            return True
        if not self.is_open or not self.may(what, who):
            return False
        if what == "withdraw":
            self.end = "withdrawn"
        elif what in ("remove", "sign"):
            self.waiting.discard(who)
            self.unlinked.discard(who)
            self.signed |= {who} if what == "sign" else set()
        if not self.end and self.signed and (self.requirement == "one" or not self.waiting):
            self.end = "signed"
        return True

    def may(self, what, who):
        if what == "withdraw":
            return True
        if what == "remove":
            return who in self.waiting and len(self.waiting | self.signed) > 1
        return who in self.waiting - self.unlinked


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(terms=st.tuples(st.sampled_from(["all", "one"]), st.integers(1, 3)), acts=steps)
def test_the_status_is_what_the_rules_say_from_scratch(session, ctx, sent, sign, seen, client_of, terms, acts):
    """R-PRP-2, R-SIG-2, R-SIG-5, R-LNK-3"""
    requirement, how_many = terms
    people = PEOPLE[:how_many]
    expires_on = ctx.now.date() + dt.timedelta(days=LASTS)
    fields = {"account_id": new_id(), "expires_on": expires_on, "packages": (package(),)}
    proposal = sent(to=people, requirement=requirement, **fields)
    story = FromScratch(requirement, how_many)
    now, links = ctx, 1

    for what, who in acts:
        if what == "sleep":
            now = replace(now, now=now.now + dt.timedelta(days=who))
        if what == "unlink":
            links += 1
        done = _done(session, now, proposal, what, who, sign, client_of, links)
        assert done == story.act(what, who), f"{what} {who}"
        assert seen(proposal, now).status == story.status, f"after {what} {who}"

    kept = seen(proposal, now)
    assert (kept.signed, kept.signers_total) == (len(story.signed), len(story.signed | story.waiting))
    assert (kept.signed_at is not None) == (story.status == "signed")


def _done(session, now, proposal, what, who, sign, client_of, links):
    """Whether the act was done; a refusal leaves everything as it was."""
    person = PEOPLE[who]
    acts = {
        "sign": lambda: sign(proposal, person, now=now.now),
        "decline": lambda: decline(session, client_of(person, now), proposal),
        "remove": lambda: remove(session, now, proposal, person),
        "unlink": lambda: _unlink(session, now, proposal, who, links),
        "withdraw": lambda: withdraw(session, now, proposal),
        "sweep": lambda: proposal_neighbours.expire(session, now, proposal.id),
        "sleep": lambda: None,
    }
    try:
        with session.begin_nested():
            acts[what]()
    except AppError:
        return False
    return True


def _unlink(session, now, proposal, who, links):
    others = [person for number, person in enumerate(PEOPLE) if number != who]
    linked(session, now, proposal.account_id, *others, version=links)
