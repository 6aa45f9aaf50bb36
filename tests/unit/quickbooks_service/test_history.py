"""What of quickbooks has a history, and what changes of it say."""

from sqlalchemy import text

from chassis import history
from chassis.testing import service_session
from services.quickbooks import model

session = service_session("quickbooks")
# Tables that hold nothing of a person's doing, each with the reason.
NOT_RECORDED = {
    "credential": "secrets, sealed; a history of them would keep what was given up",
    "connecting": "good for ten minutes; who connected stands in the connection",
    "budget": "counts requests",
    "asking": "counts requests",
    "customer": "what QuickBooks told",
    "ledger_account": "what QuickBooks told",
    "account": "its steps say who changed it and when",
    "step": "is a history itself",
    "watch": "a secret, sealed, and how far we have looked",
    "told_change": "what Intuit told",
    "attention": "what was told stands in the events",
    "document": "its steps say who changed it and when",
    "document_step": "is a history itself",
    "push": "a request on its way; what came of it is a step",
    "allocation": "follows from what billing has a history of",
    "item": "what QuickBooks told",
    "job": "what waits to be done; what was done is a step",
}


def test_every_table_is_recorded_or_has_a_reason_not_to_be(session):
    recorded = history.recorded(session)

    assert recorded.keys() | NOT_RECORDED.keys() == set(model.Base.metadata.tables)
    assert recorded.keys() & NOT_RECORDED.keys() == set()


def test_who_connected_and_who_changed_the_settings_is_kept(firm):
    firm.connect()
    firm.change(which_accounts="all")
    firm.disconnect()

    query = text(
        "SELECT actor_name, is_now->>'state' AS state, is_now->>'which_accounts' AS which"
        " FROM change WHERE about_id = :firm AND kind = 'connection' ORDER BY id"
    )
    with firm.tools.db.reading(firm.ctx) as session:
        changes = session.execute(query, {"firm": firm.ctx.firm}).all()

    assert {one.actor_name for one in changes} == {"Olga Owner"}
    assert ("connected", "all") in {(one.state, one.which) for one in changes}
    assert changes[-1].state == "disconnected"
