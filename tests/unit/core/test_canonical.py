"""Digests: equal content has an equal digest, whatever its order; other content has another."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.canonical import canonical, digest

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def test_the_form_is_sorted_tight_and_utf_8() -> None:
    assert canonical({"b": [1, 2.5, None], "a": "é\n"}) == '{"a":"é\\n","b":[1,2.5,null]}'.encode()


def test_the_digest_is_the_sha_256_of_the_form() -> None:
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    assert digest(dict(reversed(value.items()))) == digest(value)


@given(JSON)
def test_a_value_keeps_its_digest_on_its_way_through_storage(value: object) -> None:
    assert digest(json.loads(json.dumps(value))) == digest(value)


@given(JSON)
def test_the_form_can_be_read_back_so_that_no_two_values_share_one(value: object) -> None:
    assert json.loads(canonical(value)) == value


def test_text_that_is_no_utf_8_still_has_a_form_of_its_own() -> None:
    assert digest("\ud800") != digest("\\ud800")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_say_has_no_form(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical(value)
