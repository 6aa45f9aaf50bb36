"""The same system with its files in S3 instead of a folder, by one setting (R-PHOTO-2)."""

import urllib.request

import pytest

from tests import s3
from tests.firms import Firm
from tests.pictures import encoded, quarters, read
from tests.stack import Stack, until


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with s3.server(tmp_path_factory.mktemp("s3") / "log") as variables:
        yield variables


@pytest.fixture(scope="module")
def firm(servers, tmp_path_factory, store):
    extra = {**store, "DOSSIER_BLOBS": f"s3://{s3.BUCKET}/dossier"}
    with Stack(servers, tmp_path_factory.mktemp("logs"), extra) as stack:
        made = Firm(stack.url, stack.env)
        yield made
        made.owner.close()


def kept(store):
    """What the bucket holds, as the server itself lists it."""
    return urllib.request.urlopen(f"{store['AWS_ENDPOINT_URL']}/{s3.BUCKET}").read().decode().count("<Key>")


def test_a_photo_goes_in_comes_out_and_leaves_nothing_behind(firm, store):
    at = f"/accounts/{firm.account('Ada Ltd')['id']}/photo"

    sent = firm.owner.put(at, content=encoded(quarters(600, 400)), headers={"Content-Type": "image/png"})
    shown = firm.owner.get(at, params={"size": 256})

    assert sent.status_code == 200, sent.text
    assert (shown.headers["content-type"], read(shown.content).size) == ("image/webp", (256, 256))
    assert kept(store) == 4, "one file of each size, and no upload"
    firm.owner.delete(at).raise_for_status()
    until(lambda: kept(store) == 0)


def test_what_is_no_picture_stays_nowhere(firm, store):
    at = f"/accounts/{firm.account('Byron Ltd')['id']}/photo"

    refused = firm.owner.put(at, content=b"PK\x03\x04 not a picture", headers={"Content-Type": "image/png"})

    assert refused.status_code == 422
    assert kept(store) == 0
