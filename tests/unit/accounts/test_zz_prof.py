import cProfile, pstats, time
from dataclasses import replace
from chassis.context import new_id, Context
from services.accounts import importing, opening
from contracts.accounts import *
from contracts.contacts import *
from tests.unit.accounts import firm
from chassis.metrics import SQL_STATEMENTS


def test_prof(sessions, ctx):
    with sessions() as s:
        firm.join(s, ctx, firm.member("owner"))

    def once(i):
        c = Context(firm_id=ctx.firm_id, key=f"k{i}")
        row = ImportRow(
            line=i,
            account_name=f"N {i}",
            tags=("a", "b"),
            contact=ContactEntry(new=NewContact(first_name="A", last_name="B")),
        )
        with sessions(c) as s:
            t = importing.aim(s, c, row, row.contact)
        with sessions(c) as s:
            opening.finish(s, c, t.begun.account.id, firm.linked(t.begun, firm.contact()))

    once(-1)
    n0 = SQL_STATEMENTS._value.get()
    t = time.time()
    u = time.process_time()
    for i in range(100):
        once(i)
    print(
        "per row wall ms",
        (time.time() - t) * 10,
        "cpu ms",
        (time.process_time() - u) * 10,
        "stmts",
        (SQL_STATEMENTS._value.get() - n0) / 100,
    )
    p = cProfile.Profile()
    p.enable()
    for i in range(200, 300):
        once(i)
    p.disable()
    pstats.Stats(p).sort_stats("tottime").print_stats(40)
    assert 0
