"""The runner over streams in memory: what it answers to a file and to calls, whatever the student's code does."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

from grader.inside import runner
from grader.inside.runner import MODULE_NAME, Stream, serve
from grader.wire import Callback, FrameReader, Handle, Opaque, Seed, Unsupported, decode, encode, frame

FUNCTIONS = {
    "f": {"positional": ["x"], "defaulted": [], "keyword_only": [], "returns": 1, "opaque": []},
    "pair": {"positional": ["x"], "defaulted": [], "keyword_only": [], "returns": 2, "opaque": [1]},
}
RIGHT = "def f(x): return x\ndef pair(x): return x, [x]\n"


@pytest.fixture(autouse=True)
def no_module_stays(monkeypatch):
    """The runner's module under its fixed name goes away after each test, and the arguments that it has set."""
    monkeypatch.setitem(sys.modules, MODULE_NAME, None)
    monkeypatch.setattr(sys, "argv", sys.argv)


def converse(*messages, piece=1 << 16):
    """The runner's answers to these messages, which reach it in pieces."""
    incoming = b"".join(frame(encode(message)) for message in messages)
    pieces = [incoming[start : start + piece] for start in range(0, len(incoming), piece)]
    outgoing = FrameReader()
    serve(Stream(lambda size: pieces.pop(0) if pieces else b"", outgoing.feed))
    answers = []
    while (payload := outgoing.next()) is not None:
        answers.append(decode(payload))
    return answers


def load(source, functions=FUNCTIONS, filename="answer.py"):
    return ["load", source, filename, functions, None]


def run(*calls, seat=0, first=0, fresh=True, mode="call", **kwargs):
    """One message with calls such as ("f", 1, 2), all of one mode and with the same keyword arguments."""
    forms = [[name, kwargs, mode] for name in FUNCTIONS]
    return ["run", seat, first, fresh, forms, [[list(FUNCTIONS).index(name), *args] for name, *args in calls]]


def result_of(source, *calls, **options):
    """The answer to calls on a file, which must load."""
    loaded, done = converse(load(source), run(*calls, **options))
    assert loaded == ["loaded"]
    assert done[0] == "done"
    return done[1], done[2]


# --- loading ----------------------------------------------------------------------------------------------------------


def test_a_file_that_has_its_functions_is_loaded():
    assert converse(load(RIGHT)) == [["loaded"]]


def test_messages_may_come_in_any_pieces():
    assert converse(load(RIGHT), run(("f", 3)), piece=1) == converse(load(RIGHT), run(("f", 3)))


def test_nothing_is_answered_before_a_message_is_whole():
    assert converse() == []


@pytest.mark.parametrize(
    ("source", "kind", "details"),
    [
        ("def f(x)\n", "syntax", {"message": "expected ':'", "line": 1, "text": "def f(x)"}),
        ("x = 1\n  y = 2\n", "syntax", {"message": "unexpected indent", "line": 2, "text": "  y = 2"}),
        ("x = 1 +\n", "syntax", {"line": 1, "text": "x = 1 +"}),
        ("return 5\n", "syntax", {"message": "'return' outside function", "line": 1}),
        ("def g(x): return x\ndef pair(x): ...\n", "missing", {"function": "f", "defined": ["g", "pair"]}),
        ("f = 3\n", "not_callable", {"function": "f", "kind": "int"}),
        ("async def f(x): return x\n", "not_callable", {"function": "f", "kind": "async function"}),
        ("def f(): return 1\n", "signature", {"function": "f", "yours": "()", "why": "too many positional arguments"}),
        ("def f(x, y): return 1\n", "signature", {"yours": "(x, y)", "why": "missing a required argument: 'y'"}),
        ("1 / 0\n", "import", {"type": "ZeroDivisionError", "message": "division by zero", "line": 1}),
        ("import nowhere\n", "import", {"type": "ModuleNotFoundError", "line": 1}),
        ("exit(3)\n", "import", {"type": "SystemExit", "message": "3"}),
        ("def g():\n    raise KeyError('a')\n\ng()\n", "import", {"type": "KeyError", "line": 2}),
        ("exec('x ==== 1')\n", "import", {"type": "SyntaxError", "line": 1}),
        ("def __getattr__(name): raise OSError('no')\n", "import", {"type": "OSError", "message": "no"}),
        ("(" * 500, "syntax", {"message": "too many nested parentheses"}),
        ("-" * 60_000 + "1", "unparsable", {}),
    ],
)
def test_a_file_that_cannot_be_used_is_described(source, kind, details):
    ((answer, got_kind, got),) = converse(load(source))
    assert (answer, got_kind) == ("problem", kind)
    assert {name: got[name] for name in details} == details


