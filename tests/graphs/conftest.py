"""Asserts of the contract suite are shown as those of the tests are."""

import pytest

for part in ("runner", "questions", "restart"):
    pytest.register_assert_rewrite(f"tests.graphs.{part}_contract")
