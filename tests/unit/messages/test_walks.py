"""Whatever is said, read, ticked, archived and deleted one after the other, a row tells how it is (R-CHT-1..5)."""

import random

import pytest

from chassis.errors import AppError
from chassis.listing import instant
from chassis.testing import member_ctx
from contracts.common import Done
from tests.unit.messages.conftest import as_contact, later

STEPS = 60


class Walk:
    """One thread and what everybody did in it, remembered here in a list of its own."""

    def __init__(self, talk, ctx, new_file, seed):
        self.talk, self.new_file, self.choose = talk, new_file, random.Random(seed)
        self.members = [ctx, member_ctx(ctx, name="Emil Employee"), member_ctx(ctx, name="Emma Employee")]
        self.contacts = [as_contact(ctx, name) for name in ("Anna Roy", "Boris Roy")]
        self.minute, self.messages, self.marks, self.tasks, self.is_archived = 0, [], {}, {}, False
        self.thread = talk.start("Begin.")
        self._said(talk.said(self.thread).items[0], ctx, "sent", 0)

    def step(self):
        self.minute += self.choose.choice((0, 1, 7))
        acts = {
            self.say: 4, self.note: 3, self.answer: 4, self.read: 4, self.read_as: 3, self.delete: 3, self.edit: 1,
            self.archive: 1, self.add_task: 1, self.tick: 2,
        }  # fmt: skip
        (act,) = self.choose.choices(list(acts), list(acts.values()))
        try:
            with self.talk.session.begin_nested():
                act()
        except AppError:  # too late, or gone
            return

    def at(self, who):
        return later(who, minutes=self.minute)

    def files(self, who):
        return tuple(self.new_file(who) for _ in range(self.choose.choice((0, 0, 1, 2))))

    def _said(self, message, who, kind, files):
        newest = [one["position"] for one in self.messages if self.is_seen(one, who)]
        self.messages.append(
            {"message": message, "position": len(self.messages) + 1, "kind": kind, "who": who, "files": files}
            | {"at": message.sent_at, "text": message.text, "is_deleted": False}
        )
        if self.marks.get(who.actor.id, 0) >= max(newest, default=0):
            self.marks[who.actor.id] = len(self.messages)
        if kind != "internal":
            self.is_archived = False

    @staticmethod
    def is_seen(one, who):
        return not one["is_deleted"] and (who.actor.kind == "member" or one["kind"] != "internal")

    def say(self, **fields):
        who = self.choose.choice(self.members)
        files = self.files(who)
        made = self.talk.say(self.thread, f"Said at {self.minute}", by=self.at(who), attachment_ids=files, **fields)
        self._said(made, who, "internal" if fields else "sent", len(files))

    def note(self):
        self.say(is_internal=True)

    def answer(self):
        who = self.choose.choice(self.contacts)
        files = self.files(who)
        made = self.talk.answer(self.thread, self.at(who), f"Answer at {self.minute}", attachment_ids=files)
        self._said(made, who, "received", len(files))

    def read(self):
        one, who = self.choose.choice(self.messages), self.choose.choice(self.members)
        assert self.talk.read(self.thread, one["message"], by=self.at(who)) == Done()
        self._mark(who, one)

    def read_as(self):
        one, who = self.choose.choice(self.messages), self.choose.choice(self.contacts)
        self.talk.read_as(self.at(who), self.thread, one["message"])
        assert one["kind"] != "internal"
        self._mark(who, one)

    def _mark(self, who, one):
        self.marks[who.actor.id] = max(self.marks.get(who.actor.id, 0), one["position"])

    def delete(self):
        one = self.choose.choice(self.messages[-4:])
        if one["kind"] == "received":
            self.talk.delete_as(self.at(one["who"]), self.thread, one["message"])
        else:
            self.talk.delete(self.thread, one["message"], by=self.at(one["who"]))
        one["is_deleted"] = True

    def edit(self):
        one = self.choose.choice(self.messages[-4:])
        text, version = f"Edited at {self.minute}", one["message"].version
        if one["kind"] == "received":
            made = self.talk.edit_as(self.at(one["who"]), self.thread, one["message"], text, version=version)
        else:
            made = self.talk.edit(self.thread, one["message"], by=self.at(one["who"]), text=text)
        one["message"], one["text"] = made, text

    def archive(self):
        self.thread = self.talk.change(self.talk.thread(self.thread), is_archived=not self.is_archived)
        self.is_archived = not self.is_archived

    def add_task(self):
        task = self.talk.add_task(self.thread)
        self.tasks[task.id] = task

    def tick(self):
        if self.tasks:
            task = self.choose.choice(list(self.tasks.values()))
            who = self.choose.choice(self.contacts)
            self.tasks[task.id] = self.talk.tick_as(self.at(who), self.thread, task)

    def expected(self):
        """The row as it follows from all that was done."""
        left = [one for one in self.messages if not one["is_deleted"]]
        last = {
            kind: next((one for one in reversed(left) if one["kind"] == kind), None)
            for kind in ("sent", "received", "internal")
        }
        shown = max(filter(None, (last["sent"], last["received"])), key=lambda one: one["position"], default=None)
        is_answered = shown is not None and shown["kind"] == "received"
        read = max((self.marks.get(one.actor.id, 0) for one in self.members), default=0)
        sent_to = last["sent"]["position"] if last["sent"] else None
        return {
            "is_archived": self.is_archived,
            "is_unread": any(one["kind"] == "received" and one["position"] > read for one in left),
            "last_sent": told(last["sent"]),
            "last_message": told(shown),
            "last_internal": told(last["internal"]),
            "answered_by": shown["who"].actor.name if is_answered else None,
            "unanswered_since": instant(shown["at"]) if shown and not is_answered else None,
            "read_by": sorted(
                one.actor.name for one in self.contacts if sent_to and self.marks.get(one.actor.id, 0) >= sent_to
            ),
            "attachments": sum(one["files"] for one in left),
            "tasks": (sum(one.done_at is not None for one in self.tasks.values()), len(self.tasks)),
            "responded_at": instant(shown["at"] if shown else self.thread.created_at),
        }


def told(one):
    return one and (one["who"].actor.name, one["text"], instant(one["at"]))


def told_of(message):
    return message and (message["author"]["name"], message["text"], message["at"])


def seen(row):
    return {
        "is_archived": row["is_archived"],
        "is_unread": row["is_unread"],
        "last_sent": told_of(row["last_sent"]),
        "last_message": told_of(row["last_message"]),
        "last_internal": told_of(row["last_internal"]),
        "answered_by": row["answered_by"] and row["answered_by"]["name"],
        "unanswered_since": row["unanswered_since"],
        "read_by": sorted(one["name"] for one in row["read_by"]),
        "attachments": row["attachments"],
        "tasks": (row["tasks_done"], row["tasks_total"]),
        "responded_at": row["responded_at"],
    }


@pytest.mark.parametrize("seed", range(12))
def test_the_row_follows_from_all_that_was_done(talk, ctx, new_file, seed):
    """R-CHT-1, R-CHT-2, R-CHT-3, R-CHT-4, R-CHT-5"""
    walk = Walk(talk, ctx, new_file, seed)

    for step in range(STEPS):
        walk.step()

        assert seen(talk.row(walk.thread)) == walk.expected(), (seed, step)
