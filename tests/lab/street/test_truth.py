"""The truth is read from what users met."""

from pathlib import Path

from tests.lab.street.truth import Stretch, Truth, Visit, read, truth_of


def visits(bad: range, slow: range = range(0), until: int = 600) -> list[Visit]:
    """Ten users a second from second 100 on; those with a number in `bad` meet an error, in `slow` they wait."""
    return [
        Visit(100 + number / 10, "/", 500 if number in bad else 200, 2.0 if number in slow else 0.1)
        for number in range(until)
    ]


def test_users_are_hurt_from_the_first_bad_request_to_the_end_of_the_last() -> None:
    (stretch,) = truth_of(visits(range(205, 300))).stretches
    assert stretch == Stretch(120.5, 130.0)


def test_who_waits_too_long_is_hurt_as_well() -> None:
    (stretch,) = truth_of(visits(range(0), slow=range(200, 260))).stretches
    assert stretch == Stretch(120.0, 127.9)


def test_a_single_failed_request_is_no_damage() -> None:
    assert truth_of(visits(range(205, 207))).stretches == []


def test_a_small_share_of_failed_requests_is_no_damage() -> None:
    spread = [Visit(100 + n / 10, "/", 500 if n % 20 == 0 else 200, 0.1) for n in range(600)]
    assert truth_of(spread).stretches == []


def test_one_page_that_fails_hurts_however_well_the_others_do() -> None:
    well = [Visit(100 + n / 10, "/", 200, 0.1) for n in range(600)]
    booking = [Visit(100 + n, "/book", 500 if 20 <= n < 30 else 200, 0.1) for n in range(60)]
    (stretch,) = truth_of([*well, *booking]).stretches
    assert stretch == Stretch(120, 129.1)


def test_two_stretches_with_health_between_them_are_two() -> None:
    both = [
        *visits(range(100, 150), until=300),
        *[v._replace(at=v.at + 30) for v in visits(range(100, 150), until=300)],
    ]
    truth = truth_of(both)
    assert [round(stretch.begin) for stretch in truth.stretches] == [110, 140]
    assert round(truth.seconds) == 10


def test_broken_and_healthy_are_read_with_a_margin() -> None:
    truth = Truth([Stretch(100, 120)])
    assert truth.broken_at(101)
    assert not truth.broken_at(101, margin=5)
    assert truth.broken_at(110, margin=5)
    assert not truth.healthy_at(110, 0)
    assert truth.healthy_at(121, 0)
    assert not truth.healthy_at(125, 9)
    assert truth.healthy_at(130, 9)


def test_a_line_that_is_being_written_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text('{"at": 1.0, "page": "/", "status": 200, "seconds": 0.1}\n{"at": 2.0, "pa')
    assert read(path) == [Visit(1.0, "/", 200, 0.1)]
    assert read(tmp_path / "none") == []
