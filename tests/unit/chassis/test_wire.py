"""A message is declared once; what loads, what is refused and what goes out follow from it."""

import dataclasses
import datetime as dt
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow.validate import Length

from chassis import wire
from chassis.errors import Invalid
from chassis.wire import UNSET, Unset, dump, load, message, to_json


@message
class Part:
    email: Annotated[str, Length(min=1, max=20)]


@message
class Whole:
    id: uuid.UUID
    names: Annotated[tuple[Annotated[str, Length(min=1)], ...], Length(max=3)] = ()
    parts: tuple[Part, ...] = ()
    due: dt.date | None | Unset = UNSET
    at: dt.datetime | None = None
    amount: Decimal = Decimal("1.20")
    kind: Literal["a", "b"] = "a"
    count: int = 0
    is_on: bool = False
    extra: dict[str, Any] = dataclasses.field(default_factory=dict)


def whole(**values):
    return {"id": str(uuid.uuid4()), **values}


class TestLoad:
    def test_what_was_dumped_loads_to_the_same(self):
        made = Whole(id=uuid.uuid4(), names=("x",), parts=(Part(email="a@b"),), at=dt.datetime.now(dt.UTC))

        assert load(Whole, orjson.loads(to_json(dump(made)))) == made

    def test_a_field_left_out_is_unset_and_null_is_not(self):
        assert load(Whole, whole()).due is UNSET
        assert load(Whole, whole(due=None)).due is None

    def test_the_bus_forgives_unknown_fields_and_the_edge_does_not(self):
        document = whole(parts=[{"email": "a@b", "later": 1}], later=1)

        assert load(Whole, document).parts == (Part(email="a@b"),)
        with pytest.raises(Invalid) as refused:
            load(Whole, document, strict=True)
        assert {error["field"] for error in refused.value.data["errors"]} == {"later", "parts.0.later"}

    def test_instants_become_utc(self):
        loaded = load(Whole, whole(at="2026-01-01T00:30:00+02:00"))

        assert loaded.at.isoformat() == "2025-12-31T22:30:00+00:00"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("id", "not an id"),
            ("id", None),
            ("id", 7),
            ("names", [""]),
            ("names", ["x"] * 4),
            ("names", "x"),
            ("names", ["\x00"]),
            ("names", ["\ud800"]),
            ("parts", [{}]),
            ("parts", [{"email": "x" * 21}]),
            ("due", "2026-02-30"),
            ("at", "2026-01-01T00:00:00"),
            ("at", "0001-01-01T00:00:00+10:00"),
            ("amount", "a lot"),
            ("amount", "NaN"),
            ("kind", "c"),
            ("count", 2**31),
            ("count", True),
            ("count", 1.5),
            ("count", "1"),
            ("is_on", "yes"),
            ("is_on", 1),
            ("extra", []),
        ],
    )
    def test_a_wrong_value_is_refused_by_its_field(self, field, value):
        with pytest.raises(Invalid) as refused:
            load(Whole, whole(**{field: value}), strict=True)

        assert refused.value.data["errors"][0]["field"].startswith(field)

    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
    def test_what_is_no_object_is_refused(self, document):
        with pytest.raises(Invalid):
            load(Whole, document, strict=True)


class TestDump:
    def test_unset_fields_are_left_out(self):
        assert "due" not in dump(Whole(id=uuid.uuid4()))

    def test_amounts_are_written_without_exponent(self):
        assert to_json({"amount": Decimal("1E+3")}) == b'{"amount":"1000"}'

    def test_what_has_no_json_form_is_an_error_here_and_not_at_the_reader(self):
        with pytest.raises(TypeError):
            to_json({"thing": object()})


def test_two_events_cannot_share_a_type():
    wire.event("test.thing_happened", version=1)(type("ThingHappened", (), {"__annotations__": {"x": int}}))

    with pytest.raises(TypeError, match=r"test\.thing_happened\.v1"):
        wire.event("test.thing_happened", version=1)(type("Other", (), {"__annotations__": {"x": int}}))
    del wire.EVENTS["test.thing_happened.v1"]
