"""Statements: from an author's Markdown, with tables and TeX, to HTML that stands below a page's own heading.

Nothing in it runs: raw HTML is text, links and images lead to https or to this site, and TeX stays text in an element
of the class `math`, which the browser typesets. No element carries a style of its own: the page's policy forbids it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin

HIGHEST: Final = 2
"""The level of a statement's highest headings: the page has the first for itself."""

_LEADS_ELSEWHERE: Final = re.compile(r"//|[^/?#]*:")
"""How an address begins that is not relative."""


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        return url.lower().startswith("https://") or _LEADS_ELSEWHERE.match(url) is None


def render(markdown: str, *, highest: int = HIGHEST, prefix: str = "statement") -> Markup:
    """The HTML of a statement. Its first heading, if it is of the first level, is left out: it is the page's title.

    `prefix` begins the ids of its headings: texts on one page have different ones.
    """
    tokens = _PARSER.parse(markdown)
    if tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        del tokens[:3]  # the heading's beginning, its words and its end
    _settle_headings(tokens, highest, prefix)
    _align_by_class(tokens)
    return Markup(_PARSER.renderer.render(tokens, _PARSER.options, {}))


def with_code(text: str) -> Markup:
    """A line of plain text whose parts between backticks are formulas; an odd backtick stays what it is.

    It is no Markdown: a hint's stars are products and powers.
    """
    parts = text.split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    return Markup("").join(
        Markup('<code class="formula">{}</code>').format(part) if place % 2 else part
        for place, part in enumerate(parts)
    )


def _settle_headings(tokens: Sequence[Token], highest: int, prefix: str) -> None:
    """Moves all headings down until none is above `highest`, and gives each an id by which it can be linked to."""
    headings = [(token, tokens[place + 1]) for place, token in enumerate(tokens) if token.type == "heading_open"]
    closings = [token for token in tokens if token.type == "heading_close"]
    by = max((highest - int(token.tag[1]) for token, _ in headings), default=0)
    taken: set[str] = set()
    for (opening, words), closing in zip(headings, closings, strict=True):
        opening.tag = closing.tag = f"h{min(int(opening.tag[1]) + max(by, 0), 6)}"
        opening.attrSet("id", _new_id(words.content, taken, prefix))


def _new_id(words: str, taken: set[str], prefix: str) -> str:
    """An id of these words that is not taken yet; its prefix keeps it apart from the ids of the page."""
    base = f"{prefix}-{'-'.join(re.findall(r'[a-z0-9]+', words.lower()))}".rstrip("-")
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    taken.add(name)
    return name


def _align_by_class(tokens: Sequence[Token]) -> None:
    """Columns that Markdown aligns to the right get the class of numbers, instead of a style."""
    for token in tokens:
        style = token.attrs.pop("style", "") if token.type in ("th_open", "td_open") else ""
        if "right" in str(style):
            token.attrSet("class", "number")


# What is wider than the page scrolls by itself, so the keyboard must reach it.


def _code(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    del self, options, env
    return f'<pre tabindex="0"><code>{escapeHtml(tokens[place].content)}</code></pre>\n'


def _table(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    del self, tokens, place, options, env
    return '<div class="table-scroll" role="group" aria-label="Table" tabindex="0">\n<table>\n'


def _table_end(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    del self, tokens, place, options, env
    return "</table>\n</div>\n"


def _make_parser() -> MarkdownIt:
    parser = _Markdown("commonmark", {"html": False}).enable("table")
    parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False)
    for kind, rule in {"fence": _code, "code_block": _code, "table_open": _table, "table_close": _table_end}.items():
        parser.add_render_rule(kind, rule)
    return parser


_PARSER: Final = _make_parser()
