"""work's settings: pipelines with their stages, and the statuses of tasks."""

from typing import Annotated, Literal
from uuid import UUID

from marshmallow.validate import Length, Range

from chassis.wire import UNSET, Unset, message
from contracts.common import Name, Version

TaskCategory = Literal["planned", "in_progress", "waiting", "done", "canceled"]  # R-TSK-2
People = Annotated[tuple[UUID, ...], Length(max=50)]


@message
class Stage:
    id: UUID
    name: str


@message
class StageEntry:
    """`id` of a stage that stays, none for a new one."""

    id: UUID | None = None
    name: Name


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


@message
class Pipelines:
    items: tuple[Pipeline, ...]


@message
class CreatePipeline:
    name: Name
    stages: Annotated[tuple[StageEntry, ...], Length(min=1, max=50)]
    available_to: People | None = None


@message
class ChangePipeline:
    """`stages` are all that are to be, in order: one left out is removed. `position` moves the others along."""

    pipeline_id: UUID
    version: Version
    name: Name | Unset = UNSET
    stages: Annotated[tuple[StageEntry, ...], Length(min=1, max=50)] | Unset = UNSET
    available_to: People | None | Unset = UNSET
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
