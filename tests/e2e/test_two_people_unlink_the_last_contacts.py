"""R-LNK-2, R-LNK-8: an account keeps a contact, whoever unlinks at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.firms import Client, person


@pytest.mark.parametrize("attempt", range(5))
def test_one_of_two_is_refused(firm, attempt):
    account = firm.account(contacts=[{"new": person()}, {"new": person()}])
    linked = firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"]
    paths = [f"/accounts/{account['id']}/contacts/{item['contact']['id']}" for item in linked]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda path: Client(firm.url, firm.signed_in["token"]).delete(path), paths))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409).json()
    assert refused["type"] == "/problems/last_contact"
    assert len(firm.owner.made("GET", f"/accounts/{account['id']}/contacts")["items"]) == 1
