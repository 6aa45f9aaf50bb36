"""Everything goes wrong at once, by chance: what was asked for is done in the end, once, within the limits."""

import threading

from services.quickbooks import working

ACCOUNTS, WORKERS = 12, 3
STORM = {"drop_rate": 0.15, "lost_rate": 0.1, "error_rate": 0.15, "error_after_rate": 0.1, "fault_200_rate": 0.5}
CALM = dict.fromkeys(STORM, 0)
ROUNDS = 40


def test_every_customer_is_made_once_whatever_goes_wrong(firm, intuit):
    """R-QB-4, R-QB-21: answers lost before and after the write, faults, tokens that end all the time."""
    firm.connect()
    made = [firm.account(f"Client {number}") for number in range(ACCOUNTS)]
    for account in made:
        firm.create(account)
    intuit.knobs(**STORM, rotation="at_once", access_seconds=125)  # 5 s more than our margin
    intuit.running.control("reset_limits")

    for _ in range(ROUNDS):
        firm.pass_time(600)
        jobs = firm.due()
        workers = [threading.Thread(target=work, args=(firm, jobs[number::WORKERS])) for number in range(WORKERS)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if all(firm.status(one) == "synced" for one in made):
            break
    intuit.knobs(**CALM, access_seconds=3600)

    assert [firm.status(one) for one in made] == ["synced"] * ACCOUNTS
    assert intuit.names() == sorted(f"Client {number}" for number in range(ACCOUNTS))
    assert {firm.sync_of(one).customer.name for one in made} == set(intuit.names())
    assert intuit.state["limits"][intuit.realm]["exceeded"] == {}
    assert firm.connection().state == "connected"


def work(firm, jobs):
    for job_id in jobs:
        working.work(firm.tools, firm.neighbours, firm.ctx.firm, job_id)
