"""`python -m widgets` shows every part; with `--shots DIR` it writes a picture of each in both themes instead."""

from __future__ import annotations

import argparse
from pathlib import Path

from PySide6.QtWidgets import QApplication, QTabWidget, QWidget

from widgets import theme
from widgets.gallery import PAGES, phrases
from widgets.tokens import THEMES


def shoot(app: QApplication, folder: Path, scale: float, only: str) -> None:
    """Write `<page>-<theme>.png` of every page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in THEMES:
        tokens = theme.scaled(theme.load(name), scale)
        theme.apply(app, tokens)
        said = phrases()
        for page, (make, wide, high) in PAGES.items():
            if only and only != page:
                continue
            widget = make(said)
            widget.resize(tokens.px(wide), tokens.px(high))
            widget.show()
            app.processEvents()
            widget.grab().save(str(folder / f"{page}-{name}.png"))
            widget.close()
            widget.deleteLater()
        app.processEvents()


def main() -> None:
    """Show or shoot."""
    options = argparse.ArgumentParser(prog="python -m widgets", description=__doc__)
    options.add_argument("--shots", type=Path, metavar="DIR", help="write PNG files here and leave")
    options.add_argument("--theme", choices=THEMES, default=THEMES[0])
    options.add_argument("--scale", type=float, default=1.0, help="sizes of a wall, 1.0 is a desk")
    options.add_argument("--only", default="", help="one page only")
    asked = options.parse_args()
    app = QApplication([])
    if asked.shots:
        shoot(app, asked.shots, asked.scale, asked.only)
        return
    theme.apply(app, theme.scaled(theme.load(asked.theme), asked.scale))
    tabs = QTabWidget()
    for name, (make, _, _) in PAGES.items():
        page: QWidget = make(phrases())
        tabs.addTab(page, name)
    tabs.resize(1280, 900)
    tabs.show()
    app.exec()


if __name__ == "__main__":
    main()
