"""Personal numbers and names in free text, covered where the text is drawn or handed on. The text itself stays.

Covered are NIK and KK numbers (16 digits that begin with a province and hold a day), telephone numbers in the forms
written here, addresses of mail, and the name behind words that announce one. Left alone are complaint numbers,
coordinates, codes of areas, dates and amounts: what looks like them is no person's. What is covered keeps the last two
digits of a number, so that two of them can be told apart. Covering twice changes nothing.
"""

from __future__ import annotations

import re

from console.core.personal import NAMED, is_sealed

COVER = "••••"
_LEAST = 7
"""Digits of the shortest number by which somebody can be called."""

# Most texts hold neither: looked for first, as cheaply as can be.
_HAS_NUMBER = re.compile(r"\d(?:[ .()\-]{0,3}\d){6}")
_BETWEEN = b" .()-"
_DIGITS_ALIKE = bytes(ord("0") if chr(byte).isdecimal() or byte >= 0x80 else byte for byte in range(256))
"""What is no ASCII may be a digit as well."""
_SEVEN = b"0" * 7
_ANNOUNCING = ("nama", "pelapor", "a.n", "a/n", "ibu", "pak", "bpk", "bu ", "bu. ", "sdr", "saudar", " an.")

_ANNOUNCED = re.compile(
    r"(?<![^\W_])(?:a\.n|a/n|an\.|(?:nama|pelapor|bapak|ibu|pak|bpk|bu|sdri?|saudar[ai])(?![^\W_]))"
)
"""Much sooner told than whether a name follows."""
_HEADS = ("a.n", "a/n", "an.", "nama", "pelapor", "bapak", "ibu", "pak", "bpk", "bu", "sdr", "saudar")
"""One of them begins whatever it finds: looked for by itself, it is tried at every letter."""

_PROVINCES = r"(?:1[1-9]|21|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[12]|9[1-7])"
_BEFORE = r"(?<!\w)(?<!\d[.,\-/:])"
"""No digit, letter or number goes before, and no point of a decimal, a code or a time."""
_AFTER = r"(?![\w]|[.,/:\-]\d)"
_DAY = r"(?:0[1-9]|[12]\d|3[01]|4[1-9]|[56]\d|7[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"
_SEP = r"[ .\-]"
_S = _SEP + "?"
_NIK = (
    rf"{_BEFORE}{_PROVINCES}{_S}\d{{2}}{_S}\d{{2}}{_S}{_DAY}{_S}{_MONTH}{_S}\d\d{_S}\d{{4}}{_AFTER}"
    # in groups of four, as on a card
    rf"|{_BEFORE}{_PROVINCES}\d\d[ .\-]\d\d\d\d[ .\-]\d{{4}}[ .\-]\d{{4}}{_AFTER}"
)
_TOLD_NIK = r"(?i:\b(?:nik|ktp|kk)\b[^\d\n]{0,12})(?P<told>\d(?:[ .\-]?\d){12,18})(?!\d)"
"""After its own word also one with a slip of the pen in it."""
_HEAD = r"(?:(?:\+|00)?62[ .\-]?|\(\+?62\)[ .\-]?|0)"
_GROUPS = rf"\d{{1,2}}(?:{_SEP}\d{{3,4}}{_SEP}\d{{3,5}}|{_SEP}\d{{6,8}}|(?:{_SEP}\d\d){{4}})"
_CELL = rf"(?<!\w)(?<!\d[.,\-:]){_HEAD}8[1-9](?:\d{{7,11}}|{_GROUPS})(?!\w|[.,:\-]\d)"
"""`/` may stand between two of them."""
_WIRE = (
    # (021) 5579 1234, 021-55791234, 0254 391234, +62 21 5579123: an area code that stands by itself
    r"(?<!\w)(?<!\d[.,\-/: ])"
    r"(?:\(0[2-79]\d{1,2}\)[ .\-]?|0[2-79]\d{1,2}(?:[ ]?-[ ]?|[ ])|(?:\+|00)62[ .\-]?\(?[2-79]\d{1,2}\)?[ .\-])"
    rf"(?!20[12]\d[ .\-])[2-9]\d{{2,3}}[ .\-]?\d{{3,4}}{_AFTER}"
)
_TOLD_WIRE = (
    r"(?i:\b(?:hp|no\.?\s?hp|wa|whatsapp|telp?\.?|tlp\.?|telepon|telpon|ponsel|hubungi|kontak|call|sms)\b[^\d\n+(]{0,12})"
    r"(?P<call>(?!1500|14\d{3}\b|080[0479]|20[12]\d[01]\d)[+(]?\d{2,5}\)?(?:[ .\-]{0,2}\d{3,5}){1,4})(?!\d)"
)
_BARE = re.compile(rf"(?=[\d+(])(?:{_NIK}|{_CELL}|{_WIRE})")
_TOLD = re.compile(f"{_TOLD_NIK}|{_TOLD_WIRE}")
_TELLING = ("nik", "ktp", "kk", "hp", "wa", "tel", "tlp", "ponsel", "hubungi", "kontak", "call", "sms")

_MAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,6}")

