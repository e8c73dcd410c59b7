"""What is made of an author's Markdown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from webapp.exercises.statement import render, with_code

STATEMENTS = sorted((Path(__file__).resolve().parents[3] / "exercises").glob("*/*/statement.md"))


def test_it_leaves_out_the_title_and_keeps_the_levels_below():
    html = render("# Adam\n\n## The formula\n\n### A remark\n")

    assert "Adam" not in html
    assert '<h2 id="statement-the-formula">The formula</h2>' in html
    assert '<h3 id="statement-a-remark">A remark</h3>' in html


def test_it_moves_headings_below_that_of_the_page():
    html = render("# Title\n\n# First\n\n## Second\n")

    assert re.findall(r"<(h\d)", html) == ["h2", "h3"]


def test_headings_of_the_same_words_have_different_ids():
    assert re.findall(r'id="([^"]+)"', render("## A\n\n## A\n\n## ü\n")) == [
        "statement-a",
        "statement-a-2",
        "statement",
    ]


def test_it_hands_tex_over_as_text():
    html = render("With $a < b$ and\n\n$$\n\\hat m_t & <b>\n$$\n")

    assert '<span class="math inline">a &lt; b</span>' in html
    assert '<div class="math block">\n\\hat m_t &amp; &lt;b&gt;\n</div>' in html


def test_prices_are_no_formulas():
    assert "math" not in render("It costs $5 or $6.")


def test_numbers_are_aligned_by_a_class():
    html = render("| x | y |\n| ---: | :---: |\n| 1 | 2 |\n")

    assert '<td class="number">1</td>' in html
    assert "<td>2</td>" in html
    assert "style" not in html


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "text <b onclick=alert(1)>bold</b>",
        "$<img src=x onerror=alert(1)>$",
        "$$\n<script>alert(1)</script>\n$$",
        "```\n<script>alert(1)</script>\n```",
        '```"><script>alert(1)</script>\ncode\n```',
        "    <script>alert(1)</script>",
        "`<script>`",
        "## <script>alert(1)</script>",
        '![a"onerror="alert(1)](x.png)',
    ],
)
def test_what_looks_like_html_is_text(markdown):
    html = render(markdown)

    assert not re.search(r"<(script|b)\b", html)
    assert not re.search(r"<[^>]*\son\w+=", re.sub(r'"[^"]*"', '""', html))


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "javascript&colon;alert(1)",
        "&#106;avascript:alert(1)",
        "data:text/html,x",
        "http://example.org",
        "//example.org",
        "vbscript:x",
        "<java\tscript:alert(1)>",
    ],
)
def test_it_makes_no_link_or_image_of_other_addresses(address):
    assert not re.search(r"<(a|img)\b", render(f"[x]({address}) ![x]({address})"))


@pytest.mark.parametrize(
    "address", ["https://example.org/a?b=c:d", "other", "../adam#the-formula", "#top", "/receipts"]
)
def test_it_makes_links_of_relative_and_https_addresses(address):
    assert f'<a href="{address}">x</a>' in render(f"[x]({address})")


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.parent.name)
def test_the_statements_of_this_course_leave_no_dollar_and_no_style(path):
    html = render(path.read_text(encoding="utf-8"))

    assert "$" not in html
    assert "style=" not in html
    assert 'class="math' in html


def test_what_a_hint_has_between_backticks_is_code():
    html = with_code("Divide by `1 - beta1**t`, and <b>mind</b> `a < b`.")

    formula = '<code class="formula">'
    assert html == f"Divide by {formula}1 - beta1**t</code>, and &lt;b&gt;mind&lt;/b&gt; {formula}a &lt; b</code>."


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "plain"),
        ("", ""),
        ("an odd ` stays", "an odd ` stays"),
        ("`code` and an odd ` stays", '<code class="formula">code</code> and an odd ` stays'),
    ],
)
def test_a_backtick_without_its_fellow_stays_what_it_is(text: str, html: str):
    assert with_code(text) == html
