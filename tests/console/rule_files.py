"""A rule file that shuts the web shop, and the forms of the rule pages filled in."""

from tests.console.reading import FROM_OUR_PAGE, Page, Reader

SOURCING = "60-sourcing.yaml"
SHUT = """\
decides: sourcing
hit: first
inputs:
  channel_kind: {type: enum, values: [web]}
outputs:
  serves: {type: bool}
  turn: {type: int, min: 1, max: 99}
  floor: {type: int, min: 0, max: 1000000}
  orders_a_day: {type: int, min: 0, max: 1000000, none: true}
rows:
  - id: SHUT
    when: {channel_kind: web}
    then: {serves: false, turn: 1, floor: 0, orders_a_day: none}
    why: "=nobody() is served while the web shop is shut."
    owner: e-commerce
  - id: OPEN
    when: {}
    then: {serves: true, turn: 1, floor: 0, orders_a_day: none}
    why: All others are served by every site.
    owner: logistics
examples:
  - given: {channel_kind: web}
    expect: {serves: false, row: SHUT}
  - given: {channel_kind: other}
    expect: {serves: true, row: OPEN}
"""
ASK = """query Ask($channel: String!) {
  availability(channel: $channel, lines: [{sku: "BK-1003", quantity: 4, wanted: "2026-03-02"}]) {
    inquiry lines { promisable } } }"""


async def token_of(reader: Reader) -> str:
    """What the forms made for this reader carry."""
    return (await reader.open("/rules/change")).values["token"]


async def post(reader: Reader, path: str, status: int = 303, **fields: str) -> tuple[str, Page]:
    """The form was sent from our page; where it led to, or the page it answered with."""
    fields = {"token": await token_of(reader)} | fields
    answer = await reader.http.post(path, data=fields, headers=FROM_OUR_PAGE)
    assert answer.status_code == status, answer.text
    return answer.headers.get("location", ""), Page(status, answer.text or "<p></p>")


async def send(
    reader: Reader, files: dict[str, bytes], step: str, status: int, note: str = "Shut"
) -> tuple[str, Page]:
    """The files were sent to be checked or kept."""
    fields = {"token": await token_of(reader), "base": "", "note": note, "step": step}
    parts = [("files", (name, content)) for name, content in files.items()]
    answer = await reader.http.post("/rules/change", data=fields, files=parts, headers=FROM_OUR_PAGE)
    assert answer.status_code == status, answer.text
    return answer.headers.get("location", ""), Page(status, answer.text or "<p></p>")


async def kept(reader: Reader, text: str = SHUT) -> str:
    """The address of the draft in which the sourcing file reads so."""
    where, _ = await send(reader, {SOURCING: text.encode()}, "keep", 303)
    return where.removesuffix("?done=kept")
