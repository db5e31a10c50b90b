"""The lexicon of `taxonomy/language.yaml`, compiled once: words -> regular expressions.

Every pattern is matched on :func:`canon` text: one kind of dash, quote and blank, lower case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from exporter.errors import TaxonomyError
from exporter.ingest.spelling import Spelled, any_of, guarded
from exporter.model import Taxonomy
from exporter.values import Fold, month_end, squash, unify

_CORE = ("balance_sheet", "income_statement", "cash_flow", "comprehensive_income")
_REMEMBERED = 5_000
_BRACKETS = re.compile(r"\([^()]*\)")


def canon(text: str) -> str:
    """The form in which patterns of the lexicon are matched."""
    return unify(text).casefold()


def _numeric_date(first: int, second: int, year: int, sep: str) -> date | None:
    """"30.06.2024" begins with the day; "06/30/2024" may begin with either, and tells only where one exceeds 12."""
    if sep == "/" and first != second and first <= 12 and second <= 12:
        return None
    day, month = (second, first) if sep == "/" and second > 12 else (first, second)
    try:
        return date(year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class BareSign:
    """A sign such as ``$`` that several currencies share."""

    currency: str
    rivals: tuple[str, ...]
    cues: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Scale:
    """What a scale line says. ``power``: of ten; ``shares``: power for share counts, None where the
    line says nothing of them; ``currencies`` as named in it; ``text`` as printed."""

    power: int
    shares: int | None
    currencies: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class LabelSays:
    """``unit``: the entry of `row_units` that fits first; ``subunit``: it speaks of cents or pence; ``weighted``:
    of an average number of shares; the rest: which end or span a row is about."""

    plain: str
    unit: str
    start: bool
    end: bool
    instant: bool
    span: bool
    subunit: bool
    weighted: bool


class Lexicon:
    """Read-only; build it with :func:`lexicon_of`."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self._labels: dict[str, LabelSays] = {}
        self.headers: dict[str, Any] = {}
        self._scale_notes: dict[str, Scale | None] = {}
        self._row_scales: dict[str, tuple[int, bool] | None] = {}
        self.folds: tuple[Fold, ...] = raw["folds"]  # compiled by the loader, which folds aliases with them
        self.details = re.compile(any_of(raw["details"]))
        self.months: Mapping[str, int] = raw["months"]
        self.numbers: Mapping[str, int] = raw["numbers"]
        names = "|".join(sorted(self.months, key=len, reverse=True))
        self._month_names = f"(?:{names})"
        words = "|".join(sorted((re.escape(w) for w in self.numbers), key=len, reverse=True))
        self.count = rf"(?:\d{{1,2}}|{words})"
        self.date = re.compile(
            rf"(?P<m1>{names})\.? (?P<d1>\d{{1,2}})(?:st|nd|rd|th)?,? ?(?P<y1>(?:19|20)\d\d)\b"
            rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)? (?P<m2>{names})\.?,? (?P<y2>(?:19|20)\d\d)\b"
            r"|(?P<y3>(?:19|20)\d\d) ?[-/年.] ?(?P<n3>\d{1,2}) ?[-/月.] ?(?P<d3>\d{1,2})(?!\d)日?"
            r"|(?<![\d.,/])(?P<d4>\d{1,2})(?P<sep>[./])(?P<n4>\d{1,2})(?P=sep)(?P<y4>(?:19|20)\d\d)(?![\d.,/]\d)"
            r"|(?<![\d.,/])(?P<d5>\d{1,2})/(?P<n5>\d{1,2})/(?P<y5>\d\d)(?![\d/])"
        )
        self.month_day = re.compile(
            rf"(?P<m1>{names})\.? (?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\b|(?P<d2>\d{{1,2}}) (?P<m2>{names})\b"
            r"|(?P<n3>\d{1,2})月(?P<d3>\d{1,2})日"
        )
        ranges = {"month": f"(?:{names})", "day": r"\d{1,2}(?:st|nd|rd|th)?", "year": r"(?:19|20)\d\d"}
        self.ranges = tuple(re.compile(pattern.format_map(ranges)) for pattern in raw["ranges"])
        self.month_year = re.compile(rf"(?P<m1>{names})\.? (?P<y1>(?:19|20)\d\d)\b")
        self.year = re.compile(
            r"(?<![\d.,])((?:19|20)\d\d)(?![\d,]|\.\d)年?"
            r"|(?<=q)['/-]? ?(\d\d)\b|(?<=\bfy)'? ?(\d\d)\b|(?<=quarter )'(\d\d)\b"
        )
        self.durations = tuple(self._duration(entry) for entry in raw["durations"])
        self.quarters = tuple(re.compile(p) for p in raw["quarters"])
        self.halves = tuple(re.compile(p) for p in raw["halves"])
        self.years = tuple(re.compile(p) for p in raw["years"])
        self.to_date_span = re.compile(any_of(raw["to_date"]))
        self.mixed = re.compile(raw["mixed"])
        self.change = re.compile(any_of(raw["change"]))
        self.sequential = re.compile(raw["sequential"])
        self.bounds = {name: re.compile(any_of(patterns)) for name, patterns in raw["bounds"].items()}
        self.guidance = re.compile(any_of(raw["guidance"]))
        self.previous, self.actual = re.compile(any_of(raw["previous"])), re.compile(any_of(raw["actual"]))
        self.fillers = re.compile(any_of(raw["fillers"]))
        self._currencies(raw)
        self._scales(raw)
        self.statements = {name: re.compile(any_of(patterns)) for name, patterns in raw["statements"].items()}
        self.row_units = {name: re.compile(any_of(patterns)) for name, patterns in raw["row_units"].items()}
        self.row_start = re.compile(any_of(raw["row_start"]))
        self.row_end = re.compile(any_of(raw["row_end"]))
        self.segment = re.compile(raw["segment"])
        self.whole, self.partial = re.compile(raw["whole"]), re.compile(raw["partial"])
        self.row_instant = re.compile(any_of(raw["row_instant"]))
        self.weighted = re.compile(raw["row_weighted"])
        self.margin = re.compile(raw["row_margin"])
        self.row_span = re.compile(raw["row_span"])
        self.sign_minus = re.compile(raw["sign_minus"])
        self.sign_plus = re.compile(raw["sign_plus"])
        self.total = re.compile(r"\b" + any_of(raw["total_words"]) + r"\b|^" + any_of(raw["total_words"]))
        self.calendar = re.compile(raw["calendar"])
        self._translation(raw["translation"])
        self._more_patterns(raw)

    def _more_patterns(self, raw: Mapping[str, Any]) -> None:
        self.subunits = re.compile(any_of(raw["subunits"]))
        self.loss, self.gain = re.compile(raw["loss"]), re.compile(raw["gain"])
        self._gains: dict[str, bool] = {}
        self.sign_aside = re.compile(any_of(raw["sign_aside"]))
        self.paid = re.compile(any_of(raw["paid"]))
        self.leading = re.compile(raw["leading"])
        self.note_column = re.compile(any_of(raw["note_column"]))
        self.scale_tail = re.compile(raw["scale_tail"])
        self.titled_span = re.compile(raw["titled_span"])
        self.points = re.compile(raw["points"])
        self.measures = frozenset(raw["measures"])
        self.operating_block = re.compile(raw["operating_block"])
        self.yearly = re.compile(raw["yearly"])
        self.year_ends = re.compile(raw["year_ends"])
        pieces = any_of([text.replace("{month}", self._month_names) for text in raw["head_pieces"]])
        self.head_piece = re.compile(rf"\s*({pieces})(?:\s+|$)")
        self.told_to_date = re.compile(raw["told_to_date"])
        self.calendar_year = re.compile(raw["calendar_year"])

    def _duration(self, entry: Mapping[str, Any]) -> tuple[re.Pattern[str], str, int, bool]:
        """Pattern, unit, fixed length (0: the length is group 1), and whether it is a fiscal year."""
        if "count" in entry:
            return re.compile(rf"(?<![a-z0-9.,])({self.count}){entry['count']}"), entry["unit"], 0, False
        return re.compile(entry["pattern"]), "months", int(entry["months"]), bool(entry.get("annual"))

    def _currencies(self, raw: Mapping[str, Any]) -> None:
        spelled = [(code, p) for code, patterns in raw["currencies"].items() for p in patterns]
        spelled.sort(key=lambda item: len(item[1]), reverse=True)
        whole = [(code, guarded(p)) for code, p in spelled]
        first = "".join(sorted({re.escape(p.replace("\\", "")[0]) for _, p in spelled}))
        self.currency = re.compile(f"(?=[{first}])(?:" + "|".join(f"(?P<{code}_{n}>{p})" for n, (code, p) in enumerate(whole)) + ")")
        self.currency_of = {code: Spelled(any_of([p for c, p in whole if c == code]), ps) for code, ps in raw["currencies"].items()}
        self.currency_text = any_of([p for _, p in spelled])
        self.reported_in = {code: self._reported_in([p for c, p in spelled if c == code]) for code in raw["currencies"]}
        self.bare = {
            sign: BareSign(entry["currency"], tuple(entry["rivals"]), re.compile(any_of(entry["cues"])))
            for sign, entry in raw["bare_signs"].items()
        }
        signs = [re.escape(sign) for sign in self.bare]
        prefixes = [p for _, p in spelled if not p[-1].isalpha() or len(p) <= 3]
        self.sign = any_of([*prefixes, *signs])

    def _reported_in(self, patterns: Sequence[str]) -> Spelled:
        """A currency as that of amounts: "in Canadian dollars", "C$5"; not "the Canadian dollar weakened"."""
        words = any_of([rf"{p}(?![a-z])" for p in patterns if p[-1] != "$"])
        signs = [rf"(?<![a-z]){p} ?\d" for p in patterns if p[-1] == "$"]
        return Spelled(any_of([rf"\b(?:in|are|is) (?:(?:thousands|millions|billions) (?:of )?)?{words}", *signs]), patterns)

    def _scales(self, raw: Mapping[str, Any]) -> None:
        named = [(power, p) for power, patterns in raw["scales"].items() for p in patterns]
        named.sort(key=lambda item: len(item[1]), reverse=True)  # "millions" before "m", "千万元" before "千"
        words = "|".join(f"(?P<p{power}_{n}>{p})" for n, (power, p) in enumerate(named))
        money = f"(?:{self.currency_text}|\\$|¥)"
        self.scale_word = re.compile(words)
        self._numerals: Mapping[str, int] = raw["numerals"]
        self._numeral = re.compile(f"[{''.join(self._numerals)}]+(?={any_of(raw['numeral_units'])})")
        plain = any_of([p for _, p in named])
        self._any_scale = f"(?:{plain}|{'|'.join(sorted(raw['scale_short'], key=len, reverse=True))})"
        self.scale_note = re.compile(
            rf"\bin (?:{money} ?)?{plain}(?![a-z])|\bin (?:{money})? ?{plain}(?![a-z])|{money},? (?:amounts? )?in {plain}(?![a-z])"
            rf"|{money} ?'?{plain}(?![a-z])|{plain} of (?:{money}|dollars)|(?:\(|, ){plain}\)|^'{plain}$"
            rf"|{raw['scale_word_unit']}[: ]*{money}?{plain}|[十百千万萬亿億]+{money}"
        )
        self.scale_whole = re.compile(raw["scale_whole"].replace("{currency}", f"(?:the )?{money}"))
        exceptions = raw["scale_exceptions"]
        self.except_shares = re.compile(any_of(exceptions["shares"]))
        self.shares_scale = re.compile(raw["shares_scale"])
        self.shares_before = re.compile(raw["shares_before"])
        self.money_only = re.compile(raw["money_only"])
        short = raw["scale_short"]
        shorts = "|".join(sorted(short, key=len, reverse=True))
        self._short = re.compile(rf"(?P<money>{money}) ?'?(?P<short>{shorts})(?![\w'])")
        spelled = {p for patterns in raw["currencies"].values() for p in patterns}
        codes = "|".join(sorted(p for p in spelled if p.isascii() and p.isalpha() and len(p) == 3))
        self._glued = re.compile(rf"(?<![a-z])(?:(?P<before>[mkt])(?P<code>{codes})|(?P<first>{codes})(?P<after>{shorts}))(?![a-z])")
        self._shorts: Mapping[str, str] = short
        self._row_note = re.compile(rf"\((?P<of>{money}|dollars|amounts|shares)?,? ?(?:in )?(?P<scale>{plain})\)|,? in (?P<tail>{plain})$")

    def _translation(self, raw: Mapping[str, Any]) -> None:
        self.translation_cue = re.compile(any_of(raw["cues"]))
        self.translation_verb = re.compile(any_of(raw["verbs"]))
        money = f"(?:{self.currency_text}|\\$|¥)"
        self.rates = tuple(re.compile(pattern.replace("{currency}", money)) for pattern in raw["rates"])
        self.translated_into = re.compile(raw["into"].replace("{currency}", money))
        self.translated_pair = re.compile(raw["pair"].replace("{currency}", money).replace("{scale}", self._any_scale))

    def label_says(self, label: str) -> LabelSays:
        """What the words of a printed label tell of its row; remembered, for a label heads many figures."""
        if label not in self._labels:
            if len(self._labels) > 20_000:
                self._labels.clear()
            plain = canon(label)
            # What stands in brackets explains ("(100,000 shares authorized)"); it does not say what is counted.
            words = " ".join(_BRACKETS.sub(" ", plain).replace("-", " ").split())
            unit = next((name for name, pattern in self.row_units.items() if pattern.search(words)), "")
            self._labels[label] = LabelSays(
                plain,
                unit,
                self.row_start.search(plain) is not None,
                self.row_end.search(plain) is not None,
                self.row_instant.search(plain) is not None and self.weighted.search(plain) is None,
                self.row_span.search(plain) is not None,
                self.subunits.search(plain) is not None,
                self.weighted.search(plain) is not None,
            )
        return self._labels[label]

    # --- small readers ----------------------------------------------------------------------------

    def number(self, word: str) -> int:
        """A whole number in figures or in a word of the lexicon."""
        return int(word) if word.isdigit() else self.numbers[word]

    def to_date(self, match: re.Match[str]) -> date | None:
        """The date of a match of :attr:`date`; None where there is no such day."""
        g = match.groupdict()
        if g["sep"]:
            return _numeric_date(int(g["d4"]), int(g["n4"]), int(g["y4"]), g["sep"])
        if g["y5"]:
            return _numeric_date(int(g["d5"]), int(g["n5"]), 2000 + int(g["y5"]), "/")
        month = self.months[g["m1"] or g["m2"]] if g["m1"] or g["m2"] else int(g["n3"])
        try:
            return date(int(g["y1"] or g["y2"] or g["y3"]), month, int(g["d1"] or g["d2"] or g["d3"]))
        except ValueError:
            return None

    def month_number(self, word: str) -> int:
        """The number of a month by figure or name."""
        return int(word) if word.isdigit() else self.months[word]

    def to_month_day(self, match: re.Match[str]) -> tuple[int, int]:
        """Month and day of a match of :attr:`month_day`."""
        g = match.groupdict()
        month = self.months[g["m1"] or g["m2"]] if g["m1"] or g["m2"] else int(g["n3"])
        return month, int(g["d1"] or g["d2"] or g["d3"])

    def to_month_end(self, match: re.Match[str]) -> date:
        """The last day of the month that a match of :attr:`month_year` names."""
        return month_end(int(match["y1"]), self.months[match["m1"]])

    def currency_code(self, match: re.Match[str]) -> str:
        """The ISO code of a match of :attr:`currency`."""
        return str(match.lastgroup).partition("_")[0]

    def currencies_in(self, text: str) -> tuple[str, ...]:
        """ISO codes named in canonical text, in order, each once."""
        return tuple(dict.fromkeys(self.currency_code(m) for m in self.currency.finditer(text)))

    def row_scale(self, label: str) -> tuple[int, bool] | None:
        """What :meth:`_row_scale` finds; remembered, for a label heads many figures."""
        if label not in self._row_scales:
            if len(self._row_scales) > _REMEMBERED:
                self._row_scales.clear()
            self._row_scales[label] = self._row_scale(label)
        return self._row_scales[label]

    def _row_scale(self, label: str) -> tuple[int, bool] | None:
        """The power of ten that a row's own label states, "Average shares (in thousands)", and whether of money only."""
        plain = self._spell(canon(label))
        note = self._row_note.search(plain)
        if note is None:
            return None
        of = note["of"] or ""
        if of == "shares" and self.label_says(label).unit not in ("shares", "ads"):
            return None
        word = self.scale_word.search(note["scale"] or note["tail"])
        return (int(str(word.lastgroup)[1:].partition("_")[0]), bool(of) and of not in ("amounts", "shares")) if word else None

    def power_of(self, word: str) -> int:
        """The power of ten of a scale word or of its short form; 0 for none."""
        found = self.scale_word.match(self._shorts.get(word, word)) if word else None
        return int(str(found.lastgroup)[1:].partition("_")[0]) if found else 0

    def unscaled(self, label: str) -> str:
        """A row's label without the scale that it states."""
        return label if self.row_scale(label) is None else self._row_note.sub(" ", self._spell(canon(label))).strip()

    def _spell(self, plain: str) -> str:
        """"($M)" as "($ in millions)", "MSEK" and "SEKm" as "sek in millions"."""
        loose = self._glued.sub(lambda match: f"{match['code'] or match['first']} {match['before'] or match['after']}", plain)
        return self._short.sub(lambda match: f"{match['money']} in {self._shorts[match['short']]}", loose)

    def western(self, plain: str) -> str:
        """"二零二四年六月三十日" with digits: 2024年6月30日."""
        return plain if plain.isascii() else self._numeral.sub(lambda match: _digits(match[0], self._numerals), plain)

    def scale_in(self, plain: str) -> tuple[int, str, int, int] | None:
        """The power that a header states, the header as it was read, and where the note stands in it."""
        spelled = self._spell(plain)
        note = self.scale_note.search(spelled)
        word = self.scale_word.search(spelled, note.start(), note.end()) if note else None
        if note is None or word is None or word.lastgroup is None:
            return None
        return int(word.lastgroup[1:].partition("_")[0]), spelled, note.start(), note.end()

    def scale(self, text: str) -> Scale | None:
        """What :meth:`_scale` finds; remembered, for titles and notes come again over every table."""
        if text not in self._scale_notes:
            if len(self._scale_notes) > _REMEMBERED:
                self._scale_notes.clear()
            self._scale_notes[text] = self._scale(text)
        return self._scale_notes[text]

    def _scale(self, text: str) -> Scale | None:
        """The scale that a printed text states, e.g. "(in thousands, except per share data)"."""
        printed, text = squash(text), self._spell(canon(text))
        notes = list(self.scale_note.finditer(text))
        # "Shares in thousands, dollars in millions": the note on shares is not the one on amounts.
        note = next((found for found in notes if not self.shares_before.search(text[: found.start()])), None)
        if note is None:
            return None
        word = self.scale_word.search(text, note.start())
        if word is None or word.lastgroup is None:
            return None
        power = int(word.lastgroup[1:].partition("_")[0])
        own = self.shares_scale.search(text)
        if own:
            inner = self.scale_word.search(own[1])
            shares: int | None = int(str(inner.lastgroup)[1:].partition("_")[0]) if inner else None
        else:
            rest = text[note.end() :]
            at = rest.find("except")
            shares = 0 if at >= 0 and self.except_shares.search(rest, at) else None if self.money_only.search(text[: note.end()]) else power
        return Scale(power, shares, self.currencies_in(text), printed)

    def is_gain(self, label: str) -> bool:
        """Whether a concept's own label speaks of a gain and of no loss; remembered, for there are no more of them than concepts."""
        found = self._gains.get(label)
        if found is None:
            plain = canon(label)
            found = self._gains[label] = self.gain.search(plain) is not None and not self.loss.search(plain)
        return found

    def heads_table(self, line: str) -> bool:
        """Whether a line heads the next table: a scale note, or the title of a core statement."""
        plain = canon(line)
        if self.scale_note.search(plain):
            return True
        return any(self.statements[kind].search(plain) for kind in _CORE)

    def head_places(self, line: str) -> list[tuple[int, int]] | None:
        """Where the periods stand in a line that names nothing else, from left to right; None where it says more."""
        plain = canon(line)
        if len(plain) != len(line):
            return None
        found, at = [], 0
        while at < len(plain):
            match = self.head_piece.match(plain, at)
            if match is None:
                return None
            found.append((match.start(1), match.end(1)))
            at = match.end()
        return found

    def statement_of(self, title: str) -> str:
        """The statement that a title names, or ""."""
        plain = canon(title)
        return next((name for name, pattern in self.statements.items() if pattern.search(plain)), "")


