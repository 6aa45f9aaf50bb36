"""The numbers of a run, as a table of docs/quickbooks.md."""

import os
from datetime import UTC, datetime

from bench.quickbooks.storm import Story
from tests.quickbooks.limits import DOCUMENTED

BEGIN, END = "<!-- run:begin -->", "<!-- run:end -->"
KINDS = ("Invoice", "Payment", "CreditMemo", "RefundReceipt")
BATCH = 30  # payloads
MINUTE = 60


def bound(story: Story) -> float:
    """Seconds that the documented limits alone ask for, were no request ever wasted and each batch full."""
    singles = story.size.accounts / 2  # customers to be made
    batches = sum(story.findings.counts[kind] for kind in KINDS) / BATCH
    return max(batches / DOCUMENTED["batches_per_minute"], (singles + batches) / DOCUMENTED["per_minute"]) * MINUTE


def table(story: Story) -> str:
    """Everything between the markers."""
    limits = next(iter(story.state["limits"].values()))
    mischief = story.state["mischief"]
    sums, counts, cpu = story.findings.sums, story.findings.counts, story.cpu
    lost = sum(mischief.get(name, 0) for name in ("drop", "error_after", "slow"))
    peaks = [f"{peak} of {DOCUMENTED[name]} {name.replace('_', ' ')}" for name, peak in limits["peaks"].items()]
    rows = [
        ("accounts, each one customer", f"{counts['customers']:,}"),
        ("invoices", f"{counts['Invoice']:,} of {sums['Invoice'] / 100:,.2f} USD"),
        ("payments, applications of credit", f"{counts['Payment']:,} of {sums['Payment'] / 100:,.2f} USD"),
        ("credit memos", f"{counts['CreditMemo']:,} of {sums['CreditMemo'] / 100:,.2f} USD"),
        ("refund receipts", f"{counts['RefundReceipt']:,} of {sums['RefundReceipt'] / 100:,.2f} USD"),
        ("changes made meanwhile (payments, voids, corrections, refunds)", f"{story.later:,}"),
        ("differences between both sides", f"{len(story.findings.faults) + len(story.faults)}"),
        ("making it through the services", f"{story.making_seconds:.0f} s"),
        ("syncing it", f"{story.syncing_seconds:.0f} s; the limits alone ask for {bound(story):.0f} s"),
        ("requests", f"{limits['requests']:,}, of which {limits['refused']} were refused for a limit"),
        ("nearest to the limits", ", ".join(peaks)),
        ("answers lost or broken after the write", f"{lost}"),
        ("other failures", f"{sum(mischief.values()) - lost}"),
        ("SIGKILL of one of two processes", f"{story.counts.kills}"),
        ("permission ended, the owner connected again", f"{story.counts.revoked}, {story.counts.reconnected}"),
        ("tokens renewed", f"{story.state['tokens']['refreshes']}"),
        ("webhooks", _webhooks(story)),
        ("CPU of quickbooks, both processes and all restarts", f"{cpu.get('quickbooks', 0):.0f} s"),
        ("CPU of billing, of the simulator", f"{cpu.get('billing', 0):.0f} s, {cpu.get('simulator', 0):.0f} s"),
    ]
    said = (
        f"Run on {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores (load {os.getloadavg()[2]:.0f}) with seed"
        f" {story.seed}, {story.size.accounts:,} accounts:"
    )
    lines = [said, "", "| what | number |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows)]
    return "\n".join(lines)


def _webhooks(story: Story) -> str:
    if not story.size.is_told:
        return "none"
    told = story.state["webhooks"]
    changes, taken, tries = (told["counts"][name] for name in ("changes", "taken", "deliveries"))
    return f"{changes:,} changes in {taken:,} deliveries, {tries - taken} more refused; {told['lost']} never came"
