"""An error crosses the bus with its class, detail and data, and unknown ones show nothing of their text."""

import importlib
import pkgutil

import orjson
import pytest

import contracts
from chassis import errors
from chassis.errors import AppError
from chassis.wire import to_json

for page in pkgutil.iter_modules(contracts.__path__):
    importlib.import_module(f"contracts.{page.name}")


@pytest.mark.parametrize("kind", errors.ERRORS.values(), ids=errors.ERRORS.keys())
def test_every_error_survives_the_bus(kind):
    sent = kind("what happened", id="7", count=3)

    received = errors.from_reply(orjson.loads(to_json(errors.to_reply(sent))))

    assert type(received) is kind
    assert (received.detail, received.data) == ("what happened", {"id": "7", "count": 3})


def test_every_error_says_by_itself_what_is_wrong():
    for kind in errors.ERRORS.values():
        assert kind().detail.endswith("."), f"{kind.__name__} has no sentence as its docstring"


def test_a_foreign_error_shows_nothing_of_its_text():
    received = errors.from_reply(errors.to_reply(ValueError("the password is swordfish")))

    assert type(received) is AppError
    assert "swordfish" not in f"{received}{received.data}"


def test_a_code_belongs_to_one_class():
    with pytest.raises(TypeError, match="conflict"):
        type("Another", (AppError,), {"code": "conflict"})
