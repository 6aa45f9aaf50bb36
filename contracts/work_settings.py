"""work's settings: pipelines with their stages and custom statuses of jobs, and the statuses of tasks."""

from typing import Annotated, Literal
from uuid import UUID

from marshmallow.validate import Length, Range

from chassis.wire import UNSET, Unset, message
from contracts.common import Line, Name, Version

TaskCategory = Literal["planned", "in_progress", "waiting", "done", "canceled"]  # R-TSK-2
JobKind = Literal["active", "completed"]  # what a custom status of jobs counts as (R-JOB-2)
People = Annotated[tuple[UUID, ...], Length(max=50)]


@message
class Stage:
    """`client_status` is what a client is told while a job is here; empty: nothing (R-JOB-6)."""

    id: UUID
    name: str
    client_status: str = ""


@message
class StageEntry:
    """`id` of a stage that stays, none for a new one. Without `client_status` it stays as it was."""

    id: UUID | None = None
    name: Name
    client_status: Line | None = None


@message
class CustomStatus:
    """A status of the pipeline's own, shown in place of Active or Completed, which it counts as (R-JOB-2)."""

    id: UUID
    name: str
    kind: JobKind


@message
class CustomStatusEntry:
    """`id` of a status that stays, none for a new one."""

    id: UUID | None = None
    name: Name
    kind: JobKind


@message
class Pipeline:
    """`available_to` None: to everyone; else to these members, owner and admins, and holders of manage_pipelines.

    `position` counts the firm's pipelines from 0 in their order (R-JOB-5).
    """

    id: UUID
    name: str
    stages: tuple[Stage, ...]
    available_to: tuple[UUID, ...] | None
    position: int
    version: int
    statuses: tuple[CustomStatus, ...] = ()


@message
class Pipelines:
    items: tuple[Pipeline, ...]


@message
class CreatePipeline:
    name: Name
    stages: Annotated[tuple[StageEntry, ...], Length(min=1, max=50)]
    available_to: People | None = None
    statuses: Annotated[tuple[CustomStatusEntry, ...], Length(max=50)] = ()


@message
class ChangePipeline:
    """`stages` and `statuses` are all that are to be, in order: one left out is removed.

    A status that current jobs have can't be left out nor count as something else. `position` moves others along.
    """

    pipeline_id: UUID
    version: Version
    name: Name | Unset = UNSET
    stages: Annotated[tuple[StageEntry, ...], Length(min=1, max=50)] | Unset = UNSET
    available_to: People | None | Unset = UNSET
    statuses: Annotated[tuple[CustomStatusEntry, ...], Length(max=50)] | Unset = UNSET
    position: Annotated[int, Range(min=0, max=10_000)] | Unset = UNSET


@message
class PipelineRef:
    pipeline_id: UUID


@message
class TaskStatus:
    id: UUID
    name: str
    category: TaskCategory
    position: int


@message
class TaskStatuses:
    items: tuple[TaskStatus, ...]


@message
class TaskStatusEntry:
    id: UUID | None = None
    name: Name
    category: TaskCategory


@message
class SetTaskStatuses:
    """The firm's statuses in order; every category but `waiting` keeps at least one. One in use can't be left out."""

    items: Annotated[tuple[TaskStatusEntry, ...], Length(min=1, max=50)]
