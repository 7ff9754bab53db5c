"""Bundles between consoles: what was made is taken once, whatever the order; every attack on the way is refused."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.commands import open_envelope
from console.commands import seal as seal_command
from console.commands.files import Attach
from console.core.clock import TurnedClock, millis
from console.core.command import Outcome
from console.core.errors import BadAnswer, ConsoleError, Refused
from console.core.lifecycle import State
from console.core.people import PERSON, Person, Role
from console.core.pieces import joined
from console.core.records import ComplaintId
from console.store.bring import bring
from console.store.exchange import Contact, Exchange, change, look
from console.store.files import Profile
from console.store.shelf import Shelf
from console.store.store import Store
from sync import archive
from sync.bundle import form
from sync.bundle import make as make_file
from sync.bundle import take as take_file
from sync.bundle.make import Made, Wanted, make
from sync.bundle.take import Delivered, Desk, Incoming, identifier, receipt_file
from sync.seal import Identity
from tests.pictures import picture
from tests.store.conftest import NOON, ask, batch, said
from tests.store.snapshots import CITY, hold_all, leaves, opened, outbox, work

SECRETS = {name: Identity(name.encode().ljust(32, b"-")) for name in ("posko", "pusat", "asing")}


@dataclass
class Console:
    """One console with its store, its key and its contacts."""

    name: str
    profile: Profile
    clock: TurnedClock

    @property
    def identity(self) -> Identity:
        return SECRETS[self.name]

    @property
    def desk(self) -> Desk:
        return Desk(self.profile, self.identity, CITY, self.clock)

    @contextmanager
    def store(self) -> Iterator[Store]:
        with opened(self.profile, self.clock) as store:
            yield store

    def trusts(self, other: str) -> None:
        key = SECRETS[other].public
        contact = Contact(key.text, key.fingerprint, other, trusted=True)

        def trusted(known: Exchange) -> Exchange:
            return known.with_contact(replace(known.contact(key.fingerprint) or contact, trusted=True))

        change(self.profile, trusted)

    def makes(self, to: str, name: str = "kirim.kiriman", **wanted: Any) -> Made:
        self.clock.turn(1)
        with closing(Shelf.open(self.profile)) as shelf:
            asked = Wanted(SECRETS[to].public, self.profile.folder / name, CITY, self.name, **wanted)
            return make(self.profile, shelf, self.identity, asked, self.clock)

    def takes(self, path: Path, **given: Any) -> Incoming:
        with self.store() as store:
            return self.desk.take(path, lambda page: store.replica.take(page)[0], note=store.note_blobs, **given)

    def settles(self, receipt: bytes) -> Delivered:
        path = self.profile.folder / "terima"
        path.write_bytes(receipt)
        with self.store() as store, closing(Shelf.open(self.profile)) as shelf:
            return self.desk.settle(path, shelf, store.replica.remember)

    def state(self) -> tuple[Any, Any]:
        with self.store() as store:
            db = store.replica.tools.db
            return leaves(db), {row[:4] for row in outbox(db)}


@pytest.fixture
def post(tmp_path: Path, clock: TurnedClock) -> Console:
    """A field post with work nobody knows of."""
    console = Console("posko", Profile.at(tmp_path / "posko"), clock)
    with console.store() as store:
        work(store, clock, 0, 3)
    return console


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON, seed=7)


@pytest.fixture
def centre(tmp_path: Path, clock: TurnedClock) -> Console:
    """The centre's console, which trusts the post."""
    console = Console("pusat", Profile.at(tmp_path / "pusat"), clock)
    with console.store() as store:
        store.take(batch(*(said(number) for number in range(5))))
    console.trusts("posko")
    return console


def test_what_the_post_did_is_at_the_centre(post: Console, centre: Console) -> None:
    made = post.makes("pusat")
    taken = centre.takes(made.paths[0])
    assert (taken.again, taken.missing, taken.refused, taken.conflicts) == (False, (), (), 0)
    assert taken.fresh == made.revisions == made.documents > 0
    assert post.state()[0] == centre.state()[0]
    with centre.store() as store:
        found = store.read.complaint("uji:000001")
        assert found is not None and (found.state, found.opd) == (State.DISPOSED, "pu")
        assert [each.pending for each in store.read.events_of("uji:000001")] == [True, True]
    # It is still to be sent to the hub from here, and from there.
    assert {row[0] for row in centre.state()[1]} >= {row[0] for row in centre.state()[0]}
    assert post.state()[1]


