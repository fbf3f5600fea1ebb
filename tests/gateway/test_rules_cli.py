"""The commands of the rules on a working copy: what is wrong, what is decided, sheets out and in."""

import csv
import io
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook

from datasources.policies import shipped
from tests.gateway.commands import CHECKOUT, earmark, environment
from tests.gateway.rules_commands import NAME, edit, rules, working_copy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return working_copy(tmp_path / "policies")


def test_the_shipped_rules_are_sound():
    ended = rules("check", "--offline", "--json")
    assert (ended.code, ended.json["errors"], ended.json["files"]) == (0, 0, len(shipped()))


def test_all_that_is_wrong_is_told_at_once_where_an_editor_finds_it(folder):
    """Slips of the pen in one file, a hole in another; each line begins with a file that can be opened."""
    edit(folder, "retail, days_late: 7", "retial, days_late: 7")
    edit(folder, "{rank: 10}", "{rank: 100}")
    hole = (folder / "62-split.yaml").read_text().replace("when: {}", "when: {channel_kind: web}")
    (folder / "62-split.yaml").write_text(hole)
    ended = rules("check", folder, "--offline")
    *told, summary = ended.out.splitlines()
    places = [line.split(": ")[0].rpartition(":") for line in told]
    assert ended.code == 1
    assert {(CHECKOUT / file).resolve().name for file, _, _ in places} == {NAME, "62-split.yaml"}
    assert all((CHECKOUT / file).exists() and line.isdigit() for file, _, line in places)
    assert "40-priority.yaml:12: row P010: rank is 100; it may be 1 to 99." in ended.out
    assert "did you mean retail?" in ended.out
    assert summary.startswith("18 files: ")


def test_errors_stand_below_warnings_where_they_are_seen(folder):
    """The last lines are those a window still shows."""
    edit(folder, "  - given: {demand_class: retail, days_late: 7}\n    expect: {rank: 20}\n", "")
    hole = (folder / "10-supply.yaml").read_text().replace("counts: true", "counts: perhaps", 1)
    (folder / "10-supply.yaml").write_text(hole)
    *_, warning, error, summary = rules("check", folder, "--offline").out.splitlines()
    assert "40-priority.yaml:15: warning: " in warning
    assert "10-supply.yaml" in error
    assert summary == "18 files: 1 error, 1 warning."


def test_a_warning_is_told_and_is_no_error(folder):
    edit(folder, "  - given: {demand_class: retail, days_late: 7}\n    expect: {rank: 20}\n", "")
    ended = rules("check", folder, "--offline", "--json")
    assert (ended.code, ended.json["errors"], ended.json["warnings"]) == (0, 0, 1)
    (problem,) = ended.json["problems"]
    assert (problem["row"], problem["severity"], problem["code"]) == ("P020", "warning", "NO_EXAMPLE")


def test_without_a_database_the_company_is_not_asked_and_that_is_said(folder, tmp_path):
    ended = rules("check", folder, "--data", tmp_path / "none")
    assert (ended.code, "There is no database" in ended.sentence) == (0, True)
    assert not (tmp_path / "none").exists()


def test_a_folder_without_rule_files_is_refused(tmp_path):
    ended = rules("check", tmp_path, "--offline")
    assert (ended.code, "There are no rule files" in ended.sentence) == (2, True)


def test_examples_are_told_with_the_row_that_fired(folder):
    ended = rules("test", folder, "--only", "priority")
    assert ended.code == 0
    assert "demand_class retail, days_late 7  ->  P020: rank 20" in ended.out
    assert ended.out.endswith("3 examples tried: no failures.\n")


def test_an_example_that_fails_is_told_with_what_fired_instead(folder):
    edit(folder, "{rank: 10, row: P010}", "{rank: 11, row: P010}")
    ended = rules("test", folder)
    assert ended.code == 1
    assert "40-priority.yaml:26: demand_class contract, days_late 0: expects row P010, rank 11" in ended.out
    as_json = rules("test", folder, "--only", "priority", "--json").json
    assert [example["rows"] for example in as_json["examples"]] == [["P010"], ["P020"], ["P999"]]
    assert as_json["failures"] == 1


def test_files_that_cannot_be_read_are_not_passed_over_in_a_test(folder):
    edit(folder, "hit: first", "hit: frist")
    ended = rules("test", folder, "--only", "priority")
    assert (ended.code, "40-priority.yaml:3" in ended.out) == (1, True)
    assert "1 file cannot be tried" in ended.out


def test_a_fact_is_tried_with_its_trail(folder):
    """The row, its why, and on what the rows above it did not fit."""
    ended = rules("decide", "priority", "demand_class=retail", "days_late=8", "--folder", folder)
    assert ended.code == 0
    assert ended.out.startswith("priority: rank 20\n  P020 (40-priority.yaml): Who waited a week is next.\n")
    assert "P010: demand_class is retail, not contract" in ended.out
    assert "Rows below it, which were not looked at: 1." in ended.out


def test_what_the_file_does_not_know_is_said_to_count_as_another(folder):
    ended = rules("decide", "priority", "demand_class=hotels", "days_late=400", "--folder", folder, "--json")
    assert ended.json["facts"] == {"demand_class": "other", "days_late": 365}
    in_words = rules("decide", "priority", "demand_class=hotels", "days_late=400", "--folder", folder).out
    assert "demand_class hotels counts as other" in in_words
    assert "days_late 400 counts as 365" in in_words


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (("demand_class",), "'demand_class' is no fact"),
        (("demand_class=web",), "it is not given days_late"),
        (("demand_class=web", "days_late=soon"), "takes a whole number from 0 to 365"),
        (("demand_class=web", "days_late=1", "colour=red"), "it does not look at colour"),
    ],
)
def test_facts_that_cannot_be_tried_are_refused(folder, facts, said):
    ended = rules("decide", "priority", *facts, "--folder", folder)
    assert (ended.code, said in ended.sentence) == (2, True)


