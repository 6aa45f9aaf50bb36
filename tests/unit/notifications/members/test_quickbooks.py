"""Owner and admins are told what waits for them in QuickBooks: together, once, and that it is solved (R-QB-20)."""

import datetime as dt
from dataclasses import replace

import pytest

from chassis.context import Actor, Context, new_id
from contracts.quickbooks import AttentionNeeded, AttentionSolved
from contracts.quickbooks_errors import EXPLAINED, QuickBooksProblem
from services.notifications import audience, model
from services.notifications.happenings import quickbooks
from services.notifications.letters import Letter, write
from services.notifications.letters.kinds import KINDS, wrong_facts
from services.notifications.operations import noticing
from services.notifications.operations.noticing import Settled
from tests.unit.notifications.members.conftest import member


def problem(case):
    told = EXPLAINED[case]
    return QuickBooksProblem(case=case, sentence=told.sentence, said="", code="", intuit_tid="", remedies=told.remedies)


class Books:
    """What quickbooks tells, and what becomes of it."""

    def __init__(self, telling, olga):
        self.telling, self.session, self.olga = telling, telling.session, olga
        self.ctx = replace(telling.ctx, actor=Actor())

    def after(self, minutes):
        self.ctx = replace(self.ctx, now=self.ctx.now + dt.timedelta(minutes=minutes))

    def needs(self, name="Ada Ltd", case=None, *, about_id=None, about="", group="client", status="no_match"):
        made = AttentionNeeded(
            about_id=about_id or new_id(), about=about, group=group, account_id=new_id(), account_name=name,
            status=status, sentence="Decide.", problem=problem(case) if case else None, at=self.ctx.now,
        )  # fmt: skip
        quickbooks.attention_needed(self.session, self.ctx, made)
        return made.about_id

    def solve(self, *about_ids):
        quickbooks.attention_solved(self.session, self.ctx, AttentionSolved(about_ids=about_ids))
        self.session.expire_all()

    def due(self):
        """When something waits to be told, in minutes from here."""
        found = [one.due_at for one in self.telling.happenings() if one.due_at]
        return [round((one - self.ctx.now).total_seconds() / 60) for one in found]

    def tell(self):
        """Settle what is due, as the service does; how many happenings that were."""
        rows = [one for one in self.telling.happenings() if one.due_at and one.due_at <= self.ctx.now]
        for row in rows:
            due = noticing.take(self.session, self.ctx, row.id, 30.0)
            noticing.settle(self.session, self.ctx, due, Settled((self.olga,)))
        self.session.flush()
        return len(rows)

    def notices(self):
        self.session.expire_all()
        return self.telling.listed(self.olga).items


@pytest.fixture
def books(telling, olga):
    return Books(telling, olga)


def test_what_comes_together_is_told_in_one_notice_and_one_mail(books, telling):
    for name in ("Ada Ltd", "Byron Ltd", "Curie Ltd"):
        books.needs(name)
    books.after(3)
    books.tell()

    (notice,) = books.notices()
    (mail,) = telling.mails()
    assert (notice.kind, notice.facts["count"], notice.facts["problem"]) == ("quickbooks_attention", 3, "no_match")
    assert notice.facts["names"] == ["Ada Ltd", "Byron Ltd", "Curie Ltd"]
    assert wrong_facts(KINDS[mail.kind], mail.facts) == []


def test_the_same_problem_is_told_once_another_one_again(books):
    about_id = books.needs()
    books.after(3)
    books.tell()
    books.needs(about_id=about_id)
    assert books.due() == []

    books.needs(about_id=about_id, case="duplicate_name", status="failed")
    books.after(70)
    books.tell()

    latest, first = books.notices()
    assert latest.facts["problem"] == "duplicate_name"
    assert first.facts["is_solved"]
    assert not latest.facts["is_solved"]


def test_more_within_the_hour_waits_for_its_end(books):
    """R-QB-20: a first sync of thousands is no flood of mails."""
    books.needs("Ada Ltd")
    books.after(3)
    books.tell()
    books.needs("Byron Ltd")
    books.needs("Curie Ltd")

    assert books.due() == [57]


