"""What is unpaid keeps an account from being deleted (R-ARC-5)."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from chassis.context import new_id
from chassis.testing import member_ctx
from contracts import payments
from contracts.accounts import AccountOwes, DeleteAccount
from contracts.billing import BalanceChanged
from services.accounts import owed
from services.accounts.model import OwedRef
from services.accounts.operations import trash
from tests.unit.accounts import firm

ZERO = Decimal("0.00")


@pytest.fixture
def account(session, ctx):
    firm.join(session, ctx, firm.member(id=ctx.actor.id, role="owner", name="Olga Owner"))
    made = firm.opened(session, ctx, name="Byron Ltd")
    firm.archive(session, ctx, made.id)
    return made


@pytest.fixture
def owes(session, ctx, account):
    """`owes("10.00", version=2)`: billing tells that so much is due, and so much on its way."""

    def tell(due, clearing="0.00", *, version=1, account_id=account.id):
        sums = {"due": Decimal(due), "clearing": Decimal(clearing), "credit": ZERO, "reserved": ZERO}
        one = payments.Balance(currency="EUR", net_due=Decimal(due), **sums)
        told = payments.Balances(account_id=account_id, items=(one,), version=version)
        owed.balance_changed(session, ctx, BalanceChanged(account_id=account_id, balances=told))

    return tell


@pytest.fixture
def delete(session, ctx, account):
    def run(by=ctx, **fields):
        return trash.delete_account(session, by, DeleteAccount(account_id=account.id, name="Byron Ltd", **fields))

    return run


@pytest.mark.parametrize(("due", "clearing", "said"), [("10.00", "0.00", "10.00"), ("0.00", "5.00", "5.00")])
def test_who_owes_is_not_deleted(owes, delete, due, clearing, said):
    """R-ARC-5: nor while money is on its way"""
    owes(due, clearing)

    with pytest.raises(AccountOwes) as refused:
        delete()

    assert refused.value.data == {"due": {"EUR": said}}


def test_the_owner_may_insist(owes, delete):
    """R-ARC-5"""
    owes("10.00")

    assert delete(is_forced=True).name == "Byron Ltd"


def test_an_admin_may_not(ctx, owes, delete):
    """R-ARC-5"""
    owes("10.00")

    with pytest.raises(AccountOwes):
        delete(by=member_ctx(ctx, role="admin"), is_forced=True)


def test_who_has_paid_is_deleted_whatever_is_told_late(owes, delete):
    owes("0.00", version=2)
    owes("10.00", version=1)

    assert delete().name == "Byron Ltd"


def test_nothing_is_kept_of_an_account_that_is_gone(session, ctx, owes):
    owes("10.00", account_id=new_id())

    count = select(func.count()).select_from(OwedRef).where(OwedRef.firm_id == ctx.firm)
    assert session.scalars(count).one() == 0
