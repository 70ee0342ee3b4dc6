"""The benchmarks still run; how long things take is not asserted here."""

from tests.benchmarks.restart import restarts


def test_a_restart_of_many_looks_after_every_run_and_the_overdue_first() -> None:
    measured = restarts((11,))[0]
    assert measured["overdue_first"]
    assert 0 < measured["seconds_to_first_turn"] <= measured["seconds_until_all_are_looked_after"]
