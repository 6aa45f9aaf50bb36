"""Whoever sends may be killed at any moment: every mail arrives once, or it is said that nobody knows (ADR 14)."""

import json
import subprocess
import sys
from collections import Counter
from functools import partial

import pytest

from services.notifications import sending
from services.notifications.operations import outgoing
from tests.stack import until

MAILS = 24
WORKER = """
import json, sys
from uuid import UUID
from chassis.config import Settings
from chassis.db import Transactions, make_engine
from chassis.sealing import Sealer
from services.notifications import sending

told = json.loads(sys.stdin.read())
settings = Settings(**told["settings"])
db = Transactions(make_engine(told["database"], name="killed", pool_size=2))
tools = sending.Tools(db, Sealer(settings.secret_keys), settings, None, None)
sending.send_run(tools, [(UUID(firm_id), UUID(mail_id)) for firm_id, mail_id in told["due"]])
"""


@pytest.fixture
def worker(desk):
    """A process that sends what is due, started when it is called."""
    started = []

    def start():
        names = ("smtp_url", "mail_from", "public_url")
        settings = {name: getattr(desk.settings, name) for name in names} | {
            "secret_keys": list(desk.settings.secret_keys)
        }
        url = desk.db.engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
        due = [[str(firm_id), str(mail_id)] for firm_id, mail_id in desk.due()]
        process = subprocess.Popen([sys.executable, "-c", WORKER], stdin=subprocess.PIPE)
        process.stdin.write(json.dumps({"settings": settings, "database": url, "due": due}).encode())
        process.stdin.close()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_killed_process_loses_no_mail_and_repeats_none(desk, worker):
    ids = {desk.address(f"n{number}"): desk.mail(f"n{number}") for number in range(MAILS)}
    for kill_after in (4, 12):
        process = worker()
        until(partial(_has_sent, desk, kill_after), every=0.01)
        assert process.poll() is None
        process.kill()
        process.wait()
        desk.pass_time(sending.LEASE_SECONDS + 1)

    desk.send()

    arrived = Counter(envelope["to"][0] for envelope, _ in desk.arrived())
    states = {email: desk.row(mail_id).state for email, mail_id in ids.items()}
    assert set(states.values()) <= {"sent", "unknown"}
    assert max(arrived.values()) == 1
    assert {email for email, state in states.items() if state == "sent"} <= set(arrived)
    assert list(states.values()).count("unknown") <= 2  # one at most for each that was killed


def _has_sent(desk, count):
    return len(list(desk.smtp.inbox.glob("*.eml"))) >= count


def test_one_killed_while_the_server_takes_its_mail_is_reported(desk, worker):
    mail_id = desk.mail()
    desk.smtp.behave("slow")

    process = worker()
    until(lambda: desk.row(mail_id).state == "sending")
    process.kill()
    process.wait()
    desk.smtp.behave("accept")
    desk.send(after=sending.LEASE_SECONDS + 1)

    assert desk.state(mail_id) == ("unknown", outgoing.UNKNOWN)
