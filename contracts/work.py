"""work: pipelines and jobs, tasks, notes, time entries; answers for four sections of the overview."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Range

from chassis.context import Context
from chassis.errors import Conflict, Forbidden, NotFound
from chassis.wire import UNSET, Unset, event, message
from contracts.accounts import RoleHolders
from contracts.common import Body, Done, Line, Name, Person, Tag, Version, readable, readable_line
from contracts.sections import SectionSource
from contracts.work_settings import (
    ChangePipeline,
    CreatePipeline,
    CustomStatus,
    People,
    Pipeline,
    PipelineRef,
    Pipelines,
    SetTaskStatuses,
    Stage,
    TaskStatus,
    TaskStatuses,
)

Priority = Literal["low", "medium", "high", "urgent"]
JobStatus = Literal["active", "completed", "archived"]  # R-JOB-2
Minutes = Annotated[int, Range(min=0, max=24 * 60)]
Money = Annotated[Decimal, Range(min=Decimal(0), max=Decimal("99999999.99"))]
Title = Annotated[str, Length(min=1, max=255), readable_line]


class WorkNotFound(NotFound):
    """There is no such item on this account, or it is not yours to see."""

    code = "work_not_found"


class WorkChangedMeanwhile(Conflict):
    """Someone else changed it first; `current` is what is there now."""

    code = "work_changed"


class PipelineInUse(Conflict):
    """There are jobs in this pipeline or stage; move or archive them first."""

    code = "pipeline_in_use"


class StatusInUse(Conflict):
    """There are tasks or jobs in this status; move them to another first."""

    code = "status_in_use"


class EntryBilled(Conflict):
    """The time entry is billed; un-bill it before changing or deleting it."""

    code = "entry_billed"


class NotYours(Forbidden):
    """Changing what others wrote or worked needs a right you do not have."""

    code = "not_yours"


@message
class Job:
    """`is_overdue`: active and past its due date (R-JOB-2). `roles`: who fills them on the account by now.

    `custom_status` is one of the pipeline's own and counts as `status`; an archived job keeps the one it had.
    `client_status` is all that a client may be told of it, empty: nothing (R-JOB-6): the job's override where there
    is one, else its stage's; nothing once the job is archived.
    """

    id: UUID
    account_id: UUID
    name: str
    pipeline: Person  # id and name of the pipeline
    stage: Stage
    status: JobStatus
    assignees: tuple[Person, ...]
    priority: Priority
    start_on: dt.date | None
    due_on: dt.date | None
    is_overdue: bool
    description: str
    stage_since: dt.datetime
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    roles: tuple[RoleHolders, ...] = ()
    custom_status: CustomStatus | None = None
    client_status: str = ""
    client_status_override: str | None = None


@message
class CreateJob:
    account_id: UUID
    pipeline_id: UUID
    stage_id: UUID | None = None  # none: the pipeline's first
    name: Name
    assignee_ids: People = ()
    role_ids: People = ()
    priority: Priority = "medium"
    start_on: dt.date | None = None
    due_on: dt.date | None = None
    description: Body = ""
    client_status_override: Line | None = None  # none: what the stage says


@message
class ChangeJob:
    """A stage of another pipeline moves the job there; a member newly assigned must be active (R-ROLE-3).

    A custom status of the job's pipeline sets `status` to its kind; another `status`, or another pipeline, clears it.
    """

    account_id: UUID
    job_id: UUID
    version: Version
    name: Name | Unset = UNSET
    stage_id: UUID | Unset = UNSET
    status: JobStatus | Unset = UNSET
    custom_status_id: UUID | None | Unset = UNSET
    assignee_ids: People | Unset = UNSET
    role_ids: People | Unset = UNSET
    priority: Priority | Unset = UNSET
    start_on: dt.date | None | Unset = UNSET
    due_on: dt.date | None | Unset = UNSET
    description: Body | Unset = UNSET
    client_status_override: Line | None | Unset = UNSET


@message
class JobRef:
    account_id: UUID
    job_id: UUID


@message
class Subtask:
    title: Title
    is_done: bool = False


Subtasks = Annotated[tuple[Subtask, ...], Length(max=100)]


@message
class Task:
    """Its assignees are members and account roles; `roles`: who fills them on the account by now (R-TSK-4)."""

    id: UUID
    account_id: UUID
    title: str
    status: TaskStatus
    assignees: tuple[Person, ...]
    priority: Priority
    start_on: dt.date | None
    due_on: dt.date | None
    is_overdue: bool
    description: str
    subtasks: tuple[Subtask, ...]
    tags: tuple[Tag, ...]
    job_id: UUID | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    roles: tuple[RoleHolders, ...] = ()


@message
class CreateTask:
    account_id: UUID
    title: Title
    status_id: UUID | None = None  # none: the firm's first `planned` one
    assignee_ids: People = ()
    role_ids: People = ()
    priority: Priority = "medium"
    start_on: dt.date | None = None
    due_on: dt.date | None = None
    description: Body = ""
    subtasks: Subtasks = ()
    tag_ids: People = ()
    job_id: UUID | None = None


@message
class ChangeTask:
    account_id: UUID
    task_id: UUID
    version: Version
    title: Title | Unset = UNSET
    status_id: UUID | Unset = UNSET
    assignee_ids: People | Unset = UNSET
    role_ids: People | Unset = UNSET
    priority: Priority | Unset = UNSET
    start_on: dt.date | None | Unset = UNSET
    due_on: dt.date | None | Unset = UNSET
    description: Body | Unset = UNSET
    subtasks: Subtasks | Unset = UNSET
    tag_ids: People | Unset = UNSET
    job_id: UUID | None | Unset = UNSET


@message
class TaskRef:
    account_id: UUID
    task_id: UUID


@message
class Note:
    """`updated_at` is when its text was last edited; pinning it is no edit (R-NTE-3)."""

    id: UUID
    account_id: UUID
    title: str
    body: str
    is_pinned: bool
    author: Person
    mentions: tuple[Person, ...]
    job_id: UUID | None
    task_id: UUID | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


@message
class CreateNote:
    account_id: UUID
    title: Line = ""
    body: Annotated[str, Length(min=1, max=20_000), readable]
    is_pinned: bool = False
    mention_ids: People = ()
    job_id: UUID | None = None
    task_id: UUID | None = None


@message
class ChangeNote:
    """Changing what others wrote needs manage_accounts (R-NTE-2)."""

    account_id: UUID
    note_id: UUID
    version: Version
    title: Line | Unset = UNSET
    body: Annotated[str, Length(min=1, max=20_000), readable] | Unset = UNSET
    is_pinned: bool | Unset = UNSET
    mention_ids: People | Unset = UNSET


@message
class NoteRef:
    account_id: UUID
    note_id: UUID


@message
class TimeEntry:
    """`rate` (per hour) and `amount`, in the firm's `currency`, are None for who may not see money (C-TIME).

    While a timer runs, `running_since` says since when, and `minutes` are those from before.
    """

    id: UUID
    account_id: UUID
    member: Person
    on: dt.date
    minutes: int
    service: str
    description: str
    is_billable: bool
    is_billed: bool
    rate: Decimal | None
    amount: Decimal | None
    job_id: UUID | None
    task_id: UUID | None
    running_since: dt.datetime | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    currency: str | None = None


@message
class CreateTimeEntry:
    """Either `minutes`, or neither to start a timer. For another member: needs manage_time_entries."""

    account_id: UUID
    member_id: UUID | None = None
    on: dt.date
    minutes: Minutes | None = None
    service: Line = ""
    description: Body = ""
    is_billable: bool = True
    rate: Money | None = None  # needs manage_rates
    job_id: UUID | None = None
    task_id: UUID | None = None


@message
class ChangeTimeEntry:
    """`is_running` false stops the timer and adds the minutes since it was started; true lets it go on.

    `is_billed` needs manage_time_entries or manage_invoices, and is all that changes on a billed entry.
    """

    account_id: UUID
    time_entry_id: UUID
    version: Version
    on: dt.date | Unset = UNSET
    minutes: Minutes | Unset = UNSET
    service: Line | Unset = UNSET
    description: Body | Unset = UNSET
    is_billable: bool | Unset = UNSET
    is_billed: bool | Unset = UNSET
    rate: Money | None | Unset = UNSET
    is_running: bool | Unset = UNSET


@message
class TimeEntryRef:
    account_id: UUID
    time_entry_id: UUID


@event("work.task_created", version=1)
class TaskCreated:
    SECTIONS: ClassVar = ("tasks",)
    account_id: UUID
    task: Task


@event("work.task_changed", version=1)
class TaskChanged:
    SECTIONS: ClassVar = ("tasks",)
    account_id: UUID
    task: Task


@event("work.task_deleted", version=1)
class TaskDeleted:
    SECTIONS: ClassVar = ("tasks",)
    account_id: UUID
    task_id: UUID


@event("work.job_created", version=1)
class JobCreated:
    SECTIONS: ClassVar = ("jobs",)
    account_id: UUID
    job: Job


@event("work.job_changed", version=1)
class JobChanged:
    SECTIONS: ClassVar = ("jobs",)
    account_id: UUID
    job: Job


@event("work.job_deleted", version=1)
class JobDeleted:
    SECTIONS: ClassVar = ("jobs",)
    account_id: UUID
    job_id: UUID


@event("work.note_created", version=1)
class NoteCreated:
    SECTIONS: ClassVar = ("notes",)
    account_id: UUID
    note: Note


@event("work.note_changed", version=1)
class NoteChanged:
    SECTIONS: ClassVar = ("notes",)
    account_id: UUID
    note: Note


@event("work.note_deleted", version=1)
class NoteDeleted:
    SECTIONS: ClassVar = ("notes",)
    account_id: UUID
    note_id: UUID


@event("work.time_entry_created", version=1)
class TimeEntryCreated:
    SECTIONS: ClassVar = ("time",)
    account_id: UUID
    time_entry: TimeEntry


@event("work.time_entry_changed", version=1)
class TimeEntryChanged:
    SECTIONS: ClassVar = ("time",)
    account_id: UUID
    time_entry: TimeEntry


@event("work.time_entry_deleted", version=1)
class TimeEntryDeleted:
    SECTIONS: ClassVar = ("time",)
    account_id: UUID
    time_entry_id: UUID


@event("work.pipeline_changed", version=1)
class PipelineChanged:
    """A pipeline was made, renamed, reordered, deleted, or made available to others: any account's jobs may differ."""

    SECTIONS: ClassVar = ("jobs",)
    account_id: UUID | None = None
    pipeline: Pipeline
    is_deleted: bool = False


