"""Contacts tells what it has to whoever keeps a projection of it."""

from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Invalid
from contracts.export import Export
from services.contacts.queries import exporting


@pytest.fixture
def system(ctx):
    return replace(ctx, actor=Actor())


def test_tells_every_contact_then_the_links_of_every_account(session, system, person, opened):
    anna, boris, clara = person("Anna"), person("Boris"), person("Clara")
    home, shop = opened(boris, anna), opened(anna)

    told, cursor = [], None
    while True:
        page = exporting.export(session, system, Export(cursor=cursor, limit=2))
        told += page.events
        cursor = page.next_cursor
        if cursor is None:
            break

    people = [event["body"]["contact"].id for event in told if event["type"] == "contacts.contact_created.v1"]
    bodies = [event["body"] for event in told if event["type"] == "contacts.links_changed.v1"]
    links = {body["account_id"]: body["contact_ids"] for body in bodies}
    assert people == sorted([anna.id, boris.id, clara.id])
    assert links == {home.id: (boris.id, anna.id), shop.id: (anna.id,)}


def test_another_firm_is_told_nothing(session, system, person, opened):
    opened(person("Anna"))
    elsewhere = replace(system, firm_id=new_id())

    first = exporting.export(session, elsewhere, Export())
    people = exporting.export(session, elsewhere, Export(cursor=first.next_cursor))
    rest = exporting.export(session, elsewhere, Export(cursor=people.next_cursor))

    assert (first.events, people.events, rest.events, rest.next_cursor) == ((), (), (), None)


@pytest.mark.parametrize("kind", ["member", "portal"])
def test_people_are_refused(session, ctx, kind):
    with pytest.raises(Forbidden):
        exporting.export(session, replace(ctx, actor=replace(ctx.actor, kind=kind)), Export())


@pytest.mark.parametrize("forged", ["W10", "WyJ4IiwieCJd", "WyJsaW5rcyIsMV0"])
def test_a_cursor_of_somebody_elses_making_is_refused(session, system, forged):
    with pytest.raises(Invalid):
        exporting.export(session, system, Export(cursor=forged))
