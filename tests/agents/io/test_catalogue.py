"""The catalogue: what it says of the features of a service."""

from typing import Any

import pytest
from pydantic import ValidationError

from agents.io.catalogue import Catalogue, Service


@pytest.mark.parametrize(
    ("endpoint", "feature"),
    [("/pay", "Payment"), ("/orders/7", "Orders"), ("/orders/new", "Placing orders"), ("/login", ""), ("/pays", "")],
)
def test_the_feature_of_an_endpoint_is_the_one_declared_for_it_or_for_a_pattern_that_fits(
    endpoint: str, feature: str
) -> None:
    features = {"/pay": "Payment", "/orders/*": "Orders", "/orders/new": "Placing orders"}
    assert Service(features=features).feature(endpoint) == feature


@pytest.mark.parametrize("name", ["Checkout", "Issues and wikis", "Buy & sell", "Pay in 3", "Bücher", "Kids' room"])
def test_a_name_of_plain_words_is_fit(name: str) -> None:
    assert Service(features={"/a": name}).features == {"/a": name}


@pytest.mark.parametrize(
    "features",
    [
        *(
            {"/a": name}
            for name in ("", " ", "/checkout", "a/b", "place_order", "a.example", "<b>", " Cart", "42", "a\nb")
        ),
        {" ": "Checkout"},
    ],
)
def test_a_name_that_customers_may_not_read_is_refused(features: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Service(features=features)


def test_no_feature_is_called_as_a_service_is() -> None:
    services: dict[str, Any] = {"pay": {"public_name": "Payments"}, "shop": {"features": {"/pay": "payments"}}}
    with pytest.raises(ValidationError, match="shop has the feature payments"):
        Catalogue.model_validate({"services": services})


def test_features_that_nothing_can_measure_are_doubted() -> None:
    features: dict[str, Any] = {"features": {"/pay": "Payment"}}
    metrics = {**features, "observe": {"metrics": {"driver": "prometheus"}}}
    (doubt,) = Catalogue.model_validate({"services": {"shop": features, "other": metrics, "rest": {}}}).doubts()
    assert doubt == "the features of shop are never told: nothing observes its requests by endpoint"