def _digits(text: str, numerals: Mapping[str, int]) -> str:
    """Numerals of the other script as digits: one by one, or with a ten among them (十二, 三十)."""
    tens, ten, ones = next(((text[:at], char, text[at + 1 :]) for at, char in enumerate(text) if numerals[char] == 10), ("", "", text))
    if not ten:
        return "".join(str(numerals[char]) for char in ones)
    return str(10 * (numerals[tens] if tens else 1) + (numerals[ones] if ones else 0)) if len(tens) < 2 and len(ones) < 2 else text


_COMPILED: dict[str, Lexicon] = {}


def lexicon_of(taxonomy: Taxonomy) -> Lexicon:
    """The compiled lexicon of a taxonomy, made once per taxonomy hash and process.

    Raises TaxonomyError where the file lacks an entry or holds a broken pattern.
    """
    if taxonomy.hash not in _COMPILED:
        _COMPILED.clear()
        try:
            _COMPILED[taxonomy.hash] = Lexicon(taxonomy.lexicon)
        except KeyError as error:
            raise TaxonomyError(f"taxonomy/language.yaml: the lexicon lacks {error}; copy the entry from the packaged file") from error
        except (re.error, TypeError, ValueError) as error:
            raise TaxonomyError(f"taxonomy/language.yaml: an entry of the lexicon is wrong ({error}); mend it") from error
    return _COMPILED[taxonomy.hash]


def as_decimal(digits: str) -> Decimal:
    """The exact number of printed digits with thousands commas."""
    return Decimal(digits.replace(",", ""))
