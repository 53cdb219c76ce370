"""Where messages may go, and what may happen to one."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.webhooks.rules import (
    TRANSITIONS,
    DeliveryAction,
    DeliveryNotReady,
    DeliveryState,
    EndpointRefused,
    EventKind,
    check_kinds,
    check_url,
    may,
    may_connect,
    next_state,
    secret_is_good,
)

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@given(state=st.sampled_from(DeliveryState), action=st.sampled_from(DeliveryAction))
def test_only_what_the_table_has_may_happen(state, action):
    if (state, action) in TRANSITIONS:
        assert may(state, action)
        assert next_state(state, action) == TRANSITIONS[state, action]
    else:
        assert not may(state, action)
        with pytest.raises(DeliveryNotReady, match=state.label.lower()):
            next_state(state, action)


def test_every_state_can_be_reached_and_a_delivered_message_stays_delivered():
    reached = {DeliveryState.QUEUED} | set(TRANSITIONS.values())
    assert reached == set(DeliveryState)
    assert not [start for start, _action in TRANSITIONS if start is DeliveryState.DELIVERED]


@pytest.mark.parametrize(
    "url",
    ["https://chat.example.org/hooks/abc", "https://chat.example.org:8443/h?a=b", "https://[2001:db8::1]/h"],
)
def test_addresses_with_tls_are_taken(url):
    assert check_url(f" {url} ", loopback=False) == url


@pytest.mark.parametrize("url", ["http://localhost:8000/x", "http://127.0.0.1/x", "http://[::1]:9/x"])
def test_this_computer_is_taken_without_tls_only_where_that_is_allowed(url):
    assert check_url(url, loopback=True) == url
    with pytest.raises(EndpointRefused, match="https"):
        check_url(url, loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "chat.example.org",
        "http://chat.example.org/x",
        "ftp://chat.example.org/x",
        "https://",
        "https://chat.example.org:0/x",
        "https://chat.example.org:port/x",
        "https://[::1/x",
        "https://user:word@chat.example.org/x",
        "https://chat.example.org/x#part",
        "https://chat.example.org/a b",
        "https://chät.example.org/x",
        "file:///etc/passwd",
    ],
)
def test_other_addresses_are_refused_with_a_sentence_at_their_field(url):
    with pytest.raises(EndpointRefused) as refused:
        check_url(url, loopback=True)
    assert refused.value.field == "url"
    assert refused.value.message.endswith((".", "sent."))


def test_kinds_are_kept_in_their_order_and_none_or_unknown_ones_refused():
    assert check_kinds(["job.late", "renewal.step_told"]) == ["renewal.step_told", "job.late"]
    with pytest.raises(EndpointRefused, match=r"Unknown event sponsor\.born"):
        check_kinds(["job.late", "sponsor.born"])
    with pytest.raises(EndpointRefused, match="at least one"):
        check_kinds([])


def test_no_kind_is_the_one_of_tests():
    assert "webhook.test" not in EventKind.values


PRIVATE = [
    "10.0.0.1",
    "172.16.3.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "fd00::1",
    "fe80::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_for_those_who_allow_them(address):
    assert not may_connect(address, private=False, loopback=True)
    assert may_connect(address, private=True, loopback=False)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_this_computer_is_for_those_who_allow_it(address):
    assert not may_connect(address, private=False, loopback=False)
    assert may_connect(address, private=False, loopback=True)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "224.0.0.1", "ff02::1"])  # noqa: S104  # refused, not listened on
def test_nobody_allows_what_is_no_single_computer(address):
    assert not may_connect(address, private=True, loopback=True)


@pytest.mark.parametrize("address", ["151.101.1.140", "2a04:4e42::140", "64:ff9b::9765:18c"])
def test_public_addresses_are_open(address):
    assert may_connect(address, private=False, loopback=False)


@given(address=st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="192.168.0.0/16"))
def test_no_way_of_writing_makes_a_private_address_public(address):
    wrapped = [
        str(address),
        f"::ffff:{address}",
        str(ipaddress.IPv6Address((0x64FF9B << 96) | int(address))),
        str(ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80))),
    ]
    assert not any(may_connect(each, private=False, loopback=True) for each in wrapped)


def test_the_secret_before_signs_until_its_end():
    assert not secret_is_good(None, NOW)
    assert secret_is_good(NOW + timedelta(seconds=1), NOW)
    assert not secret_is_good(NOW, NOW)
