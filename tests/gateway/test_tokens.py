"""Who is calling: tokens of ours are taken, and nothing that only looks like one."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from gateway.auth import ALGORITHM, AUDIENCE, ISSUER, KNOWN_MAX, TOKEN_CHARACTERS_MAX, Tokens, load_keys
from resolvers.roles import ROLES
from rules.errors import Unauthenticated
from tests.gateway.requests import SITES, send, the_error

NOW = int(time.time())
CLAIMS = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "mallory",
    "roles": ["admin"],
    "channels": None,
    "iat": NOW,
    "exp": NOW + 3600,
}
HEADER = {"alg": ALGORITHM, "typ": "at+jwt"}


LEFT_OUT = object()


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def part(content: dict[str, Any]) -> str:
    said = {name: value for name, value in content.items() if value is not LEFT_OUT}
    return encoded(json.dumps(said).encode())


def signed(keys, header: dict[str, Any] | None = None, **claims: object) -> str:
    """A token with our own signature, whatever it says."""
    text = f"{part(HEADER | (header or {}))}.{part(CLAIMS | claims)}"
    return f"{text}.{encoded(keys.signing.private_key.sign(text.encode()))}"


def unsigned(alg: str) -> str:
    return f"{part(HEADER | {'alg': alg})}.{part(CLAIMS)}."


def with_public_key_as_secret(keys) -> str:
    """The old trick: our public key, known to everyone, used as a shared secret."""
    public = json.dumps(keys.signing.as_dict(private=False)).encode()
    text = f"{part(HEADER | {'alg': 'HS256'})}.{part(CLAIMS)}"
    seal = hmac.digest(public, text.encode(), hashlib.sha256)
    return f"{text}.{encoded(seal)}"


def with_its_own_key() -> str:
    """Signed by a stranger who sends the key to check it with."""
    key = OKPKey.generate_key("Ed25519")
    return jwt.encode(HEADER | {"jwk": key.as_dict(private=False)}, CLAIMS, key, algorithms=[ALGORITHM])


FORGED = {
    "nothing": lambda _: "",
    "garbage": lambda _: "garbage",
    "three dots": lambda _: "...",
    "alg none": lambda _: unsigned("none"),
    "alg None": lambda _: unsigned("None"),
    "alg nOnE": lambda _: unsigned("nOnE"),
    "the public key as a secret": with_public_key_as_secret,
    "a secret of one's own": lambda _: jwt.encode(
        HEADER | {"alg": "HS256"}, CLAIMS, OctKey.generate_key(256), algorithms=["HS256"]
    ),
    "a key of one's own": lambda _: with_its_own_key(),
    "an RSA key": lambda _: jwt.encode(
        HEADER | {"alg": "RS256"}, CLAIMS, RSAKey.generate_key(2048), algorithms=["RS256"]
    ),
    "changed after it was signed": lambda keys: ".".join(
        [signed(keys).split(".")[0], part(CLAIMS | {"sub": "root"}), signed(keys).split(".")[2]]
    ),
    "its signature cut off": lambda keys: signed(keys).rpartition(".")[0] + ".",
    "another issuer": lambda keys: signed(keys, iss="somebody"),
    "another audience": lambda keys: signed(keys, aud="another service"),
    "no audience": lambda keys: signed(keys, aud=LEFT_OUT),
    "ended": lambda keys: signed(keys, exp=NOW - 3600),
    "no end": lambda keys: signed(keys, exp=LEFT_OUT),
    "an end that is no number": lambda keys: signed(keys, exp="tomorrow"),
    "not valid yet": lambda keys: signed(keys, nbf=NOW + 3600),
    "made in the future": lambda keys: signed(keys, iat=NOW + 3600),
    "nobody": lambda keys: signed(keys, sub=LEFT_OUT),
    "somebody who is no text": lambda keys: signed(keys, sub=["admin"]),
    "an id token": lambda keys: signed(keys, {"typ": "JWT"}),
    "no type": lambda keys: signed(keys, {"typ": LEFT_OUT}),
    "a demand nobody knows": lambda keys: signed(keys, {"crit": ["exp2"], "exp2": 1}),
    "roles that are no list": lambda keys: signed(keys, roles="admin"),
    "roles left out": lambda keys: signed(keys, roles=LEFT_OUT),
    "channels that are no list": lambda keys: signed(keys, channels="web"),
    "channels left out": lambda keys: signed(keys, channels=LEFT_OUT),
    "far too long": lambda keys: signed(keys, more="x" * TOKEN_CHARACTERS_MAX),
    "letters of other scripts": lambda _: "\N{LATIN SMALL LETTER E WITH ACUTE}yJ0",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_a_token_that_is_not_ours_is_401(demo, keys, forge):
    """And the answer says how to ask for a proper one, not what was wrong with the signature."""
    answer = await send(demo, body={"query": SITES}, authorization=f"Bearer {forge(keys)}")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert the_error(answer)["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Bearer", "Bearer ", "Token abc", "bearer\tabc"])
async def test_another_way_to_say_who_one_is_is_401(demo, header):
    assert (await send(demo, body={"query": SITES}, authorization=header)).status_code == 401


async def test_without_a_token_nothing_of_the_request_is_looked_at(demo):
    answer = await demo.http.post("/graphql", content=b"\xff" * 10)
    assert answer.status_code == 401


def test_a_headers_key_id_or_address_is_not_followed(keys):
    """Ours is the only key there is, whatever the token says of another."""
    token = signed(keys, {"kid": "../../etc/passwd", "jku": "http://127.0.0.1:1/keys"})
    assert Tokens(keys).caller(f"Bearer {token}").person == "mallory"


def test_a_token_is_taken_until_it_ends(keys):
    """A token seen before is remembered, its end with it."""
    tokens = Tokens(keys)
    ending = tokens.issue("somebody", ["planner"], ["web"], life_s=-59)
    assert tokens.caller(f"Bearer {ending}").channels == frozenset({"web"})
    remembered, _ = tokens._known[ending]
    tokens._known[ending] = (remembered, time.time() - 61)
    with pytest.raises(Unauthenticated, match="has ended"):
        tokens.caller(f"Bearer {ending}")


def test_few_tokens_are_remembered(keys):
    tokens = Tokens(keys)
    for number in range(KNOWN_MAX + 10):
        tokens._remember(str(number), None)  # type: ignore[arg-type]
    assert len(tokens._known) == KNOWN_MAX
    assert "0" not in tokens._known


def test_roles_nobody_has_give_nothing(keys):
    """A role taken out of the product is no role, in tokens given out before as well."""
    caller = Tokens(keys).caller(f"Bearer {signed(keys, roles=['emperor', 'planner'])}")
    assert caller.roles == {"planner"}


@pytest.mark.parametrize("roles", [[], ["king"], ["planner", "king"]])
def test_no_token_is_signed_for_a_role_nobody_has(keys, roles):
    with pytest.raises(ValueError, match="No role is called"):
        Tokens(keys).issue("somebody", roles, None)


def test_two_processes_that_start_together_have_the_same_key(tmp_path):
    """Whoever comes second takes the first one's."""
    first, second = load_keys(tmp_path), load_keys(tmp_path)
    token = Tokens(first).issue("somebody", ["planner"], None)
    assert Tokens(second).caller(f"Bearer {token}").person == "somebody"
    assert first.cursor_secret == second.cursor_secret
    assert [file.name for file in tmp_path.iterdir()] == ["issuer.json"]