def test_what_concerns_the_whole_connection_is_told_at_once(books):
    books.needs(group=None, name="", status="connection_expired", about_id=books.ctx.firm)

    assert books.due() == [0]
    books.tell()
    (notice,) = books.notices()
    assert notice.facts == {"count": 1, "open": 1, "is_solved": False, "problem": "connection_expired"}


def test_what_is_solved_before_it_is_told_is_never_told(books, telling):
    books.solve(books.needs())
    books.after(3)

    assert books.tell() == 1
    assert books.notices() == ()
    assert telling.mails() == []


def test_notices_say_how_much_is_left_and_are_read_once_nothing_is(books):
    first, second = books.needs("Ada Ltd"), books.needs("Byron Ltd")
    books.after(3)
    books.tell()

    books.solve(first)
    (notice,) = books.notices()
    assert (notice.facts["open"], notice.facts["is_solved"], notice.read_at) == (1, False, None)

    books.solve(second, new_id())
    (notice,) = books.notices()
    assert (notice.facts["open"], notice.facts["is_solved"], notice.read_at) == (0, True, books.ctx.now)


def test_what_was_solved_is_news_when_it_comes_back(books):
    about_id = books.needs()
    books.after(3)
    books.tell()
    books.solve(about_id)
    books.after(70)
    books.needs(about_id=about_id)
    books.after(3)
    books.tell()

    assert [one.facts["is_solved"] for one in books.notices()] == [False, True]


def test_a_document_is_named_beside_its_account(books):
    books.needs("Ada Ltd", case="duplicate_number", about="Invoice 1042", group="invoices", status="failed")
    books.after(3)
    books.tell()

    assert books.notices()[0].facts["names"] == ["Ada Ltd – Invoice 1042"]


def test_owner_and_admins_are_told_and_nobody_else(olga):
    """R-QB-1, R-QB-20"""
    admin, emil = member("admin"), member("employee", "manage_invoices", "manage_payments")
    circle = audience.Circle((olga, admin, emil))

    assert audience.told("quickbooks_attention", circle, (), None) == [olga, admin]


def test_who_is_no_admin_any_more_sees_no_notice_of_it(books, olga):
    books.needs()
    books.after(3)
    books.tell()

    assert books.telling.listed(replace(olga, role="employee")).items == ()


def test_what_another_firm_solves_changes_nothing_here(books):
    about_id = books.needs()
    books.after(3)
    books.tell()
    quickbooks.attention_solved(books.session, Context(firm_id=new_id()), AttentionSolved(about_ids=(about_id,)))
    books.session.expire_all()

    assert books.session.query(model.Attention).count() == 1
    assert not books.notices()[0].facts["is_solved"]


PROBLEMS = (*EXPLAINED, "no_match", "several_matches", "connection_expired", "")


@pytest.mark.parametrize("locale", ["en", "fr"])
@pytest.mark.parametrize("names", [(), ("Ada Ltd",), ("Ada Ltd", "Byron Ltd")], ids=["connection", "one", "two"])
def test_the_letter_reads_well_whatever_the_problem(names, locale):
    for problem_key in PROBLEMS:
        letter = written({"count": max(len(names), 1), "names": list(names), "problem": problem_key}, locale)

        assert all(name in letter.text for name in names)
        assert "%(" not in letter.text + letter.subject


def test_the_letter_says_what_to_do_in_french():
    letter = written({"count": 1, "names": ["Ada Ltd"], "problem": "no_match"}, "fr")

    assert letter.subject == "QuickBooks : un élément vous attend"
    assert "Aucun client ne porte ce nom" in " ".join(letter.text.split())


def written(facts, locale):
    of = {"firm_name": "Whitfield & Sons", "greeting": "Olga", "account_name": None, "link": ""}
    return write(Letter(kind="staff_quickbooks_attention", locale=locale, facts=facts, **of))
