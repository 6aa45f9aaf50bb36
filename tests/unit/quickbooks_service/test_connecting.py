"""The owner connects the firm's company, by the firm's own Intuit app (R-QB-1, R-QB-4 to R-QB-6)."""

import datetime as dt
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text, update

from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from chassis.wire import load, to_json
from contracts import quickbooks_connection as contract
from contracts.quickbooks import QuickBooksConnectionChanged
from services.quickbooks import connecting, model


def test_a_firm_that_never_touched_it_has_no_connection(firm):
    connection = firm.connection()

    assert (connection.state, connection.has_secret, connection.waiting) == ("unset", False, 0)


def test_the_owner_connects_and_everybody_who_listens_hears_it(firm, intuit):
    """R-QB-1, R-QB-5"""
    connection = firm.connect(works=False)

    assert (connection.state, connection.company_id, connection.company_name) == (
        "connected",
        intuit.realm,
        "Whitfield Books",
    )
    assert connection.connected_by.name == "Olga Owner"
    assert [one.state for one in firm.told(QuickBooksConnectionChanged)] == ["connected"]


def test_no_secret_stands_in_the_database_or_in_an_answer(firm):
    """R-QB-5: secrets are sealed."""
    firm.intuit.knobs(clients={"client": "client-secret-of-ours"})
    answer = firm.connect(client_secret="client-secret-of-ours")
    firm.intuit.knobs(clients={"client": "secret"})
    with firm.tools.db.reading(firm.ctx) as session:
        tables = ("connection", "credential", "connecting", "done_once", "change", "outbox")
        kept = [str(row) for table in tables for row in session.execute(text(f"SELECT t::text FROM {table} t"))]
        kept += [str(bytes(row.access_token)) for row in session.query(model.Credential).all()]
        tokens = [
            firm.tools.sealer.unseal(firm.ctx.firm, row.access_token) for row in session.query(model.Credential).all()
        ]

    assert len(tokens) == 1
    assert not any(tokens[0] in one for one in kept)
    assert not any("client-secret-of-ours" in one for one in [*kept, to_json(answer).decode()])


def test_what_begins_with_the_wrong_keys_is_refused_and_says_why(firm):
    firm.set_up(client_secret="wrong")

    with pytest.raises(contract.ConnectingRefused) as refused:
        firm.finish(firm.authorise())

    assert "invalid_client" in refused.value.data["said"]
    assert firm.connection().state == "disconnected"


def test_without_keys_nothing_begins(firm):
    with pytest.raises(contract.QuickBooksNotSet):
        firm.authorise()


class TestTheWayBack:
    """R-QB-5: the state is bound to who began, good once, for ten minutes."""

    def test_is_good_once(self, firm):
        firm.set_up()
        back = firm.authorise()
        firm.finish(back)

        with pytest.raises(contract.ConnectingExpired):
            firm.finish(back)

    def test_repeated_under_one_key_gives_the_first_answer(self, firm):
        firm.set_up()
        back, same = firm.authorise(), firm.fresh()

        first, second = (finished_as(firm, same, back) for _ in range(2))

        assert first == second

    def test_is_of_no_use_to_another_owner(self, firm, ctx):
        firm.set_up()
        back = firm.authorise()

        with pytest.raises(contract.ConnectingExpired):
            firm.finish(back, by=member_ctx(ctx, role="owner"))

    def test_is_of_no_use_with_another_state(self, firm):
        firm.set_up()
        back = replace(firm.authorise(), state="guessed")

        with pytest.raises(contract.ConnectingExpired):
            firm.finish(back)

    def test_is_over_after_ten_minutes(self, firm):
        firm.set_up()
        back = firm.authorise()
        with firm.tools.db.transaction(firm.ctx) as session:
            session.execute(update(model.Connecting).values(expires_at=dt.datetime.now(dt.UTC)))

        with pytest.raises(contract.ConnectingExpired):
            firm.finish(back)

    def test_of_another_firm_is_of_no_use(self, firm, ctx):
        firm.set_up()
        back = firm.authorise()
        stranger = replace(ctx, firm_id=new_id())
        firm.ctx = stranger
        firm.set_up()

        with pytest.raises(contract.ConnectingExpired):
            firm.finish(back)


def finished_as(firm, ctx, back):
    return connecting.finish(firm.tools, ctx, back)


