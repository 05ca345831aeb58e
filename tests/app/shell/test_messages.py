"""Text from files and the address bar in messages."""

import pytest

from mariel.app.shell.messages import plain_text, quoted


@pytest.mark.parametrize(
    "text",
    [
        "no such folder or file: '/data/dances'",
        "expected 3, found 12 (of 1,234), at 0:12, 5 % more",
        "take@1234 such as waltz_for_one@1234; “adagio”",
        "those of waltz 16. And 3 - 2 + 1",
    ],
)
def test_words_stay_words(text):
    assert plain_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see http://x.org/a now", "see `http://x.org/a` now"),
        ("WWW.x.org", "`WWW.x.org`"),
        ("![x](y)", "`![x](y)`"),
        ("a :smile: b", "a `:smile:` b"),
        ("at 1:100:", "at `1:100:`"),
        (":red[x]", "`:red[x]`"),
        ("anna@x.org", "`anna@x.org`"),
        ("<b>x</b>", "`<b>x</b>`"),
        ("a*b a_b _a_", "`a*b` a_b `_a_`"),
        ("`x` ``y``", "`` `x` `` ``` ``y`` ```"),
        ("- x\n1. y\n# z", "`-` x\n`1.` y\n`#` z"),
        ("a\0b\u202e", "`a�b�`"),
    ],
)
def test_what_markdown_would_change_is_put_into_code_spans(text, shown):
    assert plain_text(text) == shown


def test_quoted_text_is_one_code_span_on_one_line_and_not_too_long():
    assert quoted("waltz") == "“waltz”"
    assert quoted("a\n\n[b c](d)") == "“`a [b c](d)`”"
    assert quoted("x" * 1000) == f"“{'x' * 79}…”"
