"""The sample's clients and their work, made call by call as the firm's members would make them."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from uuid import UUID

from chassis.blobs import AsyncBlobs
from contracts import work
from contracts.accounts import Account, AccountRef, Accounts, CreateAccount, RoleEntry, SetPhoto, SetRoles
from contracts.contacts import ContactEntry, Contacts, NewContact
from contracts.work import Work
from deploy.sample import details, photos
from deploy.sample.activity import Activity, Job, Note, Planned, Task, Time, activity
from deploy.sample.asking import Asking, make_templates
from deploy.sample.billing import Bills, is_billed, make_price_list
from deploy.sample.books import Books
from deploy.sample.calls import Caller
from deploy.sample.clients import SEED, Client, Linked
from deploy.sample.firm import Firm
from deploy.sample.letters import letters
from deploy.sample.letting_in import LettingIn
from deploy.sample.offering import Offering
from deploy.sample.offers import offers
from deploy.sample.papers import papers
from deploy.sample.people import Person
from deploy.sample.portal import Portal, portals
from deploy.sample.posting import Posting
from deploy.sample.sending import Sending
from deploy.sample.talking import Talking
from deploy.sample.talks import talks

LIVELY = 0.25  # of the clients, besides all that use the portal; of the others the firm keeps its own work alone
AT_ONCE = 16  # clients being filled; enough to keep two cores busy, few enough for every pool of connections


@dataclass
class Filling:
    """`on_done` is called after each client."""

    caller: Caller
    blobs: AsyncBlobs
    firm: Firm
    today: dt.date
    on_done: Callable[[], None]
    books: Books | None = None
    _shared: dict[str, UUID] = field(default_factory=dict)
    _portals: dict[str, Portal] = field(default_factory=dict)
    _templates: tuple[UUID, ...] = ()
    _services: dict[str, UUID] = field(default_factory=dict)

    async def fill(self, clients: Sequence[Client]) -> None:
        """Make every client with its work; done again after an interruption, it goes on where it stopped."""
        await self._make_shared(clients)
        self._templates = await make_templates(self.caller)
        self._portals = portals(clients)
        self._services = await make_price_list(self.caller)
        if self.books:
            await self.books.open([client for client in clients if self._is_lively(client) and self._pays(client)])
        places = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                for client in clients:
                    group.create_task(self._one(places, client))
        except ExceptionGroup as faults:
            raise faults.exceptions[0] from faults
        if self.books:
            await self.books.close()

    async def _make_shared(self, clients: Sequence[Client]) -> None:
        """Contacts of several clients come first, as contacts of their own."""
        people = [linked.person for client in clients for linked in client.contacts]
        counts = Counter(person.key for person in people)
        contacts = {person.key: self._contact(person) for person in people if counts[person.key] > 1}
        for key, contact in contacts.items():
            made = await self.caller.ask(Contacts, "create_contact", contact, as_="more", key=f"contact/{key}")
            self._shared[key] = made.id

    async def _one(self, places: asyncio.Semaphore, client: Client) -> None:
        async with places:
            account = await self._account(client)
            account_id = account.id
            await self._photo(client, account_id)
            if client.key in self._portals:
                await LettingIn(self.caller, account_id, client.key).do(self._portals[client.key])
            plan = activity(client, self.today)
            jobs = [await self._job(client, account_id, number, job) for number, job in enumerate(plan.jobs)]
            await self._work(client, account_id, plan, jobs)
            if self._is_lively(client):
                await self._dealings(client, account)
            if client.is_archived:
                ref = AccountRef(account_id=account_id)
                await self.caller.ask(Accounts, "archive_account", ref, as_="owner", key=f"{client.key}/archive")
            self.on_done()

    def _is_lively(self, client: Client) -> bool:
        portal = self._portals.get(client.key)
        uses_portal = portal is not None and portal.entries[0].how == "active"
        return uses_portal or Random(f"{SEED} lively {client.key}").random() < LIVELY  # noqa: S311 (sample data)

    def _pays(self, client: Client) -> bool:
        return not client.is_archived and is_billed(client, self.today)

    async def _dealings(self, client: Client, account: Account) -> None:
        """What firm and client send each other."""
        account_id = account.id
        await Sending(self.caller, self.blobs, account_id, client).do(papers(client))
        await self._offers(client, account_id)
        await Asking(self.caller, self.blobs, account_id, client, self._templates).do()
        await Talking(self.caller, account_id, client.key).do(talks(client, self.today))
        await Posting(self.caller, account_id, client.key).do(letters(client, self.today))
        if self.books:
            await self.books.meet(client, account)
        await Bills(self.caller, account_id, client, self.today, self._services).do()

    async def _account(self, client: Client) -> Account:
        team = ("more", "few") if client.is_shared_out else ()
        request = CreateAccount(
            type=client.type,
            contacts=tuple(self._entry(linked) for linked in client.contacts),
            name=client.name,
            company_name=client.company_name,
            company_address=client.company_address,
            tags=client.tags,
            team=self._ids(team),
            timezone=client.contacts[0].person.culture.timezone,
            custom_fields=_by_id(self.firm.account_fields, details.of_account(client, self.today)),
        )
        made = await self.caller.ask(Accounts, "create_account", request, as_="more", key=client.key)
        await self._fill_roles(client, made)
        return made  # type: ignore[no-any-return]

    async def _photo(self, client: Client, account_id: UUID) -> None:
        content = photos.photo(client)
        if content is None:
            return
        upload = await photos.sent(self.blobs, content)
        try:
            request = SetPhoto(account_id=account_id, upload=upload)
            await self.caller.ask(Accounts, "set_photo", request, as_="owner", key=f"{client.key}/photo")
        finally:
            await self.blobs.delete(upload)

    async def _fill_roles(self, client: Client, account: Account) -> None:
        filled = details.roles(client)
        if filled and not account.roles:
            entries = (RoleEntry(role_id=self.firm.roles[role], members=self._ids(who)) for role, who in filled.items())
            request = SetRoles(account_id=account.id, version=account.version, roles=tuple(entries))
            await self.caller.ask(Accounts, "set_roles", request, as_="more", key=f"{client.key}/roles")

    def _entry(self, linked: Linked) -> ContactEntry:
        known = self._shared.get(linked.person.key)
        new = self._contact(linked.person) if known is None else None
        return ContactEntry(id=known, new=new, description=linked.description)

    def _contact(self, person: Person) -> NewContact:
        values = details.of_contact(person, self.today)
        return replace(person.contact, custom_fields=_by_id(self.firm.contact_fields, values))

    async def _job(self, client: Client, account_id: UUID, number: int, job: Job) -> UUID:
        pipeline = self.firm.pipelines[job.pipeline]
        request = work.CreateJob(
            account_id=account_id,
            pipeline_id=pipeline.id,
            stage_id=pipeline.stages[job.stage].id,
            assignee_ids=self._ids(job.assignees),
            **job.fields,
        )
        key = f"{client.key}/job/{number}"
        made = await self._ask("create_job", request, job, key)
        custom = next((status.id for status in pipeline.statuses if status.name == job.custom), None)
        if custom or job.then != "active":
            change = work.ChangeJob(
                account_id=account_id,
                job_id=made.id,
                version=made.version,
                status=job.then,  # type: ignore[arg-type]
                custom_status_id=custom,
            )
            await self._ask("change_job", change, job, f"{key}/{job.then}")
        return made.id  # type: ignore[no-any-return]

    async def _work(self, client: Client, account_id: UUID, plan: Activity, jobs: list[UUID]) -> None:
        for number, task in enumerate(plan.tasks):
            request: Any = self._task(account_id, task, jobs)
            await self._ask("create_task", request, task, f"{client.key}/task/{number}")
        for number, note in enumerate(plan.notes):
            request = self._note(account_id, note)
            await self._ask("create_note", request, note, f"{client.key}/note/{number}")
        for number, entry in enumerate(plan.times):
            request = self._time(account_id, entry, jobs)
            await self._ask("create_time_entry", request, entry, f"{client.key}/time/{number}")

    def _task(self, account_id: UUID, task: Task, jobs: list[UUID]) -> work.CreateTask:
        fields = {**task.fields, "subtasks": tuple(work.Subtask(**subtask) for subtask in task.fields["subtasks"])}
        return work.CreateTask(
            account_id=account_id,
            status_id=self.firm.statuses[task.status],
            assignee_ids=self._ids(task.assignees),
            role_ids=(self.firm.roles[task.role],) if task.role else (),
            tag_ids=(self.firm.tags[task.tag],) if task.tag else (),
            job_id=None if task.job is None else jobs[task.job],
            **fields,
        )

    def _note(self, account_id: UUID, note: Note) -> work.CreateNote:
        return work.CreateNote(account_id=account_id, mention_ids=self._ids(note.mentions), **note.fields)

    def _time(self, account_id: UUID, entry: Time, jobs: list[UUID]) -> work.CreateTimeEntry:
        job_id = None if entry.job is None else jobs[entry.job]
        return work.CreateTimeEntry(account_id=account_id, job_id=job_id, **entry.fields)

    async def _offers(self, client: Client, account_id: UUID) -> None:
        offering = Offering(self.caller, account_id, client.key)
        can_sign = await offering.can_sign()
        await offering.do(offers(client, self.firm, self.today, can_sign=can_sign))

    async def _ask(self, method: str, request: Any, planned: Planned, key: str) -> Any:
        return await self.caller.ask(Work, method, request, as_=planned.author, key=key)

    def _ids(self, people: Sequence[str]) -> tuple[UUID, ...]:
        return tuple(self.caller.members[key].id for key in people)


def _by_id(fields: Mapping[str, UUID], values: Mapping[str, Any]) -> dict[str, Any]:
    return {str(fields[name]): value for name, value in values.items()}
