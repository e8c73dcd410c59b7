"""A submitted file before anything runs: what is read as a text, and what is refused with the line and the way out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.source import MAX_SOURCE_BYTES, MOST_READ, UnreadableSource, read_source


def test_a_plain_file_is_read_as_it_is():
    assert read_source("def f(x):\n    return 'é'\n".encode()) == "def f(x):\n    return 'é'\n"


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_foreign_line_endings_become_newlines(ending):
    assert read_source(f"a = 1{ending}b = 2{ending}".encode()) == "a = 1\nb = 2\n"


def test_of_a_file_that_was_not_read_to_its_end_the_least_size_is_told():
    with pytest.raises(UnreadableSource, match="The file has 20,971,520 or more bytes; at most 131,072 are accepted"):
        read_source(b"#" * MOST_READ)


def test_the_byte_order_mark_of_some_editors_is_taken_off():
    assert read_source(b"\xef\xbb\xbfa = 1\n") == "a = 1\n"


@pytest.mark.parametrize("cookie", ["utf-8", "UTF-8", "utf_8", "utf8", "ascii", "us-ascii"])
def test_a_cookie_that_names_utf_8_or_ascii_is_accepted(cookie):
    assert "a = 1" in read_source(f"#!/usr/bin/python\n# -*- coding: {cookie} -*-\na = 1\n".encode())


def test_a_cookie_beyond_the_second_line_is_a_mere_comment():
    assert read_source(b"a = 1\nb = 2\n# coding: utf-7\n").endswith("utf-7\n")


def test_a_file_of_exactly_the_largest_size_is_accepted():
    assert len(read_source(b"#" * MAX_SOURCE_BYTES)) == MAX_SOURCE_BYTES


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"#" * (MAX_SOURCE_BYTES + 1), "131,073 bytes; at most 131,072"),
        (b"a = 1\nb = '\0'\n", "NUL byte in line 2"),
        (b"a = 1\nb = '\xff'\n", "not UTF-8: byte 0xff in line 2"),
        ("x = 'ä'\n".encode("latin-1"), "not UTF-8: byte 0xe4 in line 1"),
        ("x = 1\n".encode("utf-16"), "NUL byte in line 1"),
        (b"# coding: utf-7\n", "declares the encoding 'utf-7'"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=latin-1 :\n", "declares the encoding 'latin-1'"),
        (b"\xef\xbb\xbf# coding: cp1252\n", "declares the encoding 'cp1252'"),
        ("a = 1\nb\u200b = 2\n".encode(), "Line 2 holds an invisible character (U+200B)"),
        ("a = 1 # \u202e\n".encode(), "Line 1 holds an invisible character (U+202E)"),
        ("a = 1\n\n\ufeffb = 2\n".encode(), "Line 3 holds an invisible character (U+FEFF)"),
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
    ],
)
def test_a_file_that_is_no_text_of_ours_is_refused_with_the_reason(data, sentence):
    with pytest.raises(UnreadableSource) as caught:
        read_source(data)
    assert sentence in str(caught.value)


@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_the_answer_is_a_text_or_a_refusal(data):
    try:
        text = read_source(data)
    except UnreadableSource:
        return
    assert text.strip()
    assert "\0" not in text
    assert "\r" not in text
