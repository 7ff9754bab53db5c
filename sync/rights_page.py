"""What is handed to a person, as files: all that is held of them, and the proof that it is gone.

The copy is a folder of its own, whole or not there at all, closed to everybody else: `data.json`, the same as a page to
read, and the photos. No cell of the page begins a formula, no word in it is markup. The proof holds no word of theirs.
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from console import commands
from console.core.erasure import is_item
from console.core.errors import Refused
from console.core.file_kinds import FileKind, safe_name
from console.core.lifecycle import Deed
from console.core.phrases import Phrases
from console.core.pieces import joined
from console.core.safe_text import json_safe, safe
from console.store.blobs import Blobs
from console.store.export import text_cell
from console.store.files import atomic_write, disk_trouble, drop_file, sync_folder
from sync.rights import Proof

_PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "<title>{title}</title><style>body{{font:15px/1.5 sans-serif;max-width:52em;margin:2em auto;padding:0 1em}}"
    "table{{border-collapse:collapse;width:100%;margin:0 0 1.5em}}td,th{{border:1px solid #999;padding:.3em .6em;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}}</style></head><body>{body}</body></html>\n"
)
Part = tuple[str, Sequence[Sequence[str]]]
"""A heading and rows of cells below it."""


def hand_out(held: dict[str, Any], folder: Path, blobs: Blobs, phrases: Phrases) -> int:
    """Write it all into a new folder; how many files of theirs are in it. Raises `Refused` where there is such a
    folder already, `DiskTrouble`."""
    folder = folder.absolute()
    if folder.exists():
        raise Refused("personal.rights.folder_there", path=str(folder))
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        part.mkdir(mode=0o700)
        (part / "files").mkdir(mode=0o700)
        count = _files(held, part / "files", blobs)
        atomic_write(part / "data.json", _json(held))
        atomic_write(
            part / "data.html", page(phrases, phrases.say("personal.rights.copy.title"), _parts(held, phrases))
        )
        part.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        _sweep(part)
        raise disk_trouble(error, folder) from error
    except BaseException:
        _sweep(part)
        raise
    return count


def _sweep(part: Path) -> None:
    """Leave nothing of a copy that did not come to be."""
    for path in sorted(part.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            drop_file(path)
    if part.is_dir():
        part.rmdir()


def _files(held: dict[str, Any], folder: Path, blobs: Blobs) -> int:
    """The photos and files, each under a name of its own; each is told where it lies, "" where it is not here."""
    count = 0
    for complaint in held["complaints"]:
        for each in complaint["files"]:
            pieces = [blobs.peek(name) for name in each.pop("pieces")]
            whole = [data for data in pieces if data is not None]
            data = joined(whole, each["sha256"], each["bytes"]) if len(whole) == len(pieces) else None
            each["file"] = ""
            if data is not None:
                count += 1
                name = f"{count:03}-{safe_name(each['name'], FileKind(each['type']))}"
                atomic_write(folder / name, data)
                each["file"] = f"files/{name}"
    return count


def _json(held: Mapping[str, Any]) -> bytes:
    return (json_safe(json.dumps(held, ensure_ascii=False, indent=1, sort_keys=True, default=str)) + "\n").encode(
        "utf-8"
    )


def _parts(held: Mapping[str, Any], phrases: Phrases) -> list[Part]:
    say = phrases.say
    parts: list[Part] = [
        (
            say("personal.rights.copy.about"),
            [[say(f"personal.rights.copy.{name}"), str(held[name])] for name in ("case", "city", "at")],
        )
    ]
    for each in held["complaints"]:
        rows = [
            [_field(name, phrases), str(value)] for name, value in each.items() if not isinstance(value, dict | list)
        ]
        rows += [
            [_field(name, phrases), value if value is not None else say("personal.rights.copy.closed")]
            for name, value in each["reporter"].items()
        ]
        parts.append((say("personal.rights.copy.complaint", complaint=each["id"]), rows))
        told = [[one["at"], _deed(one["deed"], phrases), one["text"], _flat(one["fields"])] for one in each["history"]]
        parts.append((say("personal.rights.copy.history"), told))
        files = [
            [one["name"], one["at"], one["file"] or say("personal.rights.copy.file_gone")] for one in each["files"]
        ]
        parts.append((say("personal.rights.copy.files"), files))
    for each in held.get("items", ()):
        rows = [[_field(name, phrases), str(value)] for name, value in each.items()]
        parts.append((say("personal.rights.copy.item"), rows))
    spoken = [[each["complaint"] or "-", each["where"], str(each["times"])] for each in held["spoken_of"]]
    parts.append((say("personal.rights.copy.spoken"), spoken))
    return parts


def _field(name: str, phrases: Phrases) -> str:
    """A field in words; one that is named by its code alone stays so."""
    said = phrases.say(f"personal.rights.field.{name}")
    return name if said.startswith("«") else said


def _deed(deed: str, phrases: Phrases) -> str:
    known = commands.found().get(Deed(deed)) if deed in Deed._value2member_map_ else None
    return deed if known is None else phrases.say(known.face.title)


def _flat(fields: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in fields.items())


def page(phrases: Phrases, title: str, parts: Iterable[Part]) -> bytes:
    """A page to read: headings and tables, no script and nothing from elsewhere."""
    body = [f"<h1>{html.escape(title)}</h1>"]
    for heading, rows in parts:
        body.append(f"<h2>{html.escape(heading)}</h2>")
        lines = ("".join(f"<td>{html.escape(_cell(cell))}</td>" for cell in row) for row in rows)
        body.append(f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>")
    made = _PAGE.format(language=phrases.language, title=html.escape(title), body="".join(body))
    return made.encode("utf-8", "replace")


def text_page(title: str, parts: Iterable[Part]) -> bytes:
    """The same as plain lines."""
    lines = [title, "=" * len(title), ""]
    for heading, rows in parts:
        lines += [heading, *("  " + " | ".join(_cell(cell).replace("\n", " ") for cell in row) for row in rows), ""]
    return "\n".join(lines).encode("utf-8", "replace")


def _cell(text: str) -> str:
    return text_cell(safe(text))


def write_proof(proof: Proof, path: Path, phrases: Phrases) -> tuple[str, list[Part]]:
    """Write the page that proves what was erased, as plain text where its name ends in `.txt`; its title and parts.
    Raises `Refused` where nothing was done about the case, `DiskTrouble`."""
    if len(proof.steps) < 2:  # the making of this page alone
        raise Refused("personal.rights.no_case", case=proof.asked.case)
    parts = proof_parts(proof, phrases, proof.at.isoformat(timespec="seconds"))
    title = phrases.say("personal.rights.proof.title")
    atomic_write(path, text_page(title, parts) if path.suffix == ".txt" else page(phrases, title, parts))
    return title, parts


def proof_parts(proof: Proof, phrases: Phrases, clock_words: str) -> list[Part]:
    """What the proof says. No word of the person is in it."""
    say = phrases.say
    head = [
        [say("personal.rights.copy.case"), proof.asked.case],
        [say("personal.rights.copy.city"), proof.city],
        [say("personal.rights.proof.console"), proof.console],
        [say("personal.rights.copy.at"), clock_words],
        [say("personal.rights.proof.by"), proof.asked.by],
    ]
    steps = [
        [str(each.n), each.at.isoformat(timespec="seconds"), say(f"ledger.deed.{each.deed}"), each.who, each.complaint]
        for each in proof.steps
    ]
    erased = []
    for each in proof.erased:
        what = [_field(name, phrases) for name in each.fields]
        if is_item(each.complaint):
            what.append(say("personal.rights.proof.item"))
        elif each.history:
            what.append(say("personal.rights.proof.history"))
        if each.deeds:
            what.append(say("personal.rights.proof.deeds", count=each.deeds))
        now = "item_now" if is_item(each.complaint) else "now"
        places = say(f"personal.rights.proof.{now}", row=each.row, words=each.words)
        erased.append([each.complaint, each.at.isoformat(timespec="seconds"), ", ".join(what), places])
    count = [sum(is_item(each.complaint) == of_items for each in proof.erased) for of_items in (False, True)]
    rest = [[say("personal.rights.proof.counted", complaints=count[0], items=count[1])]] if proof.erased else []
    rest += [[say("personal.rights.proof.search")]] if proof.erased else []
    return [
        (say("personal.rights.proof.about"), head),
        (say("personal.rights.proof.steps"), steps),
        (say("personal.rights.proof.erased"), [*erased, *rest]),
        (say("personal.rights.proof.remains"), _remains(proof, phrases)),
        (
            say("personal.rights.proof.chain"),
            [
                *([str(each.n), each.hash] for each in proof.steps),
                [say("personal.rights.proof.whole"), proof.hash],
                [say("personal.rights.proof.verify")],
            ],
        ),
    ]


def _remains(proof: Proof, phrases: Phrases) -> list[list[str]]:
    say = phrases.say
    rows = []
    if proof.backups and proof.goes is not None:
        rows.append([say("personal.rights.proof.backups", count=len(proof.backups), at=proof.goes.date().isoformat())])
    elif proof.erased:
        rows.append([say("personal.rights.proof.no_backups")])
    rows += [[say("personal.rights.proof.old_store", name=name)] for name in proof.kept]
    unsent = sum(each.unsent for each in proof.erased)
    if unsent:
        rows.append([say("personal.rights.proof.unsent", count=unsent)])
    rows += [[say(f"personal.rights.proof.{name}")] for name in ("centre", "consoles", "handed", "ledger", "disk")]
    return rows
