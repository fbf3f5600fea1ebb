"""A folder of rule files: what is read of it, what is left alone, and how saves are noticed."""

import asyncio
import os
from pathlib import Path

import pytest

from gateway.rulefiles import BYTES_MAX, FILES_MAX, RuleFolderRefused, each_save, read_folder, write_folder


def test_rule_files_and_sheets_are_read_and_all_else_is_left_alone(tmp_path):
    """Lock files of open spreadsheets, hidden files, other files, folders and pipes are no rule files."""
    for name in ("40-priority.yaml", "40-priority.csv", "README.md", ".~lock.40-priority.csv#", "~$a.xlsx"):
        (tmp_path / name).write_text(name)
    (tmp_path / "old.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    assert read_folder(tmp_path) == {
        "40-priority.csv": b"40-priority.csv",
        "40-priority.yaml": b"40-priority.yaml",
    }


def test_a_file_too_large_for_any_rule_file_is_not_read_whole(tmp_path):
    with (tmp_path / "huge.xlsx").open("wb") as huge:
        huge.truncate(1 << 34)
    assert len(read_folder(tmp_path)["huge.xlsx"]) == BYTES_MAX + 1


def test_a_folder_without_rule_files_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(RuleFolderRefused, match=r"no rule files in .* earmark rules export FOLDER"):
        read_folder(tmp_path)


def test_a_folder_of_too_many_files_is_refused_with_the_figures(tmp_path):
    for number in range(FILES_MAX + 1):
        (tmp_path / f"{number}.yaml").touch()
    with pytest.raises(RuleFolderRefused, match=r"holds 65 rule files.*may have 64"):
        read_folder(tmp_path)


def test_what_stands_in_a_folder_is_replaced_only_on_request(tmp_path):
    """All or nothing: where one file would be lost, no other is written either."""
    write_folder(tmp_path / "new", {"a.yaml": b"first"}, replace=False)
    with pytest.raises(RuleFolderRefused, match=r"already holds other a\.yaml.*--replace"):
        write_folder(tmp_path / "new", {"a.yaml": b"second", "b.yaml": b"b"}, replace=False)
    assert read_folder(tmp_path / "new") == {"a.yaml": b"first"}
    write_folder(tmp_path / "new", {"a.yaml": b"second", "b.yaml": b"b"}, replace=True)
    assert read_folder(tmp_path / "new") == {"a.yaml": b"second", "b.yaml": b"b"}
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == ["a.yaml", "b.yaml"]


def test_a_file_where_the_folder_should_be_is_refused(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(RuleFolderRefused, match="cannot be written"):
        write_folder(tmp_path / "taken", {"a.yaml": b""}, replace=False)


async def test_each_save_is_noticed_once(tmp_path):
    """A first look at the start; then one for a change, one for a new file, one for a file taken away."""
    (tmp_path / "a.yaml").write_text("one")
    saves = each_save(tmp_path)
    changes = (
        lambda: (tmp_path / "a.yaml").write_text("two, longer"),
        lambda: (tmp_path / "a.csv").write_text("new"),
        (tmp_path / "a.csv").unlink,
    )
    await anext(saves)
    for change in changes:
        waiting = asyncio.ensure_future(anext(saves))
        done, _ = await asyncio.wait([waiting], timeout=0.7)
        assert not done
        change()
        await asyncio.wait_for(waiting, 10)
    await saves.aclose()


@pytest.mark.parametrize(
    "name", [b"a\n40-priority.yaml", b"\x1b[2J.yaml", b"\xff.yaml", "\u202elmay.yaml".encode()]
)
def test_a_file_whose_name_cannot_be_printed_is_refused(tmp_path, name):
    """It would shift lines, or wipe the window, where it is told of; the refusal spells it out."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    with pytest.raises(RuleFolderRefused, match="a name nobody can read") as refused:
        read_folder(tmp_path)
    assert str(refused.value).isprintable()
