"""Who is calling: tokens of the local issuer, signed with Ed25519, told apart from everything else."""

import json
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from resolvers.flows.deps import Caller
from resolvers.roles import ROLES
from rules.errors import Unauthenticated

ISSUER = "earmark"
AUDIENCE = "earmark"
ALGORITHM = "Ed25519"
LEEWAY_S = 60
LIFE_S = 7 * 24 * 3600
KNOWN_MAX = 1_000
TOKEN_CHARACTERS_MAX = 4_096


class BadKey(RuntimeError):
    """The signing key cannot be used."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The issuer's key pair, and a secret for sealing cursors."""

    signing: OKPKey
    cursor_secret: bytes


def load_keys(folder: Path) -> Keys:
    """The keys in the folder, made on first use and readable by this user alone. Raises BadKey."""
    path = folder / "issuer.json"
    if not path.exists():
        _make(path)
    try:
        content = json.loads(path.read_text())
        return Keys(OKPKey.import_key(content["signing"]), bytes.fromhex(content["cursor_secret"]))
    except (OSError, ValueError, KeyError, JoseError) as bad:
        raise BadKey(
            f"{path} cannot be read as keys ({type(bad).__name__}). Remove it to have new ones made; "
            "tokens given out before are then no longer taken."
        ) from bad


def have_keys(folder: Path) -> bool:
    """Whether a gateway has made its keys in this folder."""
    return (folder / "issuer.json").exists()


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "signing": OKPKey.generate_key("Ed25519").as_dict(private=True),
        "cursor_secret": secrets.token_hex(32),
    }
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)
    with suppress(FileExistsError):  # another process was first: its keys are everyone's
        os.link(draft, path)
    draft.unlink()


class Tokens:
    """Signs tokens and tells whose they are. Tokens seen before are remembered until they end."""

    def __init__(self, keys: Keys) -> None:
        self._key = keys.signing
        self._known: OrderedDict[str, tuple[Caller, float]] = OrderedDict()

    def issue(
        self, person: str, roles: Iterable[str], channels: Iterable[str] | None, life_s: int = LIFE_S
    ) -> str:
        """A token for this person; `channels` None is all of them. Raises ValueError for an unknown role."""
        chosen = sorted(set(roles))
        unknown = [role for role in chosen if role not in ROLES]
        if unknown or not chosen:
            raise ValueError(
                f"No role is called {''.join(unknown[:1])!r}. Use some of: {', '.join(sorted(ROLES))}."
            )
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": person,
            "roles": chosen,
            "channels": None if channels is None else sorted(set(channels)),
            "iat": now,
            "exp": now + life_s,
        }
        return jwt.encode({"alg": ALGORITHM, "typ": "at+jwt"}, claims, self._key, algorithms=[ALGORITHM])

    def caller(self, authorization: str | None) -> Caller:
        """Whose token the header carries. Raises Unauthenticated."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("This needs a token.")
        token = token.strip()
        known = self._known.get(token)
        if known is None:
            known = self._read(token)
            self._remember(token, known)
        caller, ends = known
        if time.time() > ends + LEEWAY_S:
            raise Unauthenticated("Your token has ended.")
        return caller

    def _remember(self, token: str, known: tuple[Caller, float]) -> None:
        self._known[token] = known
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

    def _read(self, token: str) -> tuple[Caller, float]:
        if len(token) > TOKEN_CHARACTERS_MAX:
            raise Unauthenticated("Your token is too long to be one of ours.")
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            CLAIMS.validate(decoded.claims)
        except (JoseError, ValueError, TypeError) as bad:
            raise Unauthenticated("Your token is not one we signed, or it has ended.") from bad
        if decoded.header.get("typ") != "at+jwt":
            raise Unauthenticated("Your token is not an access token.")
        return _caller(decoded.claims), float(decoded.claims["exp"])


CLAIMS = jwt.JWTClaimsRegistry(
    leeway=LEEWAY_S,
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    sub={"essential": True},
    exp={"essential": True},
    iat={"essential": True},
)


def _caller(claims: dict[str, object]) -> Caller:
    roles, channels = claims.get("roles"), claims.get("channels", "left out")
    if not isinstance(roles, list) or not isinstance(channels, list | None):
        raise Unauthenticated("Your token does not say who you are.")
    known = frozenset(str(role) for role in roles) & ROLES
    return Caller(str(claims["sub"]), known, None if channels is None else frozenset(map(str, channels)))
