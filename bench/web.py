"""A web view on one local origin for the rivals: assets and pages from memory, every other address refused."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QTimer, QUrl
from PySide6.QtWebEngineCore import (
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
    QWebEngineUrlRequestJob,
    QWebEngineUrlScheme,
    QWebEngineUrlSchemeHandler,
)
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication

SCHEME = b"bench"
ORIGIN = "bench://app/"


def register() -> None:
    """Before QApplication: one origin that scripts may be loaded from."""
    scheme = QWebEngineUrlScheme(SCHEME)
    scheme.setSyntax(QWebEngineUrlScheme.Syntax.Host)
    flags = QWebEngineUrlScheme.Flag
    scheme.setFlags(flags.SecureScheme | flags.CorsEnabled | flags.FetchApiAllowed)
    QWebEngineUrlScheme.registerScheme(scheme)


class LocalOnly(QWebEngineUrlRequestInterceptor):
    """Refuses everything but our own origin."""

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        if info.requestUrl().scheme() not in ("bench", "data", "blob", "about"):
            info.block(True)


class Origin(QWebEngineUrlSchemeHandler):
    """Assets of a folder and pages of memory."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self.pages: dict[str, bytes] = {}

    def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:
        name = job.requestUrl().path().lstrip("/")
        body = self.pages.get(name)
        path = self._folder / name
        if body is None and path.is_file():
            body = path.read_bytes()
        if body is None:
            job.fail(QWebEngineUrlRequestJob.Error.UrlNotFound)
            return
        buffer = QBuffer(job)
        buffer.setData(QByteArray(body))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        kind = mimetypes.guess_type(name)[0] or "text/html"
        job.reply(kind.encode(), buffer)


class Web:
    """A view of 1280 x 800 with pages to be put in by name."""

    def __init__(self, folder: Path) -> None:
        self.profile = QWebEngineProfile()
        self._interceptor = LocalOnly(self.profile)
        self.profile.setUrlRequestInterceptor(self._interceptor)
        self.origin = Origin(folder, self.profile)
        self.profile.installUrlSchemeHandler(SCHEME, self.origin)
        self.view = QWebEngineView()
        self.page = QWebEnginePage(self.profile, self.view)
        self.view.setPage(self.page)
        self.view.resize(1280, 800)

    def load(self, name: str) -> None:
        """Show the view and load a page."""
        self.view.show()
        self.page.load(QUrl(ORIGIN + name))

    def until(self, script: str, then: Callable[[Any], None], every_ms: int = 2) -> None:
        """Ask the script again and again until it gives something that is true."""

        def answered(value: Any) -> None:
            if value:
                then(value)
            else:
                QTimer.singleShot(every_ms, ask)

        def ask() -> None:
            self.page.runJavaScript(script, 0, answered)

        ask()


def wait(app: QApplication, give_up_s: float = 240) -> bool:
    """Run the event loop until it is quit; false where that took too long."""
    QTimer.singleShot(int(give_up_s * 1000), lambda: app.exit(1))
    return app.exec() == 0