def test_nobody_else_can_read_it(post: Console, centre: Console, tmp_path: Path) -> None:
    made = post.makes("pusat")
    raw = made.paths[0].read_bytes()
    assert b"uji:000001" not in raw and b"diteruskan" not in raw
    other = Console("asing", Profile.at(tmp_path / "asing"), post.clock)
    other.trusts("posko")
    with pytest.raises(Refused, match="not_for_us"):
        other.takes(made.paths[0])


def test_taking_it_twice_changes_nothing(post: Console, centre: Console) -> None:
    made = post.makes("pusat")
    first = centre.takes(made.paths[0])
    before = centre.state()
    second = centre.takes(made.paths[0])
    assert second.again and second.fresh == 0 and centre.state() == before
    assert form.read(*_head(second.receipt)).answers["manifest"] == form.read(*_head(first.receipt)).answers["manifest"]


def test_a_bundle_brings_no_persons(post: Console, centre: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who took a trusted laptop makes no administrators: nothing of persons is put in, and nothing is taken out."""
    thief = Person("0" * 32, "maling", "Maling", Role.ADMIN)
    with post.store() as store:
        store.person(lambda people: people.first(thief, "v"))
    sound = post.makes("pusat")
    assert centre.takes(sound.paths[0]).fresh > 0
    monkeypatch.setattr(make_file, "PERSON", "nobody:")
    rogue = post.makes("pusat", "lain.kiriman", whole=True)
    assert b"person:" in b"".join(raw for part in _revisions_in(rogue, centre) for raw in [part])
    taken = centre.takes(rogue.paths[0])
    assert not taken.missing and taken.receipt, "the rest of it is taken as ever"
    with centre.store() as store:
        assert store.read.people() == [] and not store.read.people_known()
        assert not store.documents.known([f"{PERSON}{'0' * 32}"])


def _revisions_in(bundle: Made, at: Console) -> list[bytes]:
    """What a bundle says, opened by whom it is for."""
    found = []
    real = take_file.opened

    def heard(key: bytes, box: bytes, name: str) -> Any:
        place, revisions = real(key, box, name)
        found.extend(each.doc.encode() for each in revisions)
        return place, []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(take_file, "opened", heard)
        patch.setattr(Desk, "_complete", lambda *_: None)
        at.takes(bundle.paths[0])
    return found


def parts_of(path: Path) -> dict[str, bytes]:
    return {each.name: each.whole(1 << 24) for each in archive.read(io.BytesIO(path.read_bytes()))}


def _head(raw: bytes) -> tuple[bytes, bytes]:
    entries = [each.whole(1 << 20) for each in archive.read(io.BytesIO(raw))]
    return entries[0], entries[1]


def test_a_receipt_settles_what_was_delivered(post: Console, centre: Console) -> None:
    made = post.makes("pusat")
    again = post.makes("pusat", "lagi.kiriman")
    assert again.revisions == made.revisions  # nothing is known before the receipt
    receipt = centre.takes(made.paths[0]).receipt
    delivered = post.settles(receipt)
    assert (delivered.contact.fingerprint, delivered.places > 0) == (SECRETS["pusat"].public.fingerprint, True)
    assert post.settles(receipt).places == 0
    assert post.state()[1], "the hub does not hold it yet: it stays in the outbox"
    with pytest.raises(Refused, match="nothing"):
        post.makes("pusat", "kosong.kiriman")
    with post.store() as store:
        store.apply(*ask(post.clock, "uji:000001", fields={"holder": "Sari"}, text="dipegang"))
    news = post.makes("pusat", "baru.kiriman")
    assert news.documents == 2  # the case and the deed
    centre.takes(news.paths[0])
    assert post.state()[0] == centre.state()[0]
    contact = look(post.profile).contact(SECRETS["pusat"].public.fingerprint)
    assert contact is not None and contact.acknowledged == made.manifest.number


def test_what_the_hub_holds_is_not_carried_unless_asked(post: Console, centre: Console) -> None:
    with post.store() as store:
        hold_all(store)
    with pytest.raises(Refused, match="nothing"):
        post.makes("pusat")
    made = post.makes("pusat", whole=True)
    centre.takes(made.paths[0])
    assert post.state()[0] == centre.state()[0]


def test_a_bundle_in_several_files_in_any_order(
    post: Console, centre: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.bundle.make.PART_BYTES", 1)
    made = post.makes("pusat", split_bytes=900)
    assert len(made.paths) > 2
    names = [path.name for path in made.paths]
    assert names[0] == f"kirim-1-dari-{len(names)}.kiriman"
    last, *others = reversed(made.paths)
    first = centre.takes(last)
    assert first.missing and {part.file for part in first.missing} == set(range(1, len(names)))
    assert not first.receipt
    for path in others[:-1]:
        assert centre.takes(path).missing
    again = centre.takes(last)
    assert again.fresh == 0 and {part.file for part in again.missing} == {1}
    assert centre.takes(others[-1]).receipt
    assert post.state()[0] == centre.state()[0]
    contact = look(centre.profile).contact(SECRETS["posko"].public.fingerprint)
    assert contact is not None and (contact.taken, dict(contact.begun)) == (made.manifest.number, {})


def test_a_file_that_was_cut_off_gives_what_was_whole(
    post: Console, centre: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.bundle.make.PART_BYTES", 1)
    made = post.makes("pusat")
    raw = made.paths[0].read_bytes()
    half = post.profile.folder / "setengah"
    half.write_bytes(raw[: len(raw) * 2 // 3])
    with pytest.raises(BadAnswer, match="cut"):
        centre.takes(half)
    contact = look(centre.profile).contact(SECRETS["posko"].public.fingerprint)
    assert contact is not None and len(next(iter(contact.begun.values())).parts) > 2 and contact.taken == 0
    centre.takes(made.paths[0])
    assert post.state()[0] == centre.state()[0]


def test_it_can_be_cancelled_and_gone_on_with(post: Console, centre: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.bundle.make.PART_BYTES", 1)
    made = post.makes("pusat")
    left = [3]

    def cancelled() -> bool:
        left[0] -= 1
        return left[0] < 0

    with pytest.raises(Refused, match="cancelled"):
        centre.takes(made.paths[0], cancelled=cancelled)
    heard: list[float] = []
    centre.takes(made.paths[0], progress=heard.append)
    assert heard[0] == pytest.approx(4 / len(made.manifest.parts)) and heard[-1] == 1.0
    assert post.state()[0] == centre.state()[0]
    with pytest.raises(Refused, match="cancelled"), closing(Shelf.open(post.profile)) as shelf:
        wanted = Wanted(SECRETS["pusat"].public, post.profile.folder / "x", CITY)
        make(post.profile, shelf, post.identity, wanted, post.clock, cancelled=lambda: True)
    assert not list(post.profile.folder.glob("kiriman-*")) and not (post.profile.folder / "x").exists()


def test_both_ways_and_a_conflict_is_merged(post: Console, centre: Console) -> None:
    centre.takes(post.makes("pusat").paths[0])
    post.trusts("pusat")
    with post.store() as store:
        store.apply(*ask(post.clock, "uji:000001", fields={"holder": "Sari"}, text="dipegang"))
    with centre.store() as store:
        store.apply(*ask(centre.clock, "uji:000002", by="Rina", fields={"state": State.DONE}, text="selesai"))
    post.takes(centre.makes("posko").paths[0])
    centre.takes(post.makes("pusat", "dua.kiriman").paths[0])
    assert post.state()[0] == centre.state()[0]


def test_photos_travel_along(post: Console, centre: Console) -> None:
    photo = picture(300, 200)
    with post.store() as store:
        brought = bring(store.blobs, photo, "lubang.jpg", thumb=lambda _: picture(16, 12))
        envelope = seal_command(Attach(ComplaintId("uji:000001"), **brought.fields), post.clock, "Budi")
        assert store.apply(envelope, open_envelope(envelope))[0].outcome is Outcome.TAKEN
    made = post.makes("pusat")
    assert [part.name for part in made.manifest.parts if form.is_pieces(part.name)]
    assert centre.takes(made.paths[0]).refused == ()
    with centre.store() as store:
        [file] = store.read.files_of("uji:000001")
        assert file.whole and file.waiting
        assert joined((store.blobs.read(name) or b"" for name in file.pieces), file.sha256, file.bytes) == photo
        assert store.blobs.read(file.thumb) == picture(16, 12)
    assert post.state()[0] == centre.state()[0]


def test_a_long_text_that_repeats_itself_arrives(post: Console, centre: Console) -> None:
    with post.store() as store:
        store.apply(*ask(post.clock, "uji:000001", fields={"holder": "Sari"}, text="jalan rusak berat. " * 160_000))
    taken = centre.takes(post.makes("pusat").paths[0])
    assert taken.refused == () and taken.receipt
    assert post.state()[0] == centre.state()[0]


def test_a_damaged_part_costs_only_itself(post: Console, centre: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.bundle.make.PART_BYTES", 1)
    made = post.makes("pusat")
    parts = parts_of(made.paths[0])
    wrong = written(post, {**parts, "part-0002": parts["part-0002"][::-1], "part-0003": parts["part-0003"][:-1]})
    with pytest.raises(BadAnswer, match="damaged") as caught:
        centre.takes(wrong)
    assert caught.value.values["name"] == "part-0002"
    contact = look(centre.profile).contact(SECRETS["posko"].public.fingerprint)
    assert contact is not None and len(contact.begun[identifier(parts[form.MANIFEST])].parts) == len(parts) - 4
    again = centre.takes(made.paths[0])
    assert again.receipt and 0 < again.fresh < made.revisions
    assert post.state()[0] == centre.state()[0]


def test_a_part_nobody_can_read_costs_only_itself_and_is_sent_again(
    post: Console, centre: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.bundle.make.PART_BYTES", 1)
    with monkeypatch.context() as patched:
        patched.setattr("sync.archive.pack", lambda data: zlib.compress(data)[: 40 if b"uji:000002" in data else None])
        made = post.makes("pusat")
    taken = centre.takes(made.paths[0])
    assert taken.missing == () and 0 < len(taken.refused) < len(made.manifest.parts)
    assert taken.fresh == made.revisions - len(taken.refused)
    assert {each.says for each in taken.refused} == {"sync.bundle.packed"}
    assert centre.takes(made.paths[0]).receipt, "it is tried again, perhaps by a program that can read it"
    delivered = post.settles(taken.receipt)
    assert (delivered.unread, delivered.places) == (True, 0)
    assert [each.doc for each in delivered.refused] == [each.doc for each in taken.refused]
    again = post.makes("pusat", "lagi.kiriman")
    assert again.revisions == made.revisions
    assert centre.takes(again.paths[0]).refused == ()
    assert post.state()[0] == centre.state()[0]


# The attacks TUF names, each on a bundle that is soundly signed or would have to be.


def test_rollback_an_older_bundle_is_refused(post: Console, centre: Console) -> None:
    old = post.makes("pusat", "lama.kiriman")
    with post.store() as store:
        store.apply(*ask(post.clock, "uji:000001", fields={"holder": "Sari"}, text="dipegang"))
    centre.takes(post.makes("pusat", "baru.kiriman").paths[0])
    before = centre.state()
    assert post.state()[0] == before[0], "the newer one holds all of the older one"
    with pytest.raises(Refused, match="old"):
        centre.takes(old.paths[0])
    assert centre.state() == before


def test_freeze_a_bundle_that_ran_out_is_refused(post: Console, centre: Console) -> None:
    made = post.makes("pusat", expires_days=7)
    newer = post.makes("pusat", "baru.kiriman", expires_days=300)
    centre.clock.turn(8 * 86_400)
    with pytest.raises(Refused, match="expired"):
        centre.takes(made.paths[0])
    centre.takes(newer.paths[0])
    # Setting the clock back does not bring it to life again: a newer one was taken.
    centre.clock.jump(NOON - timedelta(hours=12))
    with pytest.raises(Refused, match="old"):
        centre.takes(made.paths[0])


def test_mix_and_match_parts_of_another_bundle_are_refused(post: Console, centre: Console) -> None:
    one = post.makes("pusat", "satu.kiriman")
    with post.store() as store:
        store.apply(*ask(post.clock, "uji:000001", fields={"holder": "Sari"}, text="dipegang"))
    two = post.makes("pusat", "dua.kiriman")
    a, b = parts_of(one.paths[0]), parts_of(two.paths[0])
    for mixed in (
        {**b, "part-0001": a["part-0001"]},
        {**b, form.MANIFEST: a[form.MANIFEST]},
        {**b, form.SIGNATURE: a[form.SIGNATURE]},
        {**b, "part-0009": a["part-0001"]},
    ):
        before = centre.state()
        with pytest.raises(BadAnswer):
            centre.takes(written(post, mixed))
        assert centre.state()[0] <= post.state()[0]
        if mixed["part-0001"] == b["part-0001"] and "part-0009" not in mixed:
            assert centre.state() == before


def written(at: Console, parts: dict[str, bytes]) -> Path:
    path = at.profile.folder / "campur.kiriman"
    with path.open("wb") as stream:
        archive.write(stream, parts.items())
    return path


def test_endless_data_is_refused_while_it_is_read(post: Console, centre: Console) -> None:
    made = post.makes("pusat")
    raw = made.paths[0].read_bytes()
    part = made.manifest.parts[0]
    at = raw.index(f"part-0001 {part.size}\n".encode())
    endless = raw[:at] + f"part-0001 {archive.MOST_BYTES * 4}\n".encode() + raw[at + 20 :]
    for wrong in (endless, endless.replace(str(archive.MOST_BYTES * 4).encode(), str(part.size + 1).encode())):
        path = post.profile.folder / "panjang"
        path.write_bytes(wrong)
        with pytest.raises(BadAnswer):
            centre.takes(path)
    assert centre.state()[0] == set()


def test_fast_forward_a_number_from_the_future_is_refused(post: Console, centre: Console) -> None:
    ours = centre.clock
    post.clock = TurnedClock(NOON + timedelta(days=4000), seed=1)
    made = post.makes("pusat")
    with pytest.raises(Refused, match="future"):
        centre.takes(made.paths[0])
    contact = look(centre.profile).contact(SECRETS["posko"].public.fingerprint)
    assert contact is not None and contact.taken == 0
    # With its clock mended the post is heard again.
    post.clock = ours
    sound = post.makes("pusat", "betul.kiriman")
    assert sound.manifest.number < made.manifest.number
    assert centre.takes(sound.paths[0]).receipt


def test_a_wrong_audience_is_refused(post: Console, centre: Console) -> None:
    """Even where the key of the parts was sealed for us, the manifest must name us."""
    made = post.makes("pusat")
    with pytest.raises(Refused, match="not_for_us"):
        centre.takes(signed_again(post, made, audience=(SECRETS["asing"].public.fingerprint,)))
    with pytest.raises(Refused, match="channel"):
        centre.takes(signed_again(post, made, channel="kota-lain"))
    with pytest.raises(Refused, match="not_for_us"):
        centre.takes(signed_again(post, made, slots=()))


def signed_again(at: Console, made: Made, by: Identity | None = None, **changed: Any) -> Path:
    parts = parts_of(made.paths[0])
    manifest = replace(made.manifest, **changed)
    parts[form.MANIFEST], parts[form.SIGNATURE] = form.written(manifest, by or at.identity)
    return written(at, parts)


def test_a_stranger_is_shown_with_his_words(post: Console, centre: Console, tmp_path: Path) -> None:
    made = post.makes("pusat")
    change(centre.profile, lambda known: known.without(SECRETS["posko"].public.fingerprint))
    with pytest.raises(Refused, match="stranger") as caught:
        centre.takes(made.paths[0])
    assert caught.value.values["words"] == " ".join(SECRETS["posko"].public.words)
    assert caught.value.values["who"] in (made.manifest.name, SECRETS["posko"].public.fingerprint) != ""
    with pytest.raises(Refused, match="stranger") as caught:
        centre.takes(signed_again(post, made, name=""))
    assert caught.value.values["who"] == SECRETS["posko"].public.fingerprint
    # Someone who signs in the name of a friend, or whom one only sends to, is a stranger as well.
    with pytest.raises(BadAnswer, match="signature"):
        centre.takes(signed_again(post, made, by=SECRETS["asing"]))
    with centre.store() as store:
        work(store, centre.clock, 3, 1)
    centre.makes("posko")
    with pytest.raises(Refused, match="stranger"):
        centre.takes(made.paths[0])


def test_a_receipt_of_another_or_of_another_time_settles_nothing(
    post: Console, centre: Console, tmp_path: Path
) -> None:
    made = post.makes("pusat")
    receipt = centre.takes(made.paths[0]).receipt
    stranger = Console("asing", Profile.at(tmp_path / "asing"), post.clock)
    forged = form.read(*_head(receipt))
    fake = receipt_file(replace(forged, sender=stranger.identity.public), stranger.identity)
    with pytest.raises(Refused, match="not_answered"):
        post.settles(fake)
    with pytest.raises(Refused, match="not_for_us"):
        post.settles(receipt_file(replace(forged, audience=("0" * 32,)), SECRETS["pusat"]))
    odd = {"signature": "x", "refused": [1], "unread": 1, "manifest": 1, "fresh": []}
    wrong: list[dict[str, Any]] = [{}, *({name: value} for name, value in odd.items())]
    for told in wrong:
        answers = {**forged.answers, **told} if told else {}
        with pytest.raises(BadAnswer):
            post.settles(receipt_file(replace(forged, answers=answers), SECRETS["pusat"]))
    with pytest.raises(Refused, match="is_bundle"):
        post.settles(made.paths[0].read_bytes())
    with pytest.raises(Refused, match="is_receipt"):
        post.trusts("pusat")
        path = tmp_path / "tanda"
        path.write_bytes(receipt)
        post.takes(path)
    # The store of the post is an older one meanwhile: the numbers of its changes mean something else now.
    (tmp_path / "baru").mkdir()
    other = Console("posko", Profile.at(tmp_path / "baru"), post.clock)
    other.trusts("pusat")
    with other.store() as store:
        work(store, post.clock, 20, 6)
    assert other.settles(receipt).places == 0
    assert other.makes("pusat").revisions > 0


def test_numbers_only_grow(post: Console) -> None:
    one = post.makes("pusat").manifest.number
    post.clock.jump(NOON - timedelta(hours=3))
    two = post.makes("pusat").manifest.number
    assert two == one + 1
    assert millis(post.clock.now()) < two


@pytest.mark.parametrize(("order", "answered"), [([2, 0, 1, 2], False), ([1, 1, 0], True)])
def test_in_any_order_and_twice(order: list[int], answered: bool, tmp_path: Path) -> None:
    come_in(order, answered, tmp_path)


@pytest.mark.nightly
@settings(max_examples=60, deadline=None)
@given(order=st.lists(st.integers(0, 2), min_size=1, max_size=6), answered=st.booleans())
def test_in_any_order_and_any_number_of_times(order: list[int], answered: bool) -> None:
    with TemporaryDirectory() as folder:
        come_in(order, answered, Path(folder))


def come_in(order: list[int], answered: bool, folder: Path) -> None:
    """However three bundles come, once the newest was there all is there, and nothing else ever was."""
    clock = TurnedClock(NOON, seed=7)
    post, centre = (Console(name, Profile.at(folder / name), clock) for name in ("posko", "pusat"))
    centre.trusts("posko")
    bundles: list[Path] = []
    for number in range(3):
        with post.store() as store:
            work(store, clock, number, 1)
        bundles.append(post.makes("pusat", f"{number}.kiriman").paths[0])
        if answered and number == 0:
            post.settles(centre.takes(bundles[0]).receipt)
    seen = 0
    for number in order:
        before = centre.state()
        try:
            centre.takes(bundles[number])
        except Refused as refusal:
            assert refusal.says == "sync.bundle.old" and number < seen
            assert centre.state() == before
        else:
            assert number >= seen
            seen = number
        assert centre.state()[0] <= post.state()[0]
    centre.takes(bundles[2])
    assert centre.state()[0] == post.state()[0]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_byte_is_changed_nothing_wrong_is_taken(post: Console, centre: Console, data: st.DataObject) -> None:
    path = post.profile.folder / "kirim.kiriman"
    raw = path.read_bytes() if path.exists() else post.makes("pusat").paths[0].read_bytes()
    at = data.draw(st.integers(0, len(raw) - 1))
    wrong = post.profile.folder / "salah"
    wrong.write_bytes(raw[:at] + bytes([raw[at] ^ data.draw(st.integers(1, 255))]) + raw[at + 1 :])
    try:
        whole = not centre.takes(wrong).missing
    except ConsoleError:
        whole = False
    # Parts that are in the store already are not even looked at again.
    assert centre.state()[0] == post.state()[0] if whole else centre.state()[0] <= post.state()[0]