INTROSPECTION = ("{ __schema { types { name } } }", '{ __type(name: "Item") { name } }')


@pytest.mark.parametrize("query", INTROSPECTION)
@pytest.mark.parametrize("role", sorted(ROLES))
async def test_the_schema_is_read_by_developers_and_admins(demo, role, query):
    """The same refusal for all the others."""
    answer = await send(demo.as_(role), body={"query": query})
    if role in ("developer", "admin"):
        assert answer.json()["data"]
    else:
        assert (answer.status_code, the_error(answer)["extensions"]["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    "query", ["{ _service { sdl } }", "{ _entities(representations: []) { __typename } }"]
)
async def test_there_is_no_back_door_to_the_schema(demo, query):
    answer = await send(demo.as_("admin"), body={"query": query})
    assert the_error(answer)["message"].startswith("Cannot query field")


async def test_a_role_is_refused_what_is_not_its_own(demo):
    """Through a fragment or an alias as well, and before anything is run."""
    for query in (
        "{ worklist { edges { node { kind } } } }",
        "{ mine: worklist { edges { node { kind } } } }",
        "{ sites { site } ...F } fragment F on Query { worklist { edges { node { kind } } } }",
        "{ ... on Query { worklist { edges { node { kind } } } } }",
        "query A { sites { site } } query B { worklist { edges { node { kind } } } }",
        '{ item(sku: "BK-1003") { ... on Node { ... on Item { orders { order } } } } }',
    ):
        answer = await send(demo.as_("storefront"), body={"query": query, "operationName": "A"})
        assert (answer.status_code, the_error(answer)["extensions"]["code"]) == (403, "FORBIDDEN"), query
