"""Pages compressed once: any gzip reader gets the text with the word of this answer."""

from __future__ import annotations

import gzip

from hypothesis import given
from hypothesis import strategies as st

from organizer.web.compression import Stencil, squeeze

words = st.text(st.characters(codec="utf-8"), max_size=40)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=300), min_size=1), words)
def test_both_forms_are_the_text_with_another_word(parts: list[str], word: str) -> None:
    hole = "\x00"
    stencil = Stencil(hole.join(parts), hole)
    wanted = word.join(parts).encode()
    assert stencil.plain(word) == wanted
    assert gzip.decompress(stencil.gzip(word)) == wanted


def test_it_stays_small_and_hides_its_length() -> None:
    items = "".join(f'<li><a href="/events/{n}">An evening walk</a></li>' for n in range(100))
    page = f'<script nonce="hole"></script>{items}<script nonce="hole"></script>'
    sizes = {len(Stencil(page, "hole").gzip("a" * 22)) for _ in range(20)}
    assert max(sizes) < len(squeeze(page.encode())) + 250
    assert len(sizes) > 1
