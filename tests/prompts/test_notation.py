"""Notation: what people write is read strictly, and what is wrong in it is told with its file and line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import prompts
from agents.io import catalogue
from agents.io.catalogue import CatalogueError
from api.intake import senders
from api.intake.senders import SendersUnreadable
from evals.scenarios.yaml_source import ScenarioError
from evals.scenarios.yaml_source import read_yaml as read_part_of_scenario
from prompts.notation import DEEPEST, Unreadable, read_json, read_yaml, strict_json, text_of

LETTERS = st.text("abcdefgh", min_size=1, max_size=4)
PLAIN = st.none() | st.booleans() | st.integers(-999, 999) | st.floats(-9, 9) | st.text("abc é✓", max_size=8)
TREES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LETTERS, inner, max_size=3), max_leaves=15
)
WRITTEN = st.text(max_size=60) | st.text("[]{}:-,&*!?|>'\"%@# \n\tab1~<", max_size=60)


def bomb(levels: int = 9, width: int = 9) -> str:
    """A few lines of aliases that stand for width ** levels values."""
    lines = ["a0: &a0 x"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels + 1)]
    return "\n".join(lines) + "\n"


def chain(links: int) -> str:
    """Lists that hold the list before them a few levels down."""
    return "\n".join(["- &a0 x", *(f"- &a{n} [[[[*a{n - 1}]]]]" for n in range(1, links))])


WRONG = {
    "twice": ("shop: {tier: 1}\nuser: {}\nshop: {tier: 2}\n", 3, "shop: expected once, is there twice"),
    "twice, deep": ("shop:\n  a:\n    - b: 1\n      b: 2\n", 4, r"shop\.a\.0\.b: expected once, is there twice"),
    "twice, quoted": ("a: 1\n'a': 2\n", 2, "a: expected once, is there twice"),
    "twice, another spelling": ("yes: 1\ntrue: 2\n", 2, "true: expected once, is there twice"),
    "twice, under an alias": ("a: &a\n  b: 1\n  b: 2\nc: *a\n", 3, r"b: expected once, is there twice"),
    "deep": ("a:\n  b: " + "[" * 5000 + "]" * 5000, 2, "at most 40 levels"),
    "deeper than a process survives": ("a:\n  " + "[" * 200_000, 2, "at most 40 levels"),
    "deep mappings": ("{a: " * 200_000, 1, "at most 40 levels"),
    "deep blocks": ("- " * 50_000 + "x", 1, "at most 40 levels"),
    "deep by aliases": (
        "\n".join(f"- &a{n} [[[[*a{n - 1}]]]]" if n else "- &a0 x" for n in range(30)),
        11,
        "at most 40",
    ),
    "an alias bomb": (bomb(), 7, "at most 500,000 values, aliases written out"),
    "an alias bomb of names": (bomb().replace("[", "{k: [").replace("]", "]}"), 7, "at most 500,000 values"),
    "an alias in itself": ("a: 1\nb: &b\n  c: [*b]\n", 3, r"\*b: expected something that it does not stand in itself"),
    "an alias of nothing": ("a: 1\nb: *c\n", 2, "undefined alias"),
    "a number without end": (f"a: 1\nb: {'9' * 5000}\n", 2, "expected YAML"),
    "a day that is none": ("a: 1\nb: 2026-13-45\n", 2, "month must be in"),
    "a character that is none": ('a: 1\nb: "\\ud800"\n', 2, "expected YAML"),
    "a control character": ("a: é\nb: \x01\n", 2, "expected YAML"),
    "two documents": ("a: 1\n---\nb: 1\n", 2, "expected YAML"),
    "a name that is a list": ("a: 1\n? [b]\n: 1\n", 2, "unhashable"),
    "Python's own": ("a: 1\nb: !!python/object/apply:os.getcwd []\n", 2, "expected YAML"),
    "half a list": ("a: 1\nb: [\n", 3, "expected YAML"),
}


@pytest.mark.parametrize(("text", "line", "said"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_told_with_file_and_line(text: str, line: int, said: str) -> None:
    with pytest.raises(Unreadable, match=rf"^shop\.yaml:{line}: .*{said}"):
        read_yaml(text, "shop.yaml")


Read = Callable[[Path], Any]
READERS: dict[str, tuple[Read, type[Exception]]] = {
    "catalogue": (catalogue.load, CatalogueError),
    "senders": (senders.load, SendersUnreadable),
    "scenario": (read_part_of_scenario, ScenarioError),
}


@pytest.mark.parametrize("what", READERS)
@pytest.mark.parametrize(("text", "line", "said"), WRONG.values(), ids=list(WRONG))
def test_every_file_that_people_write_is_read_so(tmp_path: Path, what: str, text: str, line: int, said: str) -> None:
    read, error = READERS[what]
    file = tmp_path / "written.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=rf"written\.yaml:{line}: .*{said}"):
        read(file)


@pytest.mark.parametrize("what", READERS)
def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path, what: str) -> None:
    read, error = READERS[what]
    file = tmp_path / "written.yaml"
    file.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(error, match=r"written\.yaml:2: expected text in UTF-8"):
        read(file)


@pytest.fixture(autouse=True)
def no_page_is_kept() -> Iterator[None]:
    yield
    prompts.page.cache_clear()


def test_a_role_s_page_is_read_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    page = "---\ntitle: API Tester\nsummary: tests\ntitle: Another\nmodel: quick\n---\nWords.\n"
    monkeypatch.setattr(prompts, "_read", {"roles/made_up.md": page}.__getitem__)
    with pytest.raises(Unreadable, match=r"^roles/made_up\.md:4: title: expected once, is there twice"):
        prompts.page("made_up")


def test_rules_between_the_words_of_a_page_stay_words(monkeypatch: pytest.MonkeyPatch) -> None:
    page = "---\ntitle: T\nsummary: s\nmodel: quick\n---\nWords.\n\n## act\nbefore\n---\nafter\n"
    monkeypatch.setattr(prompts, "_read", {"roles/made_up.md": page}.__getitem__)
    assert prompts.page("made_up").duties == {"act": "before\n---\nafter"}


def test_however_many_lines_a_bomb_has_it_is_refused_at_its_seventh() -> None:
    with pytest.raises(Unreadable, match=r"^shop\.yaml:7: "):
        read_yaml(bomb(levels=500), "shop.yaml")


def test_aliases_and_what_is_merged_are_read_and_their_lines_are_known() -> None:
    document = read_yaml("base: &base\n  url: a\n  step: 1\nshop:\n  <<: *base\n  url: b\n", "shop.yaml")
    assert document.content["shop"] == {"url": "b", "step": 1}
    assert document.at(["shop", "url"]) == "shop.yaml:6: shop.url"
    assert document.at(["shop", "step"]) == "shop.yaml:3: shop.step"


@given(TREES)
def test_a_tree_is_read_as_it_was_written(tree: Any) -> None:
    assert read_yaml(yaml.safe_dump(tree, allow_unicode=True), "x").content == tree
    assert read_json(json.dumps(tree), "x").content == tree


@given(LETTERS, TREES, st.integers(0, 15), st.booleans())
def test_a_name_that_stands_twice_is_found_wherever_it_stands(name: str, tree: Any, depth: int, same: bool) -> None:
    value = json.dumps(tree)
    text = f'{{"other": 1,\n"{name}": {value},\n"{name}": {value if same else 7}}}'
    for _ in range(depth):
        text = f'[{{"in": {text}}}]'
    for read in (read_yaml, read_json):
        with pytest.raises(Unreadable, match=rf"^x:3: .*{name}: expected once, is there twice"):
            read(text, "x")


def told(read: Callable[[str, str], Any], text: str) -> str:
    """What is wrong with a text, or that it was read."""
    try:
        read(text, "shop.yaml")
    except Unreadable as error:
        return str(error)
    return "shop.yaml: was read"


@settings(max_examples=300)
@given(WRITTEN)
def test_any_text_is_read_or_refused_with_its_line(text: str) -> None:
    for read in (read_yaml, read_json):
        assert told(read, text).startswith("shop.yaml:")


@pytest.mark.parametrize("levels", [DEEPEST + 1, 900, 100_000])
def test_json_that_is_too_deep_is_refused_with_its_line(levels: int) -> None:
    with pytest.raises(Unreadable, match=r"^alert\.json:2: expected at most 40 levels"):
        read_json('{"a":\n' + "[" * levels + "]" * levels + "}", "alert.json")


def test_json_that_is_no_yaml_is_as_strict() -> None:
    assert read_json('{"a":\t1}', "alert.json").content == {"a": 1}
    with pytest.raises(Unreadable, match=r"^alert\.json.*a: expected once, is there twice"):
        read_json('{"a":\t1, "a":\t{"b":\t"\\ud83d\\ude00"}}', "alert.json")


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', '[{"b": {"a": 1, "a": 1}}]', "NaN", "[Infinity]", "[" * 100_000, "{"]
)
def test_json_is_as_strict(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        strict_json(text)
    with pytest.raises(Unreadable, match=r"^alert\.json"):
        read_json(text, "alert.json")


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(Unreadable, match=r"nowhere\.yaml: expected a readable file"):
        text_of(Path("nowhere.yaml"))