@pytest.mark.parametrize(
    "source",
    [
        "f = lambda x: x\npair = lambda x: (x, x)\n",
        "def f(anything, *more, **named): ...\npair = f\n",
        "class f:\n    def __init__(self, x): pass\npair = f\n",
        "f = pair = print\n",
        "import functools\n@functools.wraps(print)\ndef f(x): ...\npair = f\n",
        "import functools\ndef g(a, x): ...\nf = pair = functools.partial(g, 1)\n",
    ],
)
def test_whatever_can_be_called_as_the_starter_says_will_do(source):
    assert converse(load(source)) == [["loaded"]]


KEYWORDS = {"f": {"positional": ["x", "a"], "defaulted": ["a", "b"], "keyword_only": ["b"], "returns": 1, "opaque": []}}


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        ("x, a=1, *, b=2", None),
        ("x, a=1, b=2", None),
        ("x, a=1, /, b=2", None),
        ("x, a=1, b=2, /", "'b' .*positional only|positional-only .*'b'"),  # as Python 3.11 or 3.13 says it
        ("renamed, a=1, b=2", None),
        ("x, a=1, **rest", None),
        ("*all, **rest", None),
        ("x, other=1, *, b=2", "it has no argument named 'a'"),
        ("x, a=1", "got an unexpected keyword argument 'b'"),
    ],
)
def test_a_required_argument_may_be_renamed_and_an_optional_one_may_not(signature, why):
    (answer,) = converse(load(f"def f({signature}): ...", KEYWORDS))
    assert answer == ["loaded"] if why is None else re.search(why, answer[2]["why"])


def test_the_file_finds_its_own_name_and_no_argument_of_ours():
    source = f"import argparse, sys\nargparse.ArgumentParser().parse_args()\nassert sys.argv == ['answer.py']\n{RIGHT}"
    assert converse(load(source)) == [["loaded"]]


BROKEN_NAMES = {
    "a name that raises": "class Meta(type):\n    @property\n    def __name__(cls): raise SystemExit\n",
    "a name that is no text": "class Meta(type):\n    __name__ = 3\n",
}


@pytest.mark.parametrize("meta", BROKEN_NAMES.values(), ids=BROKEN_NAMES)
def test_an_exception_is_called_as_python_calls_its_class(meta):
    ((*_, details),) = converse(load(f"{meta}class Odd(Exception, metaclass=Meta): ...\nraise Odd('why')\n"))
    assert (details["type"], details["message"]) == ("Odd", "why")


def test_texts_of_an_odd_class_are_taken_as_texts():
    odd = "class Text(str):\n    def __getitem__(self, key): return self\n    def __len__(self): raise SystemExit\n"
    source = (
        "class Odd(Exception):\n    def __str__(self): return Text('why')\nOdd.__name__ = Text('Named')\nraise Odd\n"
    )
    ((*_, details),) = converse(load(odd + source))
    assert (details["type"], details["message"]) == ("Named", "why")


# --- calling ----------------------------------------------------------------------------------------------------------


def test_calls_are_answered_in_their_order():
    results, raised = result_of(RIGHT, ("f", 1), ("f", 2), ("pair", 3))
    assert [result[:2] for result in results] == [[1, 1], [1, 2], [2, [3, Opaque("list")]]]
    assert raised is None


def test_a_handle_gives_what_an_earlier_call_returned():
    source = "def f(x): return sum(x)\ndef pair(x): return x, [x, x]\n"
    results, _ = result_of(source, ("pair", 3), ("f", Handle(5, 1)), ("pair", Handle(5, 0)), first=5)
    assert results[1][1] == 6
    assert results[2][1][0] == 3


def test_handles_reach_into_lists_and_dicts():
    source = "def f(x): return x['a'][0][0]\ndef pair(x): return x, [x]\n"
    results, _ = result_of(source, ("pair", 3), ("f", {"a": [Handle(0, 1)]}))
    assert results[1][1] == 3


def test_what_a_later_call_changes_in_place_was_seen_before():
    source = "import numpy as np\nkept = np.zeros(2)\ndef f(x):\n    kept[:] = x\n    return kept\ndef pair(x): ...\n"
    results, _ = result_of(source, ("f", 1), ("f", 2))
    np.testing.assert_array_equal([result[1] for result in results], [[1, 1], [2, 2]])


def test_arrays_arrive_so_that_they_may_be_written_to():
    results, raised = result_of("def f(x):\n    x += 1\n    return x\ndef pair(x): ...\n", ("f", np.zeros(2)))
    np.testing.assert_array_equal(results[0][1], [1, 1])
    assert raised is None


def test_keyword_arguments_and_seeds_arrive():
    source = "def f(x, rng, scale): return scale * rng.random(x)\ndef pair(x): ...\n"
    source = source.replace("f(x, rng, scale)", "f(x, rng=None, scale=1)")
    results, _ = result_of(source, ("f", 3), rng=Seed(7), scale=10)
    np.testing.assert_array_equal(results[0][1], 10 * np.random.default_rng(7).random(3))


