"""What accounts owe stands in the client list, for who may manage invoices."""

import pytest

from chassis.testing import member_ctx
from contracts import accounts
from contracts.overview import ListAccounts
from services.overview.queries import lists
from tests.unit.overview.firm import account_of, apply, balances_of


@pytest.fixture
def shown(session, ctx):
    """`shown()`: (currency, due, credit, net due) of each account in the list."""

    def read(by=ctx):
        rows = lists.list_accounts(session, by, ListAccounts(state="all")).items
        return [
            [(one.currency, str(one.due), str(one.credit), str(one.net_due)) for one in row.balances] for row in rows
        ]

    return read


def test_the_list_shows_what_is_due_and_the_credit(session, ctx, shown):
    """R-LST-1, R-CRD-4: by currency, never added up"""
    account = account_of("Roy")
    apply(session, ctx, accounts.AccountCreated(account=account))
    assert shown() == [[]]

    apply(session, ctx, balances_of(account.id, ("EUR", "100.00", "30.00"), ("USD", "0.00", "5.00")))

    assert shown() == [[("EUR", "100.00", "30.00", "70.00"), ("USD", "0.00", "5.00", "0.00")]]


def test_the_newest_told_stays_in_whatever_order_it_comes(session, ctx, shown):
    account = account_of("Roy")
    apply(session, ctx, balances_of(account.id, ("EUR", "2.00", "0.00"), version=2))
    apply(session, ctx, accounts.AccountCreated(account=account))
    apply(session, ctx, balances_of(account.id, ("EUR", "1.00", "0.00"), version=1))

    assert shown() == [[("EUR", "2.00", "0.00", "2.00")]]


def test_who_may_not_manage_invoices_sees_no_money(session, ctx, shown):
    """R-INV-5"""
    account = account_of("Roy")
    apply(session, ctx, accounts.AccountCreated(account=account), balances_of(account.id, ("EUR", "2.00", "0.00")))

    assert shown(member_ctx(ctx, rights=("view_all_accounts",))) == [[]]
    assert shown(member_ctx(ctx, rights=("view_all_accounts", "manage_invoices"))) != [[]]


def test_what_comes_after_a_deletion_brings_nothing_back(session, ctx, shown):
    account = account_of("Roy")
    apply(session, ctx, accounts.AccountCreated(account=account))
    apply(session, ctx, accounts.AccountDeleted(account_id=account.id, version=2))
    apply(session, ctx, balances_of(account.id, ("EUR", "2.00", "0.00")))

    assert shown() == []
