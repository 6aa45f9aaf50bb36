"""Custom fields of accounts and of contacts, each a part of a page that is edited by itself (R-CF-1)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from contracts.custom_fields import CustomField
from gateway import problems
from gateway.web.firm import values
from gateway.web.firm.editing import Part
from gateway.web.page import Visit

S = TypeVar("S")
Change = Callable[..., Awaitable[S]]  # (visit, subject, **fields)


def of_field(field: CustomField, needs: str, change: Change[S]) -> Part[S]:
    """The part that one custom field is; `change` saves it, for who may do `needs`."""

    async def save(visit: Visit, subject: S) -> S:
        return await change(visit, subject, custom_fields={str(field.id): values.typed(visit, field)})

    def held(subject: Any) -> object:
        return next((one.value for one in subject.custom_fields if one.field_id == field.id), None)

    return Part(
        name=f"fields.{field.id}",
        template="firm/info/field.html",
        needs=needs,
        values=held,
        save=save,
        facts={"field": field, "currencies": values.currencies() if field.type == "currency" else ()},
    )


def find(fields: Sequence[CustomField], field_id: UUID) -> CustomField:
    """The field of that id. Raises NoSuchPath."""
    found = next((field for field in fields if field.id == field_id), None)
    if found is None:
        raise problems.NoSuchPath
    return found
