"""The report in plain words: the verdict first, then what is wrong, then what was judged and how."""

from collections.abc import Iterator

from gateway.prove.checker import Report

FINDINGS_SHOWN = 20
ITEMS_SHOWN = 20

HEADS = {
    "HOLDS": "HOLDS: everything the clients saw is what a correct store gives.",
    "BROKEN": "BROKEN: no correct store gives these answers.",
    "UNDECIDED": "UNDECIDED: nothing wrong was found, but not all could be judged. This is not a pass.",
}


def told(report: Report) -> str:
    """The report as text, a fact a line."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield HEADS[report.verdict]
    for finding in report.findings[:FINDINGS_SHOWN]:
        yield f"  [{finding.about}] {finding.says}"
    if len(report.findings) > FINDINGS_SHOWN:
        yield f"  and {len(report.findings) - FINDINGS_SHOWN:,} more findings"
    for says in report.undecided[:FINDINGS_SHOWN]:
        yield f"  [undecided] {says}"
    if len(report.undecided) > FINDINGS_SHOWN:
        yield f"  and {len(report.undecided) - FINDINGS_SHOWN:,} more undecided"
    if report.verdict == "UNDECIDED":
        yield "  Next: run again. Where something did not happen: with more buyers or more time; where a"
        yield "  search ended: with fewer clients on one item, or with a higher bound."
    yield from _judged(report)


def _judged(report: Report) -> Iterator[str]:
    ok, refused, unknown = (report.calls.get(kind, 0) for kind in ("ok", "refused", "unknown"))
    yield (
        f"Judged: {ok + refused + unknown:,} calls of {report.clients:,} clients: {ok:,} accepted,"
        f" {refused:,} refused, {unknown:,} without an answer; {report.repeats:,} repeated a key."
    )
    by_order = [one for one in report.items if one.by != "search"]
    searched = [one for one in report.items if one.by == "search"]
    yield f"Items: {len(by_order):,} proven by the order the store gave, {len(searched):,} searched."
    for one in searched[:ITEMS_SHOWN]:
        yield (
            f"  {one.item}: {one.operations:,} operations, {one.at_once} at once, {one.steps:,} steps:"
            f" {one.verdict}"
        )
    if len(searched) > ITEMS_SHOWN:
        yield f"  and {len(searched) - ITEMS_SHOWN:,} more"
    if report.unjudged:
        yield f"Not judged: {report.unjudged:,} refusals of several items that name none."
    if not report.books_read:
        yield "Not judged: the books, which were not read."
    if not report.clock_compared:
        yield "Not judged: instants against the clients' clock, whose distance is not known."
