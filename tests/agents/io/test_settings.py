"""Settings: a variable that cannot be used is one line with its name, and nothing else ever comes of it."""

import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agents.io import settings as module
from agents.io.settings import Settings, WrongSetting, known_secrets, read
from tests.agents.surroundings import emptied
from tests.any_json import any_json

PRICE = '{"input": 1, "output": 2}'
WRONG = [
    ("WARROOM_STORM_FROM", "two"),
    ("WARROOM_STORM_FROM", "0"),
    ("WARROOM_STORM_FROM", "9" * 30),
    ("WARROOM_STORM_FROM", "9" * 5000),
    ("WARROOM_INVESTIGATIONS_AT_ONCE", "-1"),
    ("WARROOM_MODEL_SECONDS", "nan"),
    ("WARROOM_MODEL_SECONDS", "0"),
    ("WARROOM_KEEP_DAYS", "inf"),
    ("WARROOM_KEEP_DAYS", "1e300"),
    ("WARROOM_PATROL_MINUTES", "1e-9"),
    ("WARROOM_MINUTE_SECONDS", "1e-300"),
    ("WARROOM_MINUTE_SECONDS", "a while"),
    ("WARROOM_REVENUE_LIMIT", "-5"),
    ("WARROOM_LOG", "xml"),
    ("WARROOM_LOG_LEVEL", "loud"),
    ("WARROOM_PUBLIC_URL", "warroom.example"),
    ("OPENAI_BASE_URL", "localhost:11434/v1"),
    ("OPENAI_BASE_URL", "http://localhost:99999/v1"),
    ("WARROOM_MODEL_PRICES", "{"),
    ("WARROOM_MODEL_PRICES", "[]"),
    ("WARROOM_MODEL_PRICES", "[" * 100_000),
    ("WARROOM_MODEL_PRICES", f'{{"gpt-5": {PRICE}, "gpt-5": {PRICE}}}'),
    ("WARROOM_MODEL_PRICES", '{"gpt-5": {"input": 1, "input": 2, "output": 3}}'),
    ("WARROOM_MODEL_PRICES", '{"gpt-5": {"input": NaN, "output": 1}}'),
    ("WARROOM_MODEL_PRICES", '{"gpt-5": {"input": 1e999, "output": 1}}'),
    ("WARROOM_LIMITS_PER_DUTY", '{"model_calls": 1, "model_calls": 100}'),
    ("WARROOM_LIMITS_PER_DUTY", '{"model_calls": -1}'),
    ("WARROOM_LIMITS_PER_DUTY", '{"seconds": -1}'),
    ("WARROOM_LIMITS_PER_RUN", '{"token": 1}'),
    ("WARROOM_LIMITS_PER_RUN", '{"two\\nlines": 1}'),
    ("WARROOM_LIMITS_PER_RUN", "7"),
    ("WARROOM_LIMITS_PER_DAY", '{"tokens": "many"}'),
]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return emptied(monkeypatch)


@pytest.mark.parametrize(("name", "written"), WRONG, ids=lambda text: text[:40])
def test_a_wrong_value_is_told_with_the_variable_s_name(
    environment: pytest.MonkeyPatch, name: str, written: str
) -> None:
    environment.setenv(name, written)
    with pytest.raises(WrongSetting, match=rf"^{name}: \S") as told:
        read()
    assert "\n" not in str(told.value)


def test_every_wrong_one_of_several_is_told(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("WARROOM_STORM_FROM", "0")
    environment.setenv("WARROOM_LOG", "xml")
    with pytest.raises(WrongSetting, match=r"WARROOM_STORM_FROM: .*; WARROOM_LOG: "):
        read()


def test_a_name_that_stands_twice_is_told_with_it(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("WARROOM_MODEL_PRICES", f'{{"gpt-5": {PRICE}, "gpt-5": {PRICE}}}')
    with pytest.raises(WrongSetting, match=r"^WARROOM_MODEL_PRICES: .*gpt-5: expected once, is there twice"):
        read()


def test_a_limit_of_money_names_the_prices_that_it_needs(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("WARROOM_LIMITS_PER_RUN", '{"money": 1}')
    with pytest.raises(WrongSetting, match=r"^a limit of money needs WARROOM_MODEL_PRICES for gpt-5, gpt-5-mini$"):
        read()


@pytest.mark.parametrize("name", [f"WARROOM_{name}".upper() for name in Settings.model_fields if "openai" not in name])
def test_an_empty_variable_sets_nothing(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(name, "")
    assert read() == Settings()


NAMES = [
    str(field.validation_alias or f"WARROOM_{name}".upper())
    for name, field in Settings.model_fields.items()
    if "openai" not in name
]
TEXTS = (
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)
    | st.floats().map(str)
    | st.integers().map(str)
    | any_json("gpt-5", "input", "output", "model_calls", "tokens", "money").map(json.dumps)
)


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=400
)
@given(st.dictionaries(st.sampled_from([*NAMES, "OPENAI_BASE_URL", "OPENAI_API_KEY"]), TEXTS, max_size=3))
def test_any_text_in_any_variable_is_a_setting_or_one_line(
    environment: pytest.MonkeyPatch, written: dict[str, str]
) -> None:
    with environment.context() as patched:
        for name, text in written.items():
            patched.setenv(name, text)
        try:
            taken = read()
        except WrongSetting as wrong:
            assert "\n" not in str(wrong)  # noqa: PT017 - either outcome is right
            assert any(name in str(wrong) for name in [*written, "WARROOM_MODEL_PRICES"])  # noqa: PT017
        else:
            assert taken.api_key == taken.api_key.strip()


@pytest.mark.parametrize("written", ["k", "k\n", " k\r\n"])
def test_a_line_break_behind_the_key_is_not_part_of_it(environment: pytest.MonkeyPatch, written: str) -> None:
    environment.setenv("OPENAI_API_KEY", written)
    assert (read().api_key, read().has_model) == ("k", True)


@pytest.mark.parametrize("written", ["", "\n", "  "])
def test_a_key_of_blanks_is_none(environment: pytest.MonkeyPatch, written: str) -> None:
    environment.setenv("OPENAI_API_KEY", written)
    assert (read().api_key, read().has_model) == ("", False)


def test_a_secret_is_known_without_the_line_break_behind_it(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("VENDOR_TOKEN", "0123456789abcdef\n")
    known_secrets.cache_clear()
    try:
        assert "0123456789abcdef" in known_secrets()
    finally:
        known_secrets.cache_clear()


def test_what_is_given_counts_before_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("WARROOM_STORM_FROM", "7")
    assert (read().storm_from, read(storm_from=9).storm_from) == (7, 9)
    with pytest.raises(WrongSetting, match=r"^OPENAI_BASE_URL: expected an address"):
        read(openai_base_url="nowhere")


def test_the_settings_of_the_process_are_read_once(environment: pytest.MonkeyPatch) -> None:
    module.settings.cache_clear()
    try:
        assert module.settings() is module.settings()
    finally:
        module.settings.cache_clear()
