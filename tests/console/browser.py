"""Debian's chromium, spoken to over its DevTools protocol: what a reader of the pages would do and see."""

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_S = 20
MESSAGE_BYTES_MAX = 50_000_000
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--remote-debugging-port=0",
)


class MovedOn(Exception):
    """The page went away while it was asked."""


@dataclass
class Browser:
    """A running chromium; what it tells reaches those who asked and the tabs it is about."""

    socket: ClientConnection
    ids: "count[int]" = field(default_factory=lambda: count(1))
    answers: dict[int, asyncio.Future[Any]] = field(default_factory=dict)
    tabs: "dict[str, Tab]" = field(default_factory=dict)

    async def send(self, method: str, session: str = "", **parameters: Any) -> Any:
        """What the browser answers. A refusal fails the test."""
        number = next(self.ids)
        self.answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        await self.socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        async with asyncio.timeout(PATIENCE_S):
            return await self.answers[number]

    async def listen(self) -> None:
        async for text in self.socket:
            message = json.loads(text)
            if "id" in message:
                self.settle(self.answers.pop(message["id"]), message)
            elif message.get("sessionId") in self.tabs:
                self.tabs[message["sessionId"]].note(message["method"], message["params"])

    def settle(self, waiting: asyncio.Future[Any], message: dict[str, Any]) -> None:
        if waiting.cancelled():
            return
        if "error" in message:
            waiting.set_exception(_refusal(message["error"]["message"]))
        else:
            waiting.set_result(message["result"])

    @asynccontextmanager
    async def tab(self) -> "AsyncIterator[Tab]":
        """A tab of a fresh profile: no cookie, nothing kept."""
        profile = (await self.send("Target.createBrowserContext"))["browserContextId"]
        created = await self.send("Target.createTarget", url="about:blank", browserContextId=profile)
        attached = await self.send("Target.attachToTarget", targetId=created["targetId"], flatten=True)
        tab = self.tabs[attached["sessionId"]] = Tab(self, attached["sessionId"])
        for domain in ("Page", "Network", "Runtime", "Log"):
            await tab.send(f"{domain}.enable")
        try:
            yield tab
        finally:
            del self.tabs[tab.session]
            await self.send("Target.disposeBrowserContext", browserContextId=profile)


@dataclass
class Tab:
    """One page, and all it loaded and complained of."""

    browser: Browser
    session: str
    loads: asyncio.Queue[None] = field(default_factory=asyncio.Queue)
    requested: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def send(self, method: str, **parameters: Any) -> Any:
        return await self.browser.send(method, self.session, **parameters)

    def note(self, method: str, told: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self.loads.put_nowait(None)
        elif method == "Network.requestWillBeSent":
            self.requested.append(told["request"]["url"])
        elif method == "Network.responseReceived" and told["response"]["status"] >= 400:
            self.failed.append(f"{told['response']['status']} {told['response']['url']}")
        elif method == "Network.loadingFailed" and not told.get("canceled"):
            self.failed.append(told["errorText"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(told["exceptionDetails"]["text"])
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning"):
            self.complains(str(told["args"]))
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.complains(told["entry"]["text"])

    def complains(self, text: str) -> None:
        """Kept, unless Chromium advises the test, which reads the chart's pixels, how to read faster."""
        if "willReadFrequently" not in text:
            self.complaints.append(text)

    @asynccontextmanager
    async def loading(self) -> AsyncIterator[None]:
        """At the end of the block the page that it led to has loaded."""
        while not self.loads.empty():
            self.loads.get_nowait()
        yield
        async with asyncio.timeout(PATIENCE_S):
            await self.loads.get()

    async def open(self, url: str) -> None:
        async with self.loading():
            await self.send("Page.navigate", url=url)

    async def run(self, script: str) -> Any:
        """The script's value; what it throws fails the test."""
        told = await self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    async def until(self, script: str) -> None:
        """The script's value has become true."""
        look = f"const look = () => ({script}) ? done(true) : setTimeout(look, 10); look();"
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with suppress(MovedOn):
                    await self.run(f"new Promise(done => {{ {look} }})")
                    return

    async def press(self, key: str) -> None:
        codes = {"Tab": 9, "Enter": 13}
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            await self.send(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=codes[key],
                **text,
            )

    async def look(self, scheme: str, width: int = 1180, height: int = 800) -> None:
        """The window has this size, and the reader prefers this colour scheme."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        await self.send("Emulation.setEmulatedMedia", features=features)
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.send("Emulation.setDeviceMetricsOverride", **size)

    async def picture(self, height: int, top: int = 0) -> bytes:
        """A part of the page, so high, as a PNG."""
        width = await self.run("document.documentElement.clientWidth")
        clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
        told = await self.send("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(told["data"])


def _refusal(message: str) -> Exception:
    moved = "navigated" in message or "context" in message
    return MovedOn(message) if moved else AssertionError(message)


@asynccontextmanager
async def browsing(folder: Path) -> AsyncIterator[Browser]:
    """A chromium of our own, gone at the end."""
    assert CHROMIUM is not None, "who calls this has looked"
    process = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *SWITCHES,
        f"--user-data-dir={folder}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        address = await _address(process)
        async with connect(address, max_size=MESSAGE_BYTES_MAX, compression=None) as socket:
            browser = Browser(socket)
            listening = asyncio.create_task(browser.listen())
            try:
                yield browser
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_S):
        async for line in process.stderr:
            if b"DevTools listening on" in line:
                return line.split()[-1].decode()
    raise AssertionError("chromium ended before it could be spoken to")
