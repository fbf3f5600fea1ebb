"""The working copy of the rules: the rule files of a folder and the sheets beside them, as bytes.

Nothing is understood here; `rules.table` does that. What is no rule file (a README, a folder, the lock file
of an open spreadsheet) is left alone.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Collection, Mapping
from pathlib import Path

from gateway.settings import CHECKOUT
from rules.columns import SHEETS

POLICIES = CHECKOUT / "rules" / "policies"
"""Where the rules of this checkout are edited."""

SUFFIXES = (".yaml", ".yml", *SHEETS)
FILES_MAX = 64
BYTES_MAX = 2 * 1024 * 1024
LOOK_S = 0.3
QUIET_S = 0.05
LOCKS = (".", "~$")
"""How the names of hidden files and of the lock files of open spreadsheets begin."""

Saved = Mapping[str, tuple[int, int]]
"""When each file was last written, in nanoseconds, and how many bytes it has."""


class RuleFolderRefused(RuntimeError):
    """The folder cannot be read or written as a folder of rules."""


def read_folder(folder: Path) -> dict[str, bytes]:
    """The content of each rule file and sheet of the folder, by name, in the order of names.

    A file longer than any rule file may be is read one byte further than that and no more, so that whoever
    reads it can say so. Raises RuleFolderRefused.
    """
    files = {name: _start_of(folder / name) for name in _names(folder)}
    if not files:
        raise RuleFolderRefused(
            f"There are no rule files in {folder}. Name the folder they are in, "
            "or write the book in force there: earmark rules export FOLDER"
        )
    return files


def saved(folder: Path) -> Saved:
    """When each file of the folder was saved: it differs as soon as one was written, added or removed."""
    found = {}
    for name in _names(folder):
        try:
            state = (folder / name).stat()
        except FileNotFoundError:
            continue  # an editor puts a new file in the place of the old one
        found[name] = (state.st_mtime_ns, state.st_size)
    return found


def write_folder(
    folder: Path, files: Mapping[str, bytes], gone: Collection[str] = (), *, replace: bool
) -> None:
    """The files stand in the folder, each whole: a reader sees the old one or the new one; `gone` do not.

    Without `replace` nothing is done where that would change or remove a file. Raises RuleFolderRefused.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not replace:
            _keep(folder, files, gone)
        for name, content in files.items():
            _put(folder / name, content)
        for name in gone:
            (folder / name).unlink(missing_ok=True)
    except OSError as failed:
        raise RuleFolderRefused(f"{folder} cannot be written: {failed.strerror}.") from failed


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if _is_rule_file(entry))
    except OSError as failed:
        raise RuleFolderRefused(f"{folder} cannot be read: {failed.strerror}.") from failed
    unread = [name for name in names if not name.isprintable()]
    if unread:
        raise RuleFolderRefused(
            f"{folder} holds {unread[0][:80]!a}, a name nobody can read. Rename the file."
        )
    if len(names) > FILES_MAX:
        raise RuleFolderRefused(
            f"{folder} holds {len(names):,} rule files and sheets; a book may have {FILES_MAX}. "
            "Name the folder of one book."
        )
    return names


def _is_rule_file(entry: "os.DirEntry[str]") -> bool:
    return (
        entry.name.lower().endswith(SUFFIXES)
        and not entry.name.startswith(LOCKS)
        # A pipe that carries such a name would be waited on for ever.
        and entry.is_file()
    )


def _start_of(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(BYTES_MAX + 1)
    except OSError as failed:
        raise RuleFolderRefused(f"{file} cannot be read: {failed.strerror}.") from failed


def _keep(folder: Path, files: Mapping[str, bytes], gone: Collection[str]) -> None:
    there = [name for name, content in files.items() if _differs(folder / name, content)]
    there += [name for name in gone if (folder / name).exists()]
    if there:
        raise RuleFolderRefused(
            f"{folder} already holds other {', '.join(there)}. Name an empty folder, or add --replace."
        )


def _differs(file: Path, content: bytes) -> bool:
    return file.exists() and (not file.is_file() or _start_of(file) != content)


def _put(file: Path, content: bytes) -> None:
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


async def each_save(folder: Path) -> AsyncGenerator[None]:
    """Once at the start, then each time a file of the folder was saved and nothing is being written any more.

    Saves are looked for a few times a second, for as long as the caller asks for the next one. Raises
    RuleFolderRefused.
    """
    answered = None
    while True:
        now = saved(folder)
        if now != answered and await _is_quiet(folder, now):
            answered = now
            yield
        await asyncio.sleep(LOOK_S)


async def _is_quiet(folder: Path, now: Saved) -> bool:
    """Whether the files are the same a moment later: editors write in several steps."""
    await asyncio.sleep(QUIET_S)
    return saved(folder) == now
