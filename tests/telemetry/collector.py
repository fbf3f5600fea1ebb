"""A fake OTLP collector: a real HTTP server on this machine that remembers what it was sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class FakeCollector(ThreadingHTTPServer):
    """Answers every export with `answers` and keeps path, service and span names."""

    def __init__(self, answers: int) -> None:
        super().__init__(("127.0.0.1", 0), _Export)
        self.answers = answers
        self.paths: list[str] = []
        self.services: set[str] = set()
        self.names: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def remember(self, path: str, body: bytes) -> None:
        self.paths.append(path)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services |= {
                a.value.string_value for a in resource.resource.attributes if a.key == "service.name"
            }
            self.names += [span.name for scope in resource.scope_spans for span in scope.spans]


class _Export(BaseHTTPRequestHandler):
    server: FakeCollector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.remember(self.path, body)
        self.send_response(self.server.answers)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # the base class names it
        """Say nothing: the test's output is not a server's log."""


@contextmanager
def a_collector(answers: int = 200) -> Iterator[FakeCollector]:
    with FakeCollector(answers) as collector:
        serving = threading.Thread(
            target=collector.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        serving.start()
        try:
            yield collector
        finally:
            collector.shutdown()
            serving.join()