def test_arguments_are_sent_back_only_when_they_are_observed():
    source = "def f(x):\n    x[0] = 9\n    return 1\ndef pair(x): ...\n"
    results, _ = result_of(source, ("f", np.zeros(2)), mode="observe")
    (args, kwargs) = results[0][2]
    np.testing.assert_array_equal(args[0], [9, 0])
    assert kwargs == {}
    assert result_of(source, ("f", np.zeros(2)))[0][0][2] is None


def test_a_module_is_imported_afresh_only_when_asked():
    source = "calls = 0\ndef f(x):\n    global calls\n    calls += 1\n    return calls\ndef pair(x): ...\n"
    answers = converse(
        load(source), run(("f", 0)), run(("f", 0), first=1, fresh=False), run(("f", 0), first=0, fresh=True)
    )
    assert [answer[1][0][1] for answer in answers[1:]] == [1, 2, 1]


def test_each_seat_has_a_module_and_values_of_its_own():
    source = (
        "import sys\ncalls = 0\ndef f(x):\n    global calls\n    calls += 1\n    return x[0], calls\n"
        "def pair(x): return x, [x, sys.modules[__name__].calls]\n"
    )
    answers = converse(
        load(source),
        run(("pair", 3), seat=1),
        run(("f", [0]), ("pair", 4), seat=2),
        run(("f", Handle(0, 1)), ("pair", 5), seat=1, first=1, fresh=False),
        run(("f", Handle(1, 1)), seat=2, first=2, fresh=False),
    )
    assert [raised for _, _, raised in answers[1:]] == [None] * 4
    assert [results[0][1] for _, results, _ in answers[3:]] == [[3, 1], [4, 2]]


def test_a_fresh_import_forgets_the_values_of_earlier_calls():
    answers = converse(load(RIGHT), run(("pair", 3)), run(("f", Handle(0, 1)), first=1, fresh=True))
    assert answers[2][2]["type"] == "KeyError"


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("x", 3),
        ("None", None),
        ("(x, x, x)", [Opaque("int")] * 3),
        ("[x]", [Opaque("int")]),
        ("{'a': 1}", {"a": 1}),
        ("object()", Unsupported("object")),
    ],
)
def test_a_batch_stops_at_another_number_of_values(value, got):
    results, raised = result_of(f"def f(x): return x\ndef pair(x): return {value}\n", ("pair", 3), ("f", 1))
    assert results == [[-1, got, None]]
    assert raised is None


def test_a_batch_stops_at_the_first_call_that_raises():
    source = "def f(x):\n    return 1 / x\ndef pair(x): ...\n"
    results, raised = result_of(source, ("f", 1), ("f", 0), ("f", 1))
    assert len(results) == 1
    assert (raised["type"], raised["line"]) == ("ZeroDivisionError", 2)


@pytest.mark.parametrize("error", ["SystemExit(1)", "KeyboardInterrupt()", "GeneratorExit()", "MemoryError()"])
def test_nothing_that_is_raised_ends_the_runner(error):
    _, raised = result_of(f"def f(x): raise {error}\ndef pair(x): ...\n", ("f", 1))
    assert raised["type"] == error.partition("(")[0]


def test_an_endless_recursion_is_an_exception_like_others():
    _, raised = result_of("def f(x): return f(x)\ndef pair(x): ...\n", ("f", 1))
    assert raised["type"] == "RecursionError"
    assert len(raised["trace"]) <= 12


def test_an_exception_whose_text_raises_is_told_by_its_type():
    source = (
        "class Odd(Exception):\n    def __str__(self): raise KeyboardInterrupt\ndef f(x): raise Odd\ndef pair(x): ...\n"
    )
    _, raised = result_of(source, ("f", 1))
    assert (raised["type"], raised["message"]) == ("Odd", "")


def test_long_names_and_texts_are_cut_short():
    source = "E = type('E' * 500, (Exception,), {})\ndef f(x): raise E('m' * 10_000)\ndef pair(x): ...\n"
    _, raised = result_of(source, ("f", 1))
    assert (len(raised["type"]), len(raised["message"])) == (40, 400)


def test_the_trace_tells_the_students_own_lines_alone():
    source = "import json\n\ndef f(x):\n    return json.loads(x)\n\ndef pair(x): ...\n"
    _, raised = result_of(source, ("f", "{"))
    assert raised["type"] == "JSONDecodeError"
    assert raised["trace"] == [[4, "f", "return json.loads(x)"]]


def test_a_value_that_nests_without_end_is_told_as_such():
    _, raised = result_of("def f(x):\n    y = []\n    y.append(y)\n    return y\ndef pair(x): ...\n", ("f", 1))
    assert raised["message"] == "f returned something that is nested too deep to be read"


