"""Who gets in, for how long, and what the cookie is good for."""

import pytest

from gateway.console.signing import COOKIE, local_path
from tests.application import Client
from tests.console.reading import FROM_OUR_PAGE, Page, signed_in, visitor


def token(client: Client, life_s: int = 3600) -> str:
    return client.tokens.issue("Ines", ["planner"], None, life_s)


async def test_without_a_cookie_one_is_asked_to_sign_in_and_comes_back(demo):
    reader = visitor(demo)
    asked = await reader.http.get("/inquiries?sku=TEA&short=1")
    assert asked.status_code == 303
    form = await reader.open(asked.headers["location"])
    assert form.heading == "Sign in"

    fields = {"token": token(demo), "next": form.values["next"]}
    answer = await reader.http.post("/signin", data=fields, headers=FROM_OUR_PAGE)

    assert (answer.status_code, answer.headers["location"]) == (303, "/inquiries?sku=TEA&short=1")
    assert (await reader.open(answer.headers["location"])).heading == "Inquiries"


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites_and_ends_with_the_token(demo):
    reader = visitor(demo)
    fields = {"token": token(demo, life_s=600)}
    answer = await reader.http.post("/signin", data=fields, headers=FROM_OUR_PAGE)
    parts = answer.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(parts)
    assert "Secure" not in parts
    (life,) = [int(part.removeprefix("Max-Age=")) for part in parts if part.startswith("Max-Age=")]
    assert 590 <= life <= 600


async def test_behind_tls_the_cookie_never_leaves_it(demo):
    headers = {"origin": "https://earmark", "sec-fetch-site": "same-origin"}
    answer = await visitor(demo).http.post("/signin", data={"token": token(demo)}, headers=headers)
    assert "Secure" in answer.headers["set-cookie"].split("; ")


async def test_a_token_may_be_pasted_with_its_scheme_and_spaces(demo):
    fields = {"token": f"  Bearer {token(demo)}\n"}
    answer = await visitor(demo).http.post("/signin", data=fields, headers=FROM_OUR_PAGE)
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        ("nonsense", "not one we signed"),
        ("", "The field is empty"),
        ("x" * 5_000, "too long"),
        ("<script>alert(1)</script>", "not one we signed"),
    ],
)
async def test_a_wrong_token_is_said_so_and_sets_no_cookie(demo, pasted, why):
    answer = await visitor(demo).http.post("/signin", data={"token": pasted}, headers=FROM_OUR_PAGE)
    page = Page(answer.status_code, answer.text)
    assert answer.status_code == 401
    assert "That token was not taken" in page.text
    assert why in page.text
    assert "earmark token" in page.text
    assert "set-cookie" not in answer.headers
    assert "<script>alert" not in answer.text


async def test_an_ended_token_is_not_taken(demo):
    ended = token(demo, life_s=-3600)
    answer = await visitor(demo).http.post("/signin", data={"token": ended}, headers=FROM_OUR_PAGE)
    assert answer.status_code == 401
    assert "it has ended" in answer.text


async def test_a_form_larger_than_any_token_is_refused(demo):
    answer = await visitor(demo).http.post("/signin", data={"token": "x" * 20_000}, headers=FROM_OUR_PAGE)
    assert answer.status_code == 400
    assert "4,096 characters" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil", "sec-fetch-site": "cross-site"},
        {"origin": "http://sub.earmark", "sec-fetch-site": "same-site"},
        {"origin": "http://evil"},
        {"origin": "null"},
        {},
    ],
    ids=["cross-site", "same-site", "other origin", "hidden origin", "says nothing"],
)
@pytest.mark.parametrize("path", ["/signin", "/signout"])
async def test_a_form_from_elsewhere_does_nothing(demo, headers, path):
    """Else another site could sign its visitors in as itself, or out."""
    reader = await signed_in(demo)
    answer = await reader.http.post(path, data={"token": token(demo)}, headers=headers)
    assert answer.status_code == 403
    assert "nothing was done" in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_browser_that_tells_only_its_origin_is_believed(demo):
    """Browsers say more over TLS and to their own machine only."""
    headers = {"origin": "http://earmark"}
    answer = await visitor(demo).http.post("/signin", data={"token": token(demo)}, headers=headers)
    assert answer.status_code == 303


async def test_after_signing_out_the_pages_are_closed(demo):
    reader = await signed_in(demo)
    answer = await reader.http.post("/signout", headers=FROM_OUR_PAGE)
    assert answer.headers["location"] == "/signin"
    assert COOKIE not in reader.http.cookies
    assert (await reader.http.get("/inquiries")).status_code == 303


async def test_the_cookie_opens_no_graphql(demo):
    """Whoever can make a browser send the cookie along can still ask nothing in its reader's name."""
    reader = await signed_in(demo, "admin")
    body = {"query": "{ sites { site } }"}
    assert (await reader.http.post("/graphql", json=body)).status_code == 401
    assert (await reader.http.get("/graphql", params=body)).status_code == 401


async def test_a_tampered_cookie_opens_nothing(demo):
    reader = visitor(demo)
    good = token(demo)
    forged = good[:-8] + ("A" * 8 if not good.endswith("A" * 8) else "B" * 8)
    answer = await reader.http.get("/inquiries", headers={"cookie": f"{COOKIE}={forged}"})
    assert answer.status_code == 303


async def test_a_link_from_another_site_arrives_although_its_cookie_is_left_behind(demo):
    """The browser withholds a strict cookie on the way from elsewhere; from our own page it brings it."""
    arriving = await visitor(demo).http.get("/traces?errors=1", headers={"sec-fetch-site": "cross-site"})
    page = Page(arriving.status_code, arriving.text)
    assert arriving.status_code == 200
    assert page.links["open it"] == "/traces?errors=1"
    assert 'content="0; url=/traces?errors=1"' in arriving.text


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://evil/",
        "//evil/",
        "/\\evil/",
        "\\\\evil",
        "javascript:alert(1)",
        "/\tevil",
        "inquiries",
        "/signin?next=/signin",
        "",
        None,
    ],
)
def test_nobody_is_sent_to_another_address_after_signing_in(elsewhere):
    assert local_path(elsewhere) == "/inquiries"


def test_a_page_of_ours_is_come_back_to_with_its_filters():
    assert local_path("/traces?sku=A%26B&errors=1") == "/traces?sku=A%26B&errors=1"
