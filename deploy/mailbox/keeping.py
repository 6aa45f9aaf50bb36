"""Mails as files, newest first: what came over the wire, below the lines that a mail server adds at delivery."""

import datetime as dt
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import takewhile
from pathlib import Path
from typing import Any

KEPT = 1000  # mails; the oldest go
IDENTIFIER = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")
OURS = re.compile(r"(Return-Path|Delivered-To): ")
LINK = re.compile(r"https?://[^\s<>\"'\])]+")


@dataclass(frozen=True)
class Kept:
    """One mail; `raw` is all of it, `message` what the parser makes of it."""

    id: str
    raw: bytes
    message: EmailMessage

    @property
    def subject(self) -> str:
        return self._field("Subject") or "(no subject)"

    @property
    def sender(self) -> str:
        return self._field("From")

    @property
    def recipients(self) -> str:
        heads = self.header.split("\n")
        return ", ".join(
            one.partition(": ")[2] for one in takewhile(OURS.match, heads) if one.startswith("Delivered-To")
        )

    @property
    def received_at(self) -> dt.datetime:
        return dt.datetime.strptime(self.id.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=dt.UTC)

    @property
    def header(self) -> str:
        return self.raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace")

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    @property
    def links(self) -> list[str]:
        """Where its text leads, in order."""
        return list(dict.fromkeys(one.rstrip(".,") for one in LINK.findall(self.text)))

    def _part(self, kind: str) -> str:
        found = self.message.get_body((kind,))
        try:
            return str(found.get_content()) if found is not None else ""
        except (LookupError, ValueError):  # whatever a sender calls an alphabet
            return ""

    def _field(self, name: str) -> str:
        try:
            return " ".join(str(self.message.get(name, "")).split())
        except (LookupError, ValueError, AttributeError):  # the parser stumbles over some of what is no address
            return ""


class Shelf:
    """A folder of mails, each written at once, so that a restart finds all of them whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        """Keep a mail; its id."""
        mail_id = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
        lines = [f"Return-Path: <{sender}>", *(f"Delivered-To: {one}" for one in recipients)]
        fresh = self._folder / f"{mail_id}.new"
        fresh.write_bytes("".join(f"{line}\r\n" for line in lines).encode() + content)
        fresh.replace(self._path(mail_id))
        for old in self._ids()[KEPT:]:
            self._path(old).unlink(missing_ok=True)
        return mail_id

    def get(self, mail_id: str) -> Kept | None:
        if not IDENTIFIER.fullmatch(mail_id) or not self._path(mail_id).is_file():
            return None
        raw = self._path(mail_id).read_bytes()
        parser_policy: Any = policy.default
        return Kept(mail_id, raw, message_from_bytes(raw, policy=parser_policy))

    def newest(self, limit: int, words: str = "") -> list[Kept]:
        """Give the newest mails whose recipient, sender or subject holds `words`."""
        found = []
        for mail_id in self._ids():
            kept = self.get(mail_id)
            if kept and words.casefold() in f"{kept.recipients} {kept.sender} {kept.subject}".casefold():
                found.append(kept)
            if len(found) == limit:
                break
        return found

    def _ids(self) -> list[str]:
        return sorted((path.stem for path in self._folder.glob("*.eml")), reverse=True)

    def _path(self, mail_id: str) -> Path:
        return self._folder / f"{mail_id}.eml"
