"""What must be kept readable is sealed for its owner, with a key that the database does not hold."""

import base64
import secrets

import pytest

from chassis.context import new_id
from chassis.errors import Unavailable
from chassis.sealing import Sealer


def test_a_secret_opens_with_an_older_key_and_for_its_own_owner_alone():
    old, new = (base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    owner_id = new_id()
    sealed = Sealer([old]).seal(owner_id, "swordfish")

    assert b"swordfish" not in sealed
    assert Sealer([new, old]).unseal(owner_id, sealed) == "swordfish"
    with pytest.raises(Unavailable):
        Sealer([new]).unseal(owner_id, sealed)
    with pytest.raises(Unavailable):
        Sealer([old]).unseal(new_id(), sealed)
