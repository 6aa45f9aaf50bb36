"""Some of the sample's clients have a photo, the same one every time, so that filling may be interrupted."""

from deploy.sample.clients import clients
from deploy.sample.photos import SHARE, photo
from services.accounts import pictures


def test_they_are_the_same_every_time_and_differ_from_each_other():
    plan = clients()
    drawn = [photo(client) for client in plan]
    there = [content for content in drawn if content]

    assert drawn == [photo(client) for client in plan]
    assert abs(len(there) - SHARE * len(plan)) < 0.1 * len(plan)
    assert len(set(there)) == len(there)


def test_each_is_what_may_be_sent():
    content = next(content for content in map(photo, clients()) if content)

    assert len(pictures.make(content, None)) == 4