_OFFICES = (
    "wali|walikota|wakil|gubernur|bupati|camat|lurah|kades|kepala|presiden|menteri|rt|rw|ketua|sekretaris|dinas|polisi"
    "|petugas|satpam|guru|dokter|bidan|kota|kandung|hamil|rumah|pkk|yang|yth|dan|atau|ibu|bapak|bpk|pak|bu|sekalian"
    "|admin|operator|pimpinan|direktur|kadis|kabid|sopir|supir|tua|muda|pejabat|warga|anak|saya|kami|kita|di|ke|dari"
    "|untuk|tolong|mohon|selaku|sebagai|selamat|ini|itu|jalan|sudah|belum|tidak|sering|pemilik|penjual|tukang|haji"
)
_WORD = r"[^\W\d_][^\W\d_'’.\-]{1,30}"
_PROPER = r"(?-i:[A-Z][a-zA-Z'’.\-]{1,30})"
_NOT = rf"(?!(?:{_OFFICES}|tinggal|alamat|beralamat|ingin|mau|nik|ktp|no|nomor|hp|wa|telp|umur|jl|gang|gg|dengan)\b)"
_FULL = rf"(?i:{_NOT}){_PROPER}(?:[ ](?i:{_NOT}){_PROPER}){{0,2}}"
_NAMES = re.compile(
    # "nama saya budi santoso": said outright, in any letters, two words
    rf"(?i:\b(?:nama\s+(?:saya|pelapor|lengkap|warga)|atas\s+nama|pelapor\s*:)\s*:?\s+)"
    rf"(?P<said>(?i:{_NOT}){_WORD}(?:[ ](?i:{_NOT}){_WORD})?)"
    # "a.n. Budi", "Nama: Budi": a name in capitals as names are written
    rf"|(?i:(?<!\w)(?:a\.n\.?|a/n|an\.|nama\s*:)\s*:?\s*)(?P<for>{_FULL})"
    # "Ibu Siti Aminah", "pak Budi": a form of address before a name in capitals, that is no office
    rf"|(?i:\b(?:bpk|bapak|ibu|bu|pak|sdr|sdri|saudara|saudari)\b\.?[ ])"
    rf"(?P<polite>{_FULL})"
)


_DIGITS = re.compile(r"\d(?:[ .\-]?\d)+")
_BEGINS_AS_NIK = re.compile(rf"{_PROVINCES}\d{{4}}{_DAY}{_MONTH}\d\d\d{{0,4}}")


def asks_for_nik(typed: str) -> bool:
    """Whether somebody looks for a NIK: 16 digits, or 12 and more that begin as one does."""
    runs = ("".join(sign for sign in found[0] if sign.isdigit()) for found in _DIGITS.finditer(typed))
    return any(len(run) == 16 or (len(run) < 16 and _BEGINS_AS_NIK.fullmatch(run)) for run in runs)


def may_hold(text: str) -> bool:
    """False only where nothing in the text, nor in a line or a quoted part of it, can be personal: much sooner told
    than what it is."""
    if "@" in text or _has_number(text):
        return True
    low = text.lower()
    for each in _ANNOUNCING:
        if each in low:
            return _is_announced(low)
    return low.startswith("an.") or "\nan." in low or '"an.' in low


def _is_announced(low: str) -> bool:
    """Whether the expression finds anything in a text in small letters."""
    for head in _HEADS:
        at = low.find(head)
        while at >= 0:
            if _ANNOUNCED.match(low, at) is not None:
                return True
            at = low.find(head, at + 1)
    return False


def _has_number(text: str) -> bool:
    """Whether seven digits follow each other closely enough. In nearly all texts no seven do, however far apart: told
    by their bytes, in a tenth of the time."""
    shape = text.encode("utf-8", "surrogatepass").translate(_DIGITS_ALIKE, _BETWEEN)
    return _SEVEN in shape and _HAS_NUMBER.search(text) is not None


def masked(text: str) -> str:
    """The text with what is personal in it covered."""
    covered = _once(text)
    # What was covered may have stood so close to something else that this is seen only now.
    while covered != text:
        text, covered = covered, _once(covered)
    return covered


def _once(text: str) -> str:
    low = text.lower()
    if _has_number(text):
        if any(each in low for each in _TELLING):
            text = _TOLD.sub(_told, text)
        text = _BARE.sub(lambda found: covered_number(found[0]), text)
    if "@" in text:
        text = _MAIL.sub(COVER, text)
    if (low.startswith("an.") or any(each in low for each in _ANNOUNCING)) and _is_announced(low):
        text = _NAMES.sub(_name, text)
    return text


def masked_deep(value: object) -> object:
    """The same for every text within JSON values; a field that by its name says who somebody is is covered whole, and
    so is what is sealed."""
    if isinstance(value, str):
        return COVER if is_sealed(value) else masked(value)
    if isinstance(value, dict):
        return {name: COVER if each and name in NAMED else masked_deep(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked_deep(each) for each in value]
    return value


def covered_number(number: str) -> str:
    """A number with all but its last two digits covered; all of one that is short."""
    digits = [each for each in number if each.isdigit()]
    return COVER + "".join(digits[-2:]) if len(digits) >= _LEAST else COVER


def _told(found: re.Match[str]) -> str:
    number = found["told"] or found["call"]
    if sum(each.isdigit() for each in number) < _LEAST:
        return found[0]  # too short to be anybody's: an emergency line, an hour
    return found[0][: -len(number)] + covered_number(number)


def _name(found: re.Match[str]) -> str:
    for group in ("said", "for", "polite"):
        if found[group] is not None:
            return found[0][: found.start(group) - found.start()] + COVER
    return found[0]
