"""Who acts, as rows keep it: by the name of the day, for these are records of acts."""

from typing import Any

from chassis.context import Context


def author(ctx: Context) -> dict[str, Any]:
    """Describe who acts, as a message Author has it."""
    return {
        "kind": ctx.actor.kind,
        "id": str(ctx.actor.id) if ctx.actor.id else None,
        "name": ctx.actor.name or ("Dossier" if ctx.actor.kind == "system" else ""),
    }