@event("work.settings_changed", version=1)
class WorkSettingsChanged:
    """What rows of every account show changed: `what` is `task_statuses`, `members` (one was renamed) or `currency`."""

    SECTIONS: ClassVar = ("tasks", "jobs", "notes", "time")
    account_id: UUID | None = None
    what: Literal["task_statuses", "members", "currency"]


@event("work.roles_changed", version=1)
class RolesChanged:
    """Others fill a role on the account; without `account_id`: a role was renamed or deleted."""

    SECTIONS: ClassVar = ("tasks", "jobs")
    account_id: UUID | None = None


@message
class CountOpen:
    account_ids: Annotated[tuple[UUID, ...], Length(max=200)]


@message
class OpenWork:
    """What is under way on one account: active jobs in pipelines available to the caller, open tasks (R-TSK-2)."""

    account_id: UUID
    jobs: int
    tasks: int


@message
class OpenWorks:
    items: tuple[OpenWork, ...]  # of the accounts that have any


class Work(SectionSource, Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    Calls about one item raise WorkNotFound, changes WorkChangedMeanwhile, and what is not one's own NotYours.

    Sections and their filters (a date is ISO 8601, a flag `true` or `false`, the first choice stands unless said):
    - tasks: `status` (open, all, a category, or a status's id), `assignee`, `overdue`, `sort` (-created_at, due_on)
    - jobs: `status` (current, all, active, completed, archived, or a custom status's id: current ones), `assignee`,
      `pipeline`

    `assignee` is a member: theirs is also what is assigned to a role that they fill on the account.
    - notes: `author`, `pinned`
    - time: `member`, `billable`, `billed`, `from`, `to` (dates, both included)
    """

    NAME: ClassVar[str] = "work"

    def list_pipelines(self, ctx: Context, request: Done) -> Pipelines: ...  # available to the caller
    def create_pipeline(self, ctx: Context, request: CreatePipeline) -> Pipeline: ...
    def change_pipeline(self, ctx: Context, request: ChangePipeline) -> Pipeline: ...  # PipelineInUse, StatusInUse
    def delete_pipeline(self, ctx: Context, request: PipelineRef) -> Done: ...  # PipelineInUse
    def list_task_statuses(self, ctx: Context, request: Done) -> TaskStatuses: ...
    def set_task_statuses(self, ctx: Context, request: SetTaskStatuses) -> TaskStatuses: ...  # StatusInUse
    def create_job(self, ctx: Context, request: CreateJob) -> Job: ...
    def get_job(self, ctx: Context, request: JobRef) -> Job: ...
    def change_job(self, ctx: Context, request: ChangeJob) -> Job: ...
    def delete_job(self, ctx: Context, request: JobRef) -> Done: ...
    def create_task(self, ctx: Context, request: CreateTask) -> Task: ...
    def get_task(self, ctx: Context, request: TaskRef) -> Task: ...
    def change_task(self, ctx: Context, request: ChangeTask) -> Task: ...
    def delete_task(self, ctx: Context, request: TaskRef) -> Done: ...
    def create_note(self, ctx: Context, request: CreateNote) -> Note: ...
    def get_note(self, ctx: Context, request: NoteRef) -> Note: ...
    def change_note(self, ctx: Context, request: ChangeNote) -> Note: ...
    def delete_note(self, ctx: Context, request: NoteRef) -> Done: ...
    def create_time_entry(self, ctx: Context, request: CreateTimeEntry) -> TimeEntry: ...
    def get_time_entry(self, ctx: Context, request: TimeEntryRef) -> TimeEntry: ...
    def change_time_entry(self, ctx: Context, request: ChangeTimeEntry) -> TimeEntry: ...  # EntryBilled
    def delete_time_entry(self, ctx: Context, request: TimeEntryRef) -> Done: ...  # EntryBilled

    # Of exporting, for accounts that the caller is known to see; no route leads here.
    def count_open(self, ctx: Context, request: CountOpen) -> OpenWorks: ...
