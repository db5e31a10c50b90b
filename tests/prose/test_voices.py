"""The founding release told in voices of our own, and single sentences of other sectors: how much is read, and nothing wrong.

Each was written whole before it was read. At first sight, of the figures: the third voice 123 of 211 with 5 wrong, the fourth 131 of 211
with 2 wrong, the fifth (single sentences, no table beside them) 62 of 124 with 4 wrong. They mended the reader; then, again at first
sight, the sixth (single sentences) 50 of 78 with 1 wrong and the seventh (a release) 94 of 127 with 4 wrong. Those mended it, too.
The eighth (a release, as an analyst's note) came after them all: 67 of 132 with 5 wrong. The eleventh (a release, line by line as a wire
service would put it): 135 of 166 with 5 wrong. The tenth (a release, as an American company would put it, by another hand): 179 of 243 with
4 wrong as a draft; as it is now, after mending, 2 wrong, both mended. The ninth (a bank's formal
announcement, by another hand): 113 of 176 with 3 wrong.
"""

from __future__ import annotations

import pytest
import voices

#: Figures that are read; they only rise.
RELEASES = {"mended": 47, "third": 196, "fourth": 209, "seventh": 123, "eighth": 105, "tenth": 144, "eleventh": 156, "ninth": 123}
#: Of single sentences: those read whole, and figures.
SENTENCES = {"fifth": (48, 108), "sixth": (34, 71)}


@pytest.mark.parametrize("name", sorted(RELEASES))
def test_a_release_in_another_voice_is_read(name: str) -> None:
    score = voices.of_release(name)
    assert score.wrong == ()
    assert score.hits >= RELEASES[name], score.missed


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_single_sentences_of_other_sectors_are_read(name: str) -> None:
    scores = voices.of_sentences(name)
    assert [(text, score.wrong) for text, score in scores if score.wrong] == []
    whole = sum(not score.missed for _, score in scores)
    assert (whole, sum(score.hits for _, score in scores)) >= SENTENCES[name]


def test_a_voice_is_marked_as_it_is_printed() -> None:
    lines, figures = voices.told(["Revenue was [[RMB3.91bn|rev Q]] ([[US$539.8m|rev Q*]]), up [[4%|rev+yoy Q]]."], voices.PERIODS, 7)
    assert lines == ["Revenue was RMB3.91bn (US$539.8m), up 4%."]
    assert [(f.line, lines[0][f.start : f.end], str(f.value), f.unit, f.decimals) for f in figures] == [
        (7, "RMB3.91bn", "3.91E+9", "iso4217:CNY", -7),
        (7, "US$539.8m", "5.398E+8", "iso4217:USD", -5),
        (7, "4%", "0.04", "xbrli:pure", 2),
    ]
    assert figures[1].dimensions == (("fin:TranslationAxis", "fin:ConvenienceMember"),)
