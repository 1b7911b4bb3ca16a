"""``make preview``: a page on this machine that shows one report and follows every save.

It listens on the loopback address only, under a path that nobody can guess (other users of a shared server can reach
the loopback address too), and answers only requests that name it as a host (against DNS rebinding). There are five
paths and no files: nothing can be listed.
"""

import asyncio
import json
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from pipelines.errors import UsageError
from pipelines.workbench import watch
from pipelines.workbench.rebuild import Result, Studio


ADDRESS = "127.0.0.1"
FILES = Path(__file__).with_name("preview")
LOOK_SECONDS = 0.2
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; frame-src 'self'; connect-src 'self'; base-uri 'none'"


class Preview:
    """The state all requests share: the last result, and who waits for the next one."""

    def __init__(self, studio: Studio):
        self.studio = studio
        self.result: Result | None = None
        self.working = False
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = threading.Event()

    def start(self) -> None:
        """Build and watch in a thread of its own; requests are answered meanwhile."""
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._watch, name="preview", daemon=True).start()

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()

    def _watch(self) -> None:
        settings, notebook = self.studio.settings, self.studio.theme.notebook
        seen = watch.look(settings, notebook)
        self._build({})
        while not self._stop.wait(LOOK_SECONDS):
            now = watch.look(settings, notebook)
            if now == seen:
                continue
            # Editors save in steps; read when the file has come to rest.
            while not self._stop.wait(LOOK_SECONDS / 2) and (later := watch.look(settings, notebook)) != now:
                now = later
            changes, seen = watch.changed(seen, now), now
            self._build(changes)

    def _build(self, changes: dict[str, list[str]]) -> None:
        self._tell(working=True)
        result = self.studio.build(changes)
        self._tell(working=False, result=result)
        state = "有错误，见网页" if result.error else f"用时 {result.seconds:.1f} 秒"
        print(f"{time.strftime('%H:%M:%S')}　{result.why}：{state}", flush=True)

    def _tell(self, working: bool, result: Result | None = None) -> None:
        def set_() -> None:
            self.working, self.result = working, result or self.result
            self._changed.set()
            self._changed = asyncio.Event()

        assert self._loop is not None
        self._loop.call_soon_threadsafe(set_)

    async def wait(self) -> None:
        """Until something changes; a quarter of a minute at most, so that lost connections are noticed."""
        try:
            await asyncio.wait_for(self._changed.wait(), 15)
        except TimeoutError:
            return

    def state(self) -> dict[str, Any]:
        """What the page shows around the report."""
        result = self.result
        return {
            "title": self.studio.title,
            "working": self.working,
            "number": result.number if result else 0,
            "error": result.error if result else "",
            "seconds": round(result.seconds, 1) if result else 0,
            "why": result.why if result else "",
        }


class _Handler(RequestHandler):
    """Refuses requests that were meant for another host."""

    def initialize(self, preview: Preview, hosts: set[str]) -> None:
        self.preview, self.hosts = preview, hosts

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        if self.request.host not in self.hosts:
            self.send_error(403)

    def write_error(self, status_code: int, **_: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish({403: "不接受这个地址的请求。", 404: "没有这个页面。"}.get(status_code, "不能处理。"))


class _Shell(_Handler):
    """The page around the report, its style and its script."""

    def get(self, name: str) -> None:
        kinds = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
        file = FILES / (name or "preview.html")
        self.set_header("Content-Type", f"{kinds[file.suffix]}; charset=utf-8")
        self.set_header("Content-Security-Policy", _POLICY)
        self.finish(file.read_bytes())


class _Page(_Handler):
    """The report itself, as it would be written; its own policy stands in the page."""

    def get(self) -> None:
        result = self.preview.result
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(result.page if result else "")


class _Pdf(_Handler):
    """The PDF of what is shown, made when it is asked for."""

    async def get(self) -> None:
        from pipelines.render.pdf import render_pdf

        result = self.preview.result
        if result is None or result.notebook is None:
            self.send_error(404)
            return
        pdf = await asyncio.get_running_loop().run_in_executor(None, render_pdf, result.notebook)
        self.set_header("Content-Type", "application/pdf")
        self.finish(pdf)


class _Events(_Handler):
    """The state now and after every change, as server-sent events."""

    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        try:
            while True:
                self.write(f"data: {json.dumps(self.preview.state(), ensure_ascii=False)}\n\n")
                await self.flush()
                await self.preview.wait()
        except StreamClosedError:
            return


class _Nothing(_Handler):
    def get(self, *_: str) -> None:
        self.send_error(404)


def application(preview: Preview, port: int, token: str) -> Application:
    """The five paths under ``/<token>/``."""
    hosts = {f"{name}:{port}" for name in (ADDRESS, "localhost")}
    shared = {"preview": preview, "hosts": hosts}
    return Application(
        [
            (rf"/{token}/(|preview\.js|preview\.css)", _Shell, shared),
            (rf"/{token}/report", _Page, shared),
            (rf"/{token}/report\.pdf", _Pdf, shared),
            (rf"/{token}/events", _Events, shared),
        ],
        default_handler_class=_Nothing,
        default_handler_args=shared,
        log_function=lambda _: None,
    )


def port_of(wanted: str) -> int:
    """The port a user named, 0 for any free one; UsageError if it is none."""
    if not wanted:
        return 0
    if not wanted.isdecimal() or not 1024 <= int(wanted) <= 65535:
        raise UsageError(
            f"端口“{wanted[:20]}”不对。", "写 1024 至 65535 之间的数，例如 PORT=8899；不写则自动选择。"
        )
    return int(wanted)


async def serve(studio: Studio, port: int, say: Callable[[str], None]) -> None:
    """Show the report until the process is ended; UsageError if the port is taken."""
    try:
        sockets = bind_sockets(port, ADDRESS)
    except OSError as error:
        raise UsageError(f"端口 {port} 不能使用（可能已被占用）。", "换一个 PORT=，或不写。") from error
    bound = sockets[0].getsockname()[1]
    token = secrets.token_urlsafe(16)
    preview = Preview(studio)
    server = HTTPServer(application(preview, bound, token))
    server.add_sockets(sockets)
    preview.start()
    say(f"预览《{studio.title}》：http://{ADDRESS}:{bound}/{token}/")
    say("保存笔记本、文字（sentences.toml）、检查规则或模板后，网页自动更新。按 Ctrl+C 停止。")
    try:
        await asyncio.Event().wait()
    finally:
        preview.stop()
        server.stop()
