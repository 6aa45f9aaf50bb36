"""What billing does when an account is gone, and what it tells anew."""

import orjson
import pytest
from sqlalchemy import func, select

from chassis.context import Context, new_id
from chassis.errors import Forbidden
from chassis.wire import load, to_json
from contracts.accounts import AccountDeleted
from contracts.billing import BalanceChanged
from contracts.export import Export
from contracts.payments import PayInvoice
from services.billing import model
from services.billing.operations import neighbours
from services.billing.queries import exporting


def test_of_a_deleted_account_nothing_is_kept_but_its_numbers(session, ctx, account_id, issued, draft, pay, credit):
    made = issued("100")
    draft(), credit("30"), pay("20", made)
    pay("10", made, is_pending=True, credits=(PayInvoice(invoice_id=made.id),))
    other = issued("5", account_id=new_id())

    neighbours.account_deleted(session, ctx, AccountDeleted(account_id=account_id, version=9))

    for kind in neighbours.OF_ACCOUNT:
        left = select(func.count()).select_from(kind).where(kind.account_id == account_id)
        assert session.scalars(left).one() == 0
    assert session.scalars(select(model.Invoice.id)).all() == [other.id]
    assert issued("5", account_id=new_id()).number > other.number


def test_balances_are_told_anew_page_by_page(session, ctx, issued, told):
    """R-CRD-4"""
    for amount in ("1", "2", "3"):
        issued(amount, account_id=new_id())
    system = Context(firm_id=ctx.firm_id)
    found, cursor = [], None
    while True:
        page = exporting.export(session, system, Export(limit=2, cursor=cursor))
        found += [load(BalanceChanged, orjson.loads(to_json(one["body"]))) for one in page.events]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert sorted(found, key=lambda one: str(one.account_id)) == sorted(
        told(BalanceChanged), key=lambda one: str(one.account_id)
    )
    with pytest.raises(Forbidden):
        exporting.export(session, ctx, Export())
