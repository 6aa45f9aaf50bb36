"""A lane: requests that wait for an answer are sent, then more documents are prepared, until nothing is due."""

import time
from uuid import UUID

from chassis.context import new_id
from chassis.errors import Unavailable
from chassis.logs import log
from contracts.billing import Billing
from services.quickbooks.company import Company
from services.quickbooks.documents import lanes, preparing, sending
from services.quickbooks.operations import queue
from services.quickbooks.operations.queue import Taken
from services.quickbooks.tools import Tools

TURN_SECONDS = 20.0  # then other firms have theirs
AGAIN_SECONDS = 2.0  # after billing did not answer


def run(tools: Tools, billed: Billing, company: Company, firm_id: UUID, taken: Taken) -> None:
    """Push what is due of a firm. Raises what the company raises."""
    until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        push = tools.do(firm_id, sending.take)
        if push is not None:
            sending.send(tools, company, firm_id, push)
            continue
        try:
            made = preparing.prepare(tools, billed, company, firm_id, new_id())
        except Unavailable as problem:
            log.warning("documents wait", firm_id=str(firm_id), error=str(problem))
            tools.do(firm_id, queue.again, taken, {}, AGAIN_SECONDS)
            return
        if made is None:
            break
    tools.do(firm_id, lanes.finish, taken)
