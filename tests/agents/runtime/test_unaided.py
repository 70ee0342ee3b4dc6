"""What people say of how it went away."""

import pytest

from agents.runtime.unaided import is_called_unaided


@pytest.mark.parametrize(
    "words",
    [
        "it went away by itself, nobody did anything",
        "Recovered on its own.",
        "no one touched anything",
        "I did not do anything, it is back",
        "Ging von selbst wieder",
        "it healed itself without any intervention from us",
        "nobody changed anything; the alert cleared",
    ],
)
def test_who_says_that_nobody_did_anything_is_taken_at_their_word(words: str) -> None:
    assert is_called_unaided(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "I restarted it",
        "it did not come back by itself, I restarted it",
        "it went away by itself after I renewed the certificate",
        "nobody did anything until I put the old configuration back",
        "we changed nothing but the pool size",
        "did it go away by itself?",
        "I ended the session that held the lock",
        "the process would never have started by itself",
    ],
)
def test_who_tells_of_something_that_was_done_does_not_say_that_it_went_by_itself(words: str) -> None:
    assert not is_called_unaided(words)
