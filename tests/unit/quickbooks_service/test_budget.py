"""QuickBooks is never asked more often than it allows, whoever asks (R-QB-21)."""

import datetime as dt
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chassis.context import new_id
from deploy.local.services import ROOT
from services.quickbooks import budget, model
from services.quickbooks.budget import NotNow, asking
from services.quickbooks.company import Company

# R-QB-21
PROCESSES, REQUESTS = 3, 12  # of each
PROGRAM = """
import sys, httpx
from chassis.context import Context
from chassis.db import Transactions, make_engine
from services.quickbooks.budget import asking
from uuid import UUID
database, firm, realm, url, token, count = sys.argv[1:]
db, ctx = Transactions(make_engine(database)), Context(firm_id=UUID(firm))
for _ in range(int(count)):
    with asking(db, ctx, realm, patience=60):
        address = f"{url}/v3/company/{realm}/companyinfo/{realm}"
        answer = httpx.get(address, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
"""


def test_threads_together_keep_to_it(firm, intuit):
    firm.connect()
    intuit.running.control("reset_limits")

    def ask(_):
        company = Company(firm.tools, firm.ctx.firm, patience=60)
        company.query("SELECT COUNT(*) FROM Customer")
        company.close()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(ask, range(30)))

    limits = intuit.state["limits"][intuit.realm]
    assert (limits["requests"], limits["refused"], limits["exceeded"]) == (30, 0, {})
    assert limits["peaks"]["at_once"] <= budget.AT_ONCE


def test_processes_together_keep_to_it(firm, intuit):
    firm.connect()
    intuit.running.control("reset_limits")
    kept = firm.rows(model.Credential)[0]
    token = firm.tools.sealer.unseal(firm.ctx.firm, kept.access_token)
    database = firm.tools.db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    told = [database, str(firm.ctx.firm), intuit.realm, intuit.url, token, str(REQUESTS)]
    began = time.monotonic()
    running = [
        subprocess.Popen([sys.executable, "-W", "ignore", "-c", PROGRAM, *told], cwd=ROOT) for _ in range(PROCESSES)
    ]

    assert [one.wait(timeout=90) for one in running] == [0] * PROCESSES

    limits = intuit.state["limits"][intuit.realm]
    assert (limits["requests"], limits["refused"], limits["exceeded"]) == (PROCESSES * REQUESTS, 0, {})
    assert time.monotonic() - began > (PROCESSES * REQUESTS - 1) * budget.APART_SECONDS


def test_where_there_is_no_room_one_comes_again(firm, ctx, intuit):
    requests_under_way(firm, ctx, intuit, seconds=30)

    with pytest.raises(NotNow), asking(firm.tools.db, ctx, intuit.realm, patience=0.2):
        pass


def test_requests_of_a_process_that_died_are_counted_no_longer(firm, ctx, intuit):
    requests_under_way(firm, ctx, intuit, seconds=-1)

    with asking(firm.tools.db, ctx, intuit.realm, patience=2.0):
        under_way = firm.rows(model.Asking)

    assert len(under_way) == 1
    assert firm.rows(model.Asking) == []


def test_batches_are_further_apart_and_hold_up_nothing_else(firm, ctx, intuit):
    with asking(firm.tools.db, ctx, intuit.realm, lane="batch"):
        pass

    with pytest.raises(NotNow) as wait, asking(firm.tools.db, ctx, intuit.realm, lane="batch", patience=0.3):
        pass
    with asking(firm.tools.db, ctx, intuit.realm, patience=1.0):
        pass

    assert wait.value.seconds > 0.5


def test_another_company_has_a_budget_of_its_own(firm, ctx, intuit):
    requests_under_way(firm, ctx, intuit, seconds=30)

    with asking(firm.tools.db, ctx, f"{intuit.realm}1", patience=0.5):
        pass


def requests_under_way(firm, ctx, intuit, seconds):
    until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    with firm.tools.db.transaction(ctx) as session:
        for _ in range(budget.AT_ONCE):
            session.add(model.Asking(firm_id=ctx.firm, id=new_id(), realm_id=intuit.realm, until=until))
