"""Tokens are renewed by one worker at a time and kept before they are used; a refused one ends nothing but itself."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import update

from chassis.context import new_id
from contracts.quickbooks import QuickBooksConnectionChanged
from services.quickbooks import model, rules, tokens
from services.quickbooks.budget import NotNow
from services.quickbooks.client import Session, Unreachable
from services.quickbooks.company import Company

# R-QB-4
COUNT = "SELECT COUNT(*) FROM Customer"


@pytest.fixture
def connected(firm):
    firm.connect()
    return firm


def end_access(firm, **values):
    """The access token's time is over."""
    values = {"access_until": dt.datetime.now(dt.UTC), **values}
    with firm.tools.db.transaction(firm.ctx) as session:
        session.execute(update(model.Credential).where(model.Credential.firm_id == firm.ctx.firm).values(**values))


def ask(firm):
    company = Company(firm.tools, firm.ctx.firm, patience=20)
    try:
        return company.query(COUNT).document["QueryResponse"]["totalCount"]
    finally:
        company.close()


def access(firm):
    http = Session()
    try:
        return tokens.access(firm.tools, http, firm.ctx.firm)
    except NotNow:
        return None
    finally:
        http.close()


def refreshes(firm):
    return firm.intuit.state["tokens"]["refreshes"]


def test_one_that_is_about_to_end_is_renewed_before_it_is_used(connected):
    """R-QB-4"""
    connected.intuit.knobs(rotation="at_once")
    before = refreshes(connected)
    for _ in range(3):
        end_access(connected, access_until=dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60))
        assert ask(connected) == 0

    assert refreshes(connected) == before + 3


def test_workers_that_come_at_once_renew_it_once(connected):
    """R-QB-4: two renewals at once would lose the pair."""
    connected.intuit.knobs(rotation="at_once")
    before = refreshes(connected)
    end_access(connected)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: access(connected), range(8)))

    assert refreshes(connected) == before + 1
    assert len({one.token for one in found if one}) == 1
    assert ask(connected) == 0


def test_the_newest_is_kept_although_what_it_was_wanted_for_fails(connected):
    """R-QB-4: stored before use."""
    connected.intuit.knobs(rotation="at_once")
    end_access(connected)
    connected.intuit.plan("lost", "query")
    with pytest.raises(Unreachable):
        ask(connected)
    end_access(connected)

    assert ask(connected) == 0


def test_one_that_ended_before_its_time_is_renewed(connected):
    connected.intuit.control("expire", which="access")
    before = refreshes(connected)

    assert ask(connected) == 0
    assert refreshes(connected) == before + 1


def test_a_worker_that_died_renewing_holds_up_nobody_for_long(connected):
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30)
    end_access(connected, renewing_by=new_id(), renewing_until=soon)
    assert access(connected) is None

    end_access(connected, renewing_until=dt.datetime.now(dt.UTC))

    assert access(connected) is not None


def test_a_pair_whose_answer_was_lost_is_asked_for_again_by_the_former(connected):
    """R-QB-4: Intuit takes the former refresh token for a while; while it does, nothing is lost."""
    end_access(connected)
    connected.intuit.plan("drop", "bearer")
    with pytest.raises(Unreachable):
        ask(connected)

    assert ask(connected) == 0
    assert connected.connection().state == "connected"


def test_where_the_former_is_dead_at_once_the_owner_is_asked(connected):
    connected.intuit.knobs(rotation="at_once")
    end_access(connected)
    connected.intuit.plan("drop", "bearer")
    with pytest.raises(Unreachable):
        ask(connected)
    with pytest.raises(tokens.NotConnected):
        ask(connected)

    assert connected.connection().state == "expired"


def test_intuit_out_of_reach_ends_nothing(connected):
    end_access(connected)
    there = connected.tools.addresses.found
    connected.tools.addresses.found = replace(there, token="http://127.0.0.1:9/tokens")
    with pytest.raises(Unreachable):
        ask(connected)
    connected.tools.addresses.found = there

    assert ask(connected) == 0
    assert connected.connection().state == "connected"


class TestRefused:
    """R-QB-4: the connection has expired until the owner reconnects; nothing is lost meanwhile."""

    def refuse(self, firm, how):
        match how:
            case "refresh token ended":
                firm.intuit.control("expire", which="refresh")
                end_access(firm)
            case "disconnected in QuickBooks":
                firm.intuit.control("settings", is_disconnected=True)
            case "person lost their rights":
                firm.intuit.control("settings", has_lost_admin=True)

    @pytest.mark.parametrize("how", ["refresh token ended", "disconnected in QuickBooks", "person lost their rights"])
    def test_the_connection_expires_and_goes_on_when_the_owner_reconnects(self, connected, how):
        firm = connected
        firm.intuit.customer("Ada Ltd")
        account = firm.account("Ada Ltd")
        self.refuse(firm, how)
        firm.work()
        connection = firm.connection()
        assert (connection.state, firm.status(account)) == ("expired", "connection_expired")
        assert connection.problem
        assert connection.waiting == 1
        assert [one.state for one in firm.told(QuickBooksConnectionChanged)] == ["connected", "expired"]
        asked = firm.intuit.requests
        firm.work(after=10_000)
        assert firm.intuit.requests == asked

        firm.intuit.control("settings", has_lost_admin=False)
        again = firm.finish(firm.authorise())
        firm.work()

        assert (again.state, again.problem, again.expired_at) == ("connected", "", None)
        assert firm.status(account) == "synced"

    def test_news_of_a_former_pair_of_tokens_expire_nothing(self, connected):
        from services.quickbooks.operations import connection

        serial = connected.rows(model.Credential)[0].serial
        connected.tools.do(connected.ctx.firm, connection.expire, serial - 1, rules.problem_of("not_authorised"))

        assert connected.connection().state == "connected"
