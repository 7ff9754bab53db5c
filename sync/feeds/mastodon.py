"""Posts of a Mastodon server, or one that speaks its API (b7): what is public under a tag, or of one account.

Only what anybody may see is taken (public, unlisted). News are asked for by `min_id`, page after page as the `Link`
header would lead; then the newest page is looked at again, for a post that was edited is told nowhere else, and one
that was deleted is missing there: it is told once more, without its words.

Body of an item: `account`, `name`, `language`, `warning` (what its author warns of), `links`, `tags`, `media` (with
their descriptions), `reply_to`, `boosted` (address of the post it passes on), `deleted`, `extra`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from console.core.clock import from_millis, millis
from console.core.errors import BadAnswer
from console.core.items import Item, ItemKind
from console.core.records import Batch, Refusal
from sync import markup, strict_json
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.words_in import BadField, extra, identity, instant, not_ahead, sound, table, text

VERSION = 1
MOST_RECORDS = 50_000
PAGE = 40
MOST_KNOWN = 2 * PAGE
"""Posts whose deletion is noticed: those of the newest page, and those that were on it."""
_MOST_BACK = 5
"""Pages of what was there before the first visit."""
_TITLE = 90
_MOST_LISTED = 20
_OPEN = frozenset({"public", "unlisted"})
_WRAPPERS = ("statuses", "ancestors", "descendants")
_TAKEN = frozenset(
    (
        *("id", "created_at", "edited_at", "content", "text", "spoiler_text", "visibility", "language", "uri", "url"),
        *("account", "media_attachments", "mentions", "tags", "emojis", "reblog", "in_reply_to_id", "sensitive"),
        *("in_reply_to_account_id", "replies_count", "reblogs_count", "favourites_count", "favourited", "reblogged"),
        *("muted", "bookmarked", "pinned", "application", "filtered", "card", "poll", "quote", "quotes_count"),
        *("quote_approval", "tagged_collections"),
    )
)

_Page = list[Any]


class Mastodon(Feed):
    """Options of a pack: tag (without #) or account (its id on that server); with neither, what is posted there."""

    face: ClassVar[FeedFace] = FeedFace("mastodon", "sync.mastodon.title", accept="application/json")

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 by ids, not by dates
        """The page that is due, and with the first of a visit the newest page again."""
        memo = _sound(memo)
        page = {"limit": str(PAGE), **self._fixed()}
        if memo["back"] and memo["oldest"]:
            return [self._ask({**page, "max_id": memo["oldest"]}, "back")]
        if not memo["newest"]:
            return [self._ask(page, "look")]
        if memo["more"]:
            return [self._ask({**page, "min_id": memo["newest"]}, "news")]
        return [self._ask({**page, "min_id": memo["newest"]}, "news"), self._ask(page, "look")]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The posts of a page, and those that were there and are not there any more."""
        page = self._rows(answer)
        refused: list[Refusal] = []
        told: dict[str, Item] = {}
        for number, raw in enumerate(page):
            try:
                sound(raw)
                item = self._item(table(raw), answer.at)
            except BadField as bad:
                # what is not meant for all is not kept for the curious either
                hidden = bad.says == "sync.mastodon.hidden"
                refused.append(bad.refusal(f"statuses[{number}]", "" if hidden else raw))
                continue
            before = told.get(item.id)
            if before is None or (item.revised_at or item.observed_at) >= (before.revised_at or before.observed_at):
                told[item.id] = item
        if page and not told and not any(isinstance(each, dict) and "visibility" in each for each in page):
            raise BadAnswer("sync.mastodon.shape", source=self.entry.id)
        posts = list(told.values())
        known = _sound(memo)
        gone = self._gone(answer, known, page) if answer.tag == "look" else []
        return Batch(
            self.entry.id,
            refused=refused,
            memo=_advanced(answer, known, page, posts, {each.native_id for each in gone}) if answer.tag else memo,
            more=answer.tag in ("news", "back") and len(page) >= PAGE and bool(posts) and _goes_on(answer, known),
            newest_at=max((each.observed_at for each in posts), default=None),
            items=[*posts, *gone],
            fleeting=True,
        )

    def _ask(self, params: Mapping[str, str], tag: str) -> Ask:
        return Ask(self._url(), params, tag=tag)

    def _url(self) -> str:
        base, options = self.entry.address.rstrip("/"), self.entry.options
        if "/api/v" in urlsplit(base).path:
            return base
        if tag := options.get("tag", "").strip().lstrip("#"):
            return f"{base}/api/v1/timelines/tag/{quote(tag, safe='')}"
        if account := options.get("account", "").strip():
            return f"{base}/api/v1/accounts/{quote(account, safe='')}/statuses"
        return f"{base}/api/v1/timelines/public"

    def _fixed(self) -> dict[str, str]:
        options = self.entry.options
        public = not options.get("tag") and not options.get("account") and "/api/v" not in self.entry.address
        return {"local": "true"} if public else {}

    def _rows(self, answer: Answer) -> _Page:
        source = self.entry.id
        value = strict_json.lenient(answer.body, answer.charset, source).value
        if isinstance(value, dict):
            if isinstance(value.get("error"), str) and "content" not in value:
                raise BadAnswer("sync.bad.error", source=source, code="", reason=value["error"][:200])
            lists = [value[name] for name in _WRAPPERS if isinstance(value.get(name), list)]
            value = [each for rows in lists for each in rows] if lists else [value]
            if not lists and not {"id", "content", "visibility"} <= value[0].keys():
                raise BadAnswer("sync.mastodon.shape", source=source)
        if not isinstance(value, list):
            raise BadAnswer("sync.mastodon.shape", source=source)
        if len(value) > MOST_RECORDS:
            raise BadAnswer("sync.bad.many", source=source, count=len(value), most=MOST_RECORDS)
        return value

    def _item(self, raw: Mapping[str, Any], at: datetime) -> Item:
        get = raw.get
        boosted = get("reblog")
        source = table(boosted, "reblog") if boosted is not None else raw
        for each in (raw, source):
            seen_by = text(each.get("visibility"), "visibility")
            if seen_by not in _OPEN:
                raise BadField("visibility", "sync.mastodon.hidden", value=seen_by[:20])
        native_id = identity(get("id"))
        observed_at, assumed = instant(get("created_at"), UTC, "created_at")
        edited = source.get("edited_at")
        revised_at = instant(edited, UTC, "edited_at")[0] if edited else None
        words = markup.plain(_html(source.get("content")))
        said = text(words.text, "content")
        warning = text(source.get("spoiler_text"), "spoiler_text")
        account = table(source.get("account") or {}, "account")
        body: dict[str, Any] = {
            "account": text(account.get("acct"), "account.acct"),
            "name": text(account.get("display_name"), "account.display_name"),
            "language": text(source.get("language"), "language"),
            "warning": warning,
            "links": list(words.links),
            "tags": [text(each.get("name"), "tags") for each in _tables(source.get("tags"))],
            "media": [_media(each) for each in _tables(source.get("media_attachments"))],
            "reply_to": text(source.get("in_reply_to_id"), "in_reply_to_id"),
            "boosted": _address(source) if boosted is not None else "",
            "extra": extra(raw, _TAKEN),
        }
        return Item(
            f"{self.entry.id}:{native_id}",
            self.entry.id,
            ItemKind.POST,
            native_id,
            _title(warning or said) or body["account"],
            said,
            not_ahead(observed_at, at, "created_at"),
            url=_address(raw) or body["boosted"],
            zone_assumed=assumed,
            revised_at=not_ahead(revised_at, at, "edited_at") if revised_at else None,
            body={name: value for name, value in body.items() if value},
        )

    def _gone(self, answer: Answer, memo: Mapping[str, Any], page: _Page) -> list[Item]:
        """Posts that were told and are missing between those of the newest page. An empty page tells of nothing: more
        often than a server loses all, it says so by mistake."""
        here = {str(each.get("id")) for each in page if isinstance(each, dict)}
        if not here:
            return []
        oldest = min(here, key=_order) if len(page) >= PAGE else ""
        return [
            Item(
                f"{self.entry.id}:{native_id}",
                self.entry.id,
                ItemKind.POST,
                native_id,
                "",
                "",
                from_millis(created_ms),
                ends_at=answer.at,
                revised_at=answer.at,
                body={"deleted": True},
            )
            for native_id, created_ms in memo["known"]
            if native_id not in here and _order(native_id) > _order(oldest)
        ]


def _order(native_id: str) -> tuple[int, str]:
    """Ids grow with time: as numbers, or as texts of one length."""
    return len(native_id), native_id


def _sound(memo: Memo) -> dict[str, Any]:
    """What is remembered: `newest` and `oldest` id met, `known` posts [id, ms] that may yet be deleted, `back` pages of
    history still to be asked for, `more` where news go on."""
    fresh: dict[str, Any] = {"v": VERSION, "newest": "", "oldest": "", "known": [], "back": 0, "more": False}
    if memo.get("v") != VERSION:
        return fresh
    try:
        known = [(str(native_id), int(created_ms)) for native_id, created_ms in memo["known"]]
        return {
            **memo,
            **{"newest": str(memo["newest"]), "oldest": str(memo["oldest"]), "known": known},
            **{"back": int(memo["back"]), "more": bool(memo["more"])},
        }
    except (KeyError, TypeError, ValueError):
        return fresh


def _goes_on(answer: Answer, memo: Mapping[str, Any]) -> bool:
    return answer.tag == "news" or memo["back"] > 1


def _advanced(
    answer: Answer, memo: Mapping[str, Any], page: _Page, posts: Sequence[Item], gone: set[str]
) -> dict[str, Any]:
    """The memo after a page. A page of which nothing could be taken is gone past all the same, by the ids on it."""
    ids = [str(each["id"]) for each in page if isinstance(each, dict) and type(each.get("id")) in (str, int)]
    ids = sorted([each for each in ids if 0 < len(each) <= 200], key=_order)
    full = len(page) >= PAGE
    new = dict(memo)
    if ids:
        if answer.tag != "look" or not memo["newest"]:
            # what lies between the news read so far and the newest page is still to come
            new["newest"] = max(ids[-1], memo["newest"], key=_order)
        new["oldest"] = min(ids[0], memo["oldest"] or ids[0], key=_order)
    if answer.tag == "back":
        new["back"] = memo["back"] - 1 if full and ids else 0
    elif answer.tag == "look" and not memo["newest"]:
        new["back"] = _MOST_BACK if full else 0
    if answer.tag == "news":
        new["more"] = full and new["newest"] != memo["newest"]
    met = {**dict(memo["known"]), **{each.native_id: millis(each.observed_at) for each in posts}}
    kept = sorted((each for each in met.items() if each[0] not in gone), key=lambda each: _order(each[0]))
    new["known"] = [list(each) for each in kept[-MOST_KNOWN:]]
    return new


def _html(value: Any) -> str:
    if value is None or isinstance(value, str):
        return (value or "")[: 3 * 20_000]
    raise BadField("content", "sync.refused.kind")


def _address(raw: Mapping[str, Any]) -> str:
    for name in ("url", "uri"):
        if isinstance(raw.get(name), str) and (there := markup.address(raw[name])):
            return there
    return ""


def _tables(value: Any) -> list[dict[str, Any]]:
    rows: list[Any] = value if isinstance(value, list) else []
    return [each for each in rows if isinstance(each, dict)][:_MOST_LISTED]


def _media(raw: Mapping[str, Any]) -> dict[str, str]:
    there = raw.get("url")
    return {
        "type": text(raw.get("type"), "media_attachments.type"),
        "url": markup.address(there) if isinstance(there, str) else "",
        "description": text(raw.get("description"), "media_attachments.description"),
    }


def _title(said: str) -> str:
    line = said.partition("\n")[0]
    return line if len(line) <= _TITLE else (line[: _TITLE - 1].rpartition(" ")[0] or line[: _TITLE - 1]) + "…"
