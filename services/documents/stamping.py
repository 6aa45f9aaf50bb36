"""What is written on a signed PDF: the signers' fields, and pages that say who signed when, where, on which bytes."""

from collections.abc import Sequence

from chassis.listing import instant
from services.documents import model, signers
from services.documents.pdfs import Mark


def marks(everyone: Sequence[model.Signer]) -> list[Mark]:
    """The filled fields of all who signed."""
    return [mark for one in everyone if one.evidence is not None for mark in _marks(one)]


def _marks(one: model.Signer) -> list[Mark]:
    evidence, day = one.evidence or {}, str(instant(one.signed_at))[:10]
    made = []
    for place in one.fields:
        kind = place["kind"]
        texts = {
            "signature": evidence["signed_name"],
            "initials": signers.initials(evidence["signed_name"]),
            "date": day,
            "text": evidence["values"].get(str(place["id"]), ""),
        }
        made.append(
            Mark(
                page=place["page"],
                x=place["x"],
                y=place["y"],
                width=place["width"],
                height=place["height"],
                text=texts[kind],
                is_script=kind in ("signature", "initials"),
                caption=f"Signed electronically {instant(one.signed_at)}" if kind == "signature" else "",
            )
        )
    return made


def lines(row: model.SignatureRequest, name: str, everyone: Sequence[model.Signer]) -> list[str]:
    """The pages of evidence."""
    made = [
        "Record of electronic signatures",
        "",
        f"Document: {name}, version {row.number}",
        f"SHA-256 of the file that was signed: {row.sha256}",
        f"Request: {row.id}",
        f"Sent: {instant(row.sent_at)} by {row.created_by['name']}",
        f"Completed: {instant(row.ended_at)}",
        f"Statement agreed to: {row.intent}",
    ]
    for one in everyone:
        evidence = one.evidence or {}
        made += [
            "",
            f"{one.position + 1}. {one.name} <{one.email}>",
            f"    Signed as: {evidence.get('signed_name', '')}",
            f"    At: {instant(one.signed_at)}",
            f"    By: {'an e-mailed link' if one.way == 'link' else 'the portal, signed in'}",
            f"    From: {evidence.get('address') or 'unknown'}",
            f"    With: {evidence.get('agent') or 'unknown'}",
        ]
    return made