class TestAnotherCompany:
    """R-QB-5: its realm must be the former one, or the links are forgotten, on confirmation."""

    @pytest.fixture
    def linked(self, firm, intuit):
        intuit.customer("Ada Ltd")
        account = firm.account("Ada Ltd")
        firm.connect()
        assert firm.status(account) == "synced"
        return account

    @pytest.fixture
    def back(self, firm, intuit, linked):
        realm = str(int(intuit.realm) + 1)
        intuit.running.control("company", realm=realm, name="Other Books")
        intuit.knobs(authorizes=realm)
        return firm.authorise()

    def test_needs_a_confirmation_that_the_same_way_back_takes(self, firm, intuit, linked, back):
        with pytest.raises(contract.OtherCompany) as other:
            firm.finish(back)
        assert other.value.data["former"] == intuit.realm
        assert firm.connection().company_id == intuit.realm
        assert firm.status(linked) == "synced"

        connection = firm.finish(replace(back, resets_links=True))
        firm.work()

        assert (connection.company_name, firm.status(linked)) == ("Other Books", "no_match")
        assert firm.found().items == ()

    def test_can_not_be_claimed_with_a_token_of_this_one(self, firm, intuit, back):
        """The company itself must answer to the token, whatever the address said."""
        lie = replace(back, realm_id=str(int(intuit.realm) + 7), resets_links=True)

        with pytest.raises(contract.ConnectingRefused):
            firm.finish(lie)

        assert firm.connection().company_id == intuit.realm


class TestDisconnecting:
    """R-QB-6"""

    def test_keeps_links_and_goes_on_with_them(self, firm, intuit):
        customer = intuit.customer("Ada Ltd")
        account = firm.account("Ada Ltd")
        firm.connect()

        assert firm.disconnect().state == "disconnected"
        assert firm.status(account) == "not_connected"
        later = firm.account("Ada Sons")
        firm.work()
        asked = intuit.requests
        firm.finish(firm.authorise())
        firm.work()

        assert firm.sync_of(account).customer.id == customer
        assert [firm.status(one) for one in (account, later)] == ["synced", "no_match"]
        assert intuit.requests > asked

    def test_gives_the_permission_back(self, firm, intuit):
        firm.connect()
        row = firm.rows(model.Credential)[0]
        token = firm.tools.sealer.unseal(firm.ctx.firm, row.access_token)

        firm.disconnect()

        assert firm.rows(model.Credential)[0].access_token is None
        assert read_as(intuit, token) == 401

    def test_of_what_was_not_connected_changes_nothing(self, firm):
        assert firm.disconnect().state == "unset"
        assert firm.told(QuickBooksConnectionChanged) == []


def read_as(intuit, token):
    url = f"{intuit.url}/v3/company/{intuit.realm}/companyinfo/{intuit.realm}"
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code


class TestRights:
    """R-QB-1: the owner connects; owner and admins do all else."""

    def test_an_admin_neither_connects_nor_sees_the_keys_changed(self, firm, ctx):
        admin = member_ctx(ctx, role="admin")
        firm.set_up()

        for act in (firm.authorise, firm.disconnect, lambda by: firm.change(by, client_id="another")):
            with pytest.raises(Forbidden):
                act(by=admin)
        assert firm.change(admin, which_accounts="all").which_accounts == "all"

    @pytest.mark.parametrize("kind", ["employee", "portal"])
    def test_others_learn_nothing(self, firm, ctx, kind):
        other = member_ctx(ctx, rights=("manage_invoices", "manage_accounts"))
        if kind == "portal":
            other = replace(ctx, actor=Actor(kind="portal", id=new_id(), account_id=new_id()))
        firm.set_up()

        for act in (firm.connection, lambda by: firm.change(by, which_accounts="all"), firm.authorise):
            with pytest.raises(Forbidden):
                act(by=other)


class TestSettings:
    def test_that_somebody_changed_meanwhile_are_refused_with_what_is_there(self, firm):
        firm.set_up()
        stale = contract.ChangeQuickBooksSettings(version=1, which_accounts="all")

        with pytest.raises(contract.QuickBooksSettingsChanged) as refused:
            connecting.change_settings(firm.tools, firm.fresh(), stale)

        assert refused.value.data["current"]["version"] == 2

    def test_of_another_app_end_the_connection(self, firm):
        firm.connect()

        connection = firm.change(client_id="another")

        assert connection.state == "disconnected"
        assert "keys" in connection.problem

    @pytest.mark.parametrize("url", ["http://example.com/back", "ftp://x", "https://x/#part", "javascript:alert(1)"])
    def test_take_a_redirect_address_that_intuit_takes(self, url):
        """R-QB-5: https, but on this machine."""
        with pytest.raises(Invalid):
            load(contract.ChangeQuickBooksSettings, {"version": 1, "redirect_url": url}, strict=True)