def test_a_value_that_is_too_large_is_told_with_its_size():
    source = "import numpy as np\ndef f(x): return np.broadcast_to(0.0, (2**15, 2**15))\ndef pair(x): ...\n"
    results, raised = result_of(source, ("f", 1))
    assert results == []
    assert (raised["type"], raised["nbytes"]) == ("TooLarge", 2**33)


def test_values_that_are_too_large_together_are_told_as_such():
    source = "import numpy as np\ndef f(x): return np.zeros(2**20)\ndef pair(x): ...\n"
    _, raised = result_of(source, *[("f", 1)] * 5)
    assert raised["type"] == "TooLarge"


def test_a_closed_standard_output_is_no_matter(monkeypatch):
    class Broken:
        def flush(self):
            raise ValueError("I/O operation on closed file")

    monkeypatch.setattr(sys, "stdout", Broken())
    assert result_of(RIGHT, ("f", 1))[1] is None


# --- functions as arguments -------------------------------------------------------------------------------------------


def test_a_function_is_called_back_with_what_the_student_gives_it():
    source = "def f(x): return x(2) + x(3)\ndef pair(x): ...\n"
    answers = converse(load(source), run(("f", Callback(1))), ["answer", 10], ["answer", 20])
    assert answers[1:3] == [["callback", 1, [2]], ["callback", 1, [3]]]
    assert answers[3][1] == [[1, 30, None]]


def test_a_call_that_is_refused_raises_in_the_students_code():
    source = "def f(x):\n    return x('a')\ndef pair(x): ...\n"
    answers = converse(load(source), run(("f", Callback(0))), ["refuse", "wrong shape"])
    assert (answers[2][2]["type"], answers[2][2]["message"], answers[2][2]["line"]) == ("ValueError", "wrong shape", 2)


# --- walks ------------------------------------------------------------------------------------------------------------

STEPS = "def f(x): ...\ndef pair(w, dw=None, state=None, lr=1.0):\n    {0}\n    return w - lr * dw, state\n"


def walk(body, *gradients, **kwargs):
    starts = [np.zeros(gradient.shape[1:]) for gradient in gradients]
    return result_of(STEPS.format(body), ("pair", starts, list(gradients)), mode="walk", **kwargs)


def test_a_walk_takes_all_steps_of_all_parameters():
    results, _ = walk("pass", np.ones((3, 2)), np.full((3,), 2.0), lr=0.5)
    length, (first, second), _ = results[0]
    assert length == 2
    np.testing.assert_array_equal(first, [[-0.5, -0.5], [-1, -1], [-1.5, -1.5]])
    np.testing.assert_array_equal(second, [-1, -2, -3])


def test_a_walks_state_belongs_to_one_parameter():
    results, _ = walk("state['t'] = state.get('t', 0) + 1; dw = dw * state['t']", np.ones((2, 1)), np.ones((2, 1)))
    np.testing.assert_array_equal(results[0][1], [[[-1], [-3]], [[-1], [-3]]])


def test_a_walk_in_place_is_seen_step_by_step():
    results, _ = walk("w -= dw; return w, state", np.ones((3, 1)))
    np.testing.assert_array_equal(results[0][1][0], [[-1], [-2], [-3]])


def test_a_walk_whose_arrays_change_their_form_is_sent_step_by_step():
    results, _ = walk("return (w if state else None), {'t': 1}", np.ones((2, 1)))
    assert results[0][1] == [[None, None]]


def test_a_walk_stops_where_no_pair_is_returned():
    results, raised = walk("return w", np.ones((3, 1)))
    assert results[0][0] == -1
    assert raised is None


def test_a_walk_that_raises_is_told_like_any_call():
    _, raised = walk("raise KeyError('m')", np.ones((3, 1)))
    assert (raised["type"], raised["line"]) == ("KeyError", 3)


@pytest.mark.parametrize("name", runner.REHEARSALS)
def test_a_rehearsal_goes_through_without_an_error(name):
    load, *questions = runner.rehearsal(name)
    pieces, said = iter([load, *questions, b""]), []
    runner.serve(runner.Stream(lambda size: next(pieces), lambda data: said.append(decode(data[4:]))))
    first, *answers = said
    assert first == ["loaded"]
    assert len(answers) == len(questions)
    for asked, (kind, results, raised) in zip(questions, answers, strict=True):
        assert (kind, len(results), raised) == ("done", len(decode(asked[4:])[5]), None)
        assert all(result[0] > 0 for result in results)


def test_the_warm_process_adapts_its_code_in_every_rehearsal(monkeypatch):
    loaded = []
    load = runner._Runner.load
    monkeypatch.setattr(runner._Runner, "load", lambda self, *message: loaded.append(self) or load(self, *message))
    runner.rehearse()
    assert len(loaded) >= 2 * len(runner.REHEARSALS)
