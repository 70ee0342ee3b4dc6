"""Ports: what their declarations say of their arguments."""

import pytest
from pydantic import ValidationError

from agents.readings.searches import LogSearch
from agents.tools.ports import search_logs, usage


def test_a_port_whose_question_is_a_model_takes_its_fields_as_arguments() -> None:
    assert search_logs.arguments is LogSearch
    asked = search_logs.bind(LogSearch(service="shop", text="refused"))
    assert (asked["service"], asked["text"], asked["minutes"]) == ("shop", "refused", 30)
    assert search_logs.bind(search=LogSearch(service="shop", text="refused")) == asked


def test_what_stands_below_a_field_of_a_question_is_told_to_a_model() -> None:
    fields = search_logs.arguments.model_json_schema()["properties"]
    assert fields["instance"]["description"] == "Written by this instance, pod or host."
    assert fields["minutes"]["maximum"] == 1440


def test_a_port_with_single_arguments_takes_these() -> None:
    assert usage.bind("shop") == {"service": "shop"}
    with pytest.raises(ValidationError):
        usage.arguments.model_validate({"service": "shop", "minutes": 3})