def test_rows_of_a_time_are_tried_at_that_time(folder):
    edit(folder, "desk\n  - id: P020", "desk\n    until: 2026-03-09\n  - id: P020")
    ask = ("decide", "priority", "demand_class=contract", "days_late=0", "--folder", folder, "--at")
    assert rules(*ask, "2026-03-08 23:59").out.startswith("priority: rank 10\n")
    after = rules(*ask, "2026-03-09").out
    assert after.startswith("priority: rank 50\n")
    assert "P010: it held until 2026-03-09" in after


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_sheets_and_back_change_nothing(folder, tmp_path, form):
    """Out as spreadsheets, which are sound as they are, and in again: every file is as it was."""
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    out = rules("export", tmp_path / "sheets", "--form", form, "--from", folder, "--json")
    assert len(out.json["files"]) == 2 * len(before)
    assert rules("check", tmp_path / "sheets", "--offline").code == 0
    back = rules("import", tmp_path / "sheets", "--to", folder, "--json")
    assert (back.code, back.json["written"], len(back.json["same"])) == (0, [], len(before))
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_spreadsheet_alone_is_turned_back_into_its_rule_file(folder, tmp_path):
    """Only that file is written, with the comment it began with; all its other rows are as they were."""
    rules("export", tmp_path / "sheets", "--form", "xlsx", "--from", folder)
    sheet = tmp_path / "mailed" / "40-priority.xlsx"
    sheet.parent.mkdir()
    book = load_workbook(tmp_path / "sheets" / "40-priority.xlsx")
    headings = [cell.value for cell in book["rows"][1]]
    book["rows"].cell(3, headings.index("then rank") + 1).value = 25
    book.save(sheet)
    ended = rules("import", sheet.parent, "--to", folder)
    assert (ended.code, f"{folder / NAME}: written" in ended.out) == (0, True)
    assert (folder / NAME).read_text().startswith("# Ours.\ndecides: priority\n")
    tried = rules("decide", "priority", "demand_class=retail", "days_late=9", "--folder", folder)
    assert tried.out.startswith("priority: rank 25\n  P020")


def test_sheets_beside_rule_files_are_written_into_them(folder):
    """In place: the sheet is gone afterwards, so that rows stand in one place only."""
    rules("export", folder, "--form", "csv", "--from", folder, "--replace")
    rows = list(csv.reader(io.StringIO((folder / "40-priority.csv").read_text("utf-8-sig"))))
    assert [row[0] for row in rows] == ["id", "P010", "P020", "P999"]
    ended = rules("import", folder, "--to", folder, "--json")
    assert (ended.code, NAME in ended.json["written"]) == (0, True)
    assert list(folder.glob("*.csv")) == []
    assert rules("check", folder, "--offline").code == 0


def test_a_sheet_that_cannot_be_read_changes_nothing(folder, tmp_path):
    rules("export", tmp_path / "sheets", "--form", "xlsx", "--from", folder)
    sheet = tmp_path / "sheets" / "40-priority.xlsx"
    book = load_workbook(sheet)
    book["rows"]["B2"] = "=1+1"
    book.save(sheet)
    before = (folder / NAME).read_bytes()
    ended = rules("import", tmp_path / "sheets", "--to", folder)
    assert ended.code == 1
    assert "40-priority.xlsx:2: B2: this cell holds a formula" in ended.out.replace("row P010: ", "")
    assert "Nothing was written" in ended.out
    assert (folder / NAME).read_bytes() == before


def test_an_export_replaces_nothing_unasked(folder, tmp_path):
    target = tmp_path / "mine"
    target.mkdir()
    (target / NAME).write_text("my work")
    ended = rules("export", target, "--from", folder)
    assert (ended.code, "--replace" in ended.sentence) == (2, True)
    assert [(file.name, file.read_text()) for file in target.iterdir()] == [(NAME, "my work")]


def test_a_watched_folder_is_checked_at_each_save_until_told_to_stop(folder):
    """The engine's process ends with the command."""
    command = [sys.executable, "-m", "gateway", "rules", "check", str(folder), "--offline", "--watch"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=CHECKOUT,
        env=environment(PYTHONUNBUFFERED="1"),
    ) as watching:
        assert watching.stdout
        try:
            assert watching.stdout.readline() == "18 files: no errors, no warnings.\n"
            children = children_of(watching.pid)
            edit(folder, "{rank: 10}", "{rank: 100}")
            assert "rank is 100; it may be 1 to 99." in watching.stdout.readline()
            watching.stdout.readline()
            edit(folder, "{rank: 100}", "{rank: 10}")
            assert watching.stdout.readline() == "18 files: no errors, no warnings.\n"
            watching.send_signal(signal.SIGINT)
            assert watching.wait(10) == 130
        finally:
            watching.kill()
    assert children
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_the_help_of_the_rules_names_every_command():
    told = earmark("rules", "--help").out
    for command in ("check", "test", "decide", "diff", "submit", "approve", "reject", "activate", "rollback"):
        assert f"  {command} " in told
    for command in ("show", "history", "export", "import", "simulate", "why"):
        assert f"  {command} " in told
    assert "..." not in told.replace("ARGS]...", "")
