"""What the sample's clients were offered: the same every time, of every kind, and as billing takes it."""

import datetime as dt
from collections import Counter

import orjson
import pytest

from chassis.context import new_id
from chassis.wire import load, to_json
from contracts.proposal_content import ProposalContent
from contracts.work_settings import Pipeline
from deploy.sample.clients import clients
from deploy.sample.firm import Firm
from deploy.sample.offers import offers
from services.billing.rules import proposals as rules

TODAY = dt.date(2026, 11, 23)
SHOWN = 5  # rows of the section on the page (R-PRP-1)


@pytest.fixture(scope="module")
def firm():
    pipeline = Pipeline(id=new_id(), name="Tax", position=0, stages=(), available_to=None, version=1)
    nothing = {"statuses": {}, "account_fields": {}, "contact_fields": {}, "roles": {}}
    return Firm(tags={}, pipelines={"Tax": pipeline}, **nothing)


@pytest.fixture(scope="module")
def plans(firm):
    return [offers(client, firm, TODAY, can_sign=True) for client in clients()]


def test_they_are_the_same_every_time(firm, plans):
    assert offers(clients()[7], firm, TODAY, can_sign=True) == plans[7]


def test_most_have_some_and_a_few_more_than_the_page_shows(plans):
    """R-PRP-1"""
    assert all(plans)
    assert sum(len(plan) > SHOWN for plan in plans) >= 5


def test_each_fate_and_way_of_invoicing_is_among_them(plans):
    every = [offer for plan in plans for offer in plan]

    assert len(Counter(offer.fate for offer in every)) == 5
    assert len(Counter((offer.content.kind, offer.content.invoicing) for offer in every)) == 6


def test_all_are_as_billing_takes_them(plans):
    for offer in (offer for plan in plans for offer in plan):
        sent = orjson.loads(to_json(offer.content))
        assert load(ProposalContent, sent, strict=True) == offer.content
        rules.check_packages(offer.content.invoicing, offer.content.packages)
        rules.check_expiry(offer.content.expires_on, TODAY)


def test_where_nobody_can_sign_nothing_is_sent(firm):
    plans = [offers(client, firm, TODAY, can_sign=False) for client in clients()]

    assert {offer.fate for plan in plans for offer in plan} == {"draft"}
