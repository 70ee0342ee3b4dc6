"""Identity: an alert joins and ends only what the same sender sent under the same key in the same environment."""

from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.runtime.briefing import Alert
from graphs.intake.alerts import STORM_KEY, AlreadyOver
from graphs.intake.storms import PARENT
from graphs.model.identity import LOCAL, WARROOM, Proof, by_key, identity, known_as, plain, proof_of, sent_by, told
from tests.graphs.intake.test_alerts import Doors

GRAFANA = Proof("sender", "grafana", "Grafana HMAC")
PROOFS = (LOCAL, WARROOM, GRAFANA, by_key("grafana"), by_key("cron"), by_key("cron", in_address=True))
MANY = settings(max_examples=80, deadline=None, derandomize=True)


class Sent(NamedTuple):
    """What an alert is known by."""

    proof: Proof
    source: str
    environment: str
    key: str

    def alert(self, status: str = "firing") -> Alert:
        told = {"title": "it fails", "source": self.source, "environment": self.environment, "dedup_key": self.key}
        proved = {"sender": str(self.proof), "scheme": self.proof.how or "none"}
        return Alert.model_validate({**told, **proved, "status": status})

    def is_same_as(self, other: "Sent") -> bool:
        """By its parts, not by how they are put together."""
        who, whose = (self.proof.kind, self.proof.name), (other.proof.kind, other.proof.name)
        return who == whose and self[1:] == other[1:]


TEXTS = st.text(alphabet='a:/"[], \\\u00e9', min_size=1, max_size=4)
SENT = st.builds(
    Sent,
    st.sampled_from(PROOFS) | st.builds(by_key, TEXTS, st.just("") | TEXTS),
    st.sampled_from(["grafana", "storm", "warroom"]) | TEXTS,
    st.sampled_from(["", "production", "staging"]) | TEXTS,
    st.sampled_from(["k", "storm"]) | TEXTS,
)
PAIRS = st.tuples(SENT, SENT) | SENT.flatmap(
    lambda one: st.tuples(
        st.just(one),
        st.tuples(st.sampled_from(["proof", "source", "environment", "key", ""]), SENT).map(
            lambda other: one._replace(**{other[0]: getattr(other[1], other[0])}) if other[0] else one
        ),
    )
)


@MANY
@given(pair=PAIRS)
def test_a_resolve_ends_an_alert_if_and_only_if_it_is_the_same(pair: tuple[Sent, Sent]) -> None:
    fired, over = pair
    doors = Doors()
    run = doors.incidents.alerts.receive(fired.alert()).run
    if fired.is_same_as(over):
        assert doors.incidents.alerts.receive(over.alert("resolved")).run == run
    else:
        with pytest.raises(AlreadyOver):
            doors.incidents.alerts.receive(over.alert("resolved"))
    assert doors.incidents.facts(run).alert_resolved == fired.is_same_as(over)


@MANY
@given(pair=PAIRS)
def test_an_alert_joins_as_the_same_alert_if_and_only_if_it_is_the_same(pair: tuple[Sent, Sent]) -> None:
    first, second = pair
    doors = Doors()
    run = doors.incidents.alerts.receive(first.alert()).run
    joined = doors.incidents.alerts.receive(second.alert())
    assert (joined.run == run, joined.joined) == (first.is_same_as(second),) * 2


def test_no_text_in_one_part_of_an_identity_is_taken_for_another_part() -> None:
    parts = [*'/:," ', "a", "a/", "/a", "a/a", '", "', 'a", "a']
    told = [Sent(LOCAL, *three).alert() for three in product(parts, repeat=3)]
    assert len({identity(alert) for alert in told}) == len(parts) ** 3


@given(sent=SENT)
def test_what_was_written_down_of_a_proof_is_read_back(sent: Sent) -> None:
    assert told(str(sent.proof), sent.proof.how) == sent.proof
    assert proof_of(sent.alert())[:2] == sent.proof[:2]


def test_nobody_s_alert_is_the_storm_s_own_parent() -> None:
    assert identity(PARENT) == STORM_KEY
    for proof in PROOFS:
        forged = PARENT.model_copy(update={"sender": str(proof)})
        assert (identity(forged) == STORM_KEY) == (proof == WARROOM)


def test_a_proof_that_names_nobody_is_none() -> None:
    with pytest.raises(ValueError, match="names nobody"):
        told("anybody", "")


def test_a_key_of_another_name_for_the_same_sender_goes_on_and_so_does_another_key_of_the_same_name() -> None:
    assert str(by_key("old", "grafana")) == str(by_key("new", "grafana")) == str(GRAFANA)
    assert str(by_key("cron")) == str(by_key("cron", in_address=True)) != str(by_key("grafana"))


def test_a_sender_whose_key_is_unique_need_not_say_the_environment_again() -> None:
    fired = Sent(GRAFANA, "grafana", "production", "k").alert().model_copy(update={"key_is_unique": True})
    doors = Doors()
    run = doors.incidents.alerts.receive(fired).run
    over = fired.model_copy(update={"environment": "", "status": "resolved"})
    assert doors.incidents.alerts.receive(over).run == run


def test_a_name_is_the_same_however_it_is_written() -> None:
    names = ("Pager-Duty", "pager_duty", "PAGER DUTY ", "pager\u200bduty", "\uff50agerduty")
    assert {plain(name) for name in names} == {"pagerduty"}


def test_a_source_that_is_only_claimed_is_shown_with_the_key_that_was_proved() -> None:
    assert sent_by(Sent(by_key("cron"), "grafana", "", "k").alert()) == "grafana (by the key of cron)"
    assert sent_by(Sent(by_key("grafana"), "Grafana", "", "k").alert()) == "Grafana"
    assert sent_by(Sent(GRAFANA, "grafana", "", "k").alert()) == "grafana"


def test_a_sender_is_known_by_what_it_proved_and_by_what_it_says_only_where_nothing_had_to_be_proved() -> None:
    assert known_as(Sent(by_key("cron"), "grafana", "", "k").alert()) == "cron"
    assert known_as(Sent(LOCAL, "grafana", "", "k").alert()) == "grafana"
