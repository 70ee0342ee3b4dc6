"""A misspelt key is told with the nearest that may stand there, however deep it stands."""

from pathlib import Path

import pytest

from agents.io.catalogue import CatalogueError, load


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("servces: {}", "catalogue.yaml:1: servces: there is no key servces here; did you mean services?"),
        (
            "services:\n  shop:\n    tier: 1\n    ownr: ada\n",
            "catalogue.yaml:4: services.shop.ownr: there is no key ownr here; did you mean owner?",
        ),
        (
            "services: {shop: {objectives: {availabilty: 99}}}",
            "services.shop.objectives.availabilty: there is no key availabilty here; did you mean availability?",
        ),
        ("policy: [{verdict: auto, servce: a}]", "policy.0.servce: there is no key servce here; did you mean service?"),
        (
            "mcp: {tickets: {command: [a], read_only: {devops_automator: [a]}, secnds: 3}}",
            "mcp.tickets.secnds: there is no key secnds here; did you mean seconds?",
        ),
        (
            "webhooks: [{url: 'https://a.example/', secret: b, events: [run.resolvd]}]",
            "webhooks.0.events.0: run.resolvd is none of the words that may stand here; did you mean run.resolved",
        ),
        ("services: {shop: {kind: zzz}}", "services.shop.kind: Input should be 'web', 'api'"),
        ("knowledge: {folder: a, xxx: b}", "knowledge.xxx: there is no key xxx here; there is folder"),
    ],
)
def test_a_misspelt_key_is_told_with_its_place_and_the_nearest(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "catalogue.yaml").write_text(written)
    with pytest.raises(CatalogueError) as refused:
        load(tmp_path / "catalogue.yaml")
    assert said in str(refused.value)


def test_what_a_validator_says_stands_without_the_name_of_its_exception(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text("services: {shop: {depends_on: [nowhere]}}")
    with pytest.raises(CatalogueError, match="services: shop depends on nowhere"):
        load(tmp_path / "catalogue.yaml")
