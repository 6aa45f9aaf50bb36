"""What work serves: each call is a plain function in one transaction."""

from chassis.service import Service, on, read, write
from contracts import accounts, identity
from contracts.billing import BillingSettingsChanged
from contracts.proposals import ProposalSigned
from contracts.work import Work
from services.work.operations import agreed, jobs, neighbours, notes, pipelines, roles, statuses, tasks, time_entries
from services.work.queries import counts, items, sections


class WorkService(Service):
    name = Work.NAME

    get_sections = read(sections.get_sections)
    list_section = read(sections.list_section)
    count_open = read(counts.count_open)

    list_pipelines = read(items.list_pipelines)
    create_pipeline = write(pipelines.create_pipeline)
    change_pipeline = write(pipelines.change_pipeline)
    delete_pipeline = write(pipelines.delete_pipeline)
    list_task_statuses = read(items.list_task_statuses)
    set_task_statuses = write(statuses.set_task_statuses)

    create_job = write(jobs.create_job)
    get_job = read(items.get_job)
    change_job = write(jobs.change_job)
    delete_job = write(jobs.delete_job)

    create_task = write(tasks.create_task)
    get_task = read(items.get_task)
    change_task = write(tasks.change_task)
    delete_task = write(tasks.delete_task)

    create_note = write(notes.create_note)
    get_note = read(items.get_note)
    change_note = write(notes.change_note)
    delete_note = write(notes.delete_note)

    create_time_entry = write(time_entries.create_time_entry)
    get_time_entry = read(items.get_time_entry)
    change_time_entry = write(time_entries.change_time_entry)
    delete_time_entry = write(time_entries.delete_time_entry)

    on_member_created = on(identity.MemberCreated, neighbours.member_changed)
    on_member_changed = on(identity.MemberChanged, neighbours.member_changed)
    on_member_deactivated = on(identity.MemberDeactivated, neighbours.member_changed)
    on_member_restored = on(identity.MemberRestored, neighbours.member_changed)
    on_tag_changed = on(accounts.TagChanged, neighbours.tag_changed)
    on_role_changed = on(accounts.RoleChanged, roles.role_changed)
    on_billing_settings_changed = on(BillingSettingsChanged, neighbours.billing_changed)
    on_account_created = on(accounts.AccountCreated, roles.account_told)
    on_account_changed = on(accounts.AccountChanged, roles.account_told)
    on_proposal_signed = on(ProposalSigned, agreed.proposal_signed)
    on_account_deleted = on(accounts.AccountDeleted, neighbours.account_deleted)
