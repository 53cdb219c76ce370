"""Addresses that belong to no slice."""


def test_browsers_find_the_icon_where_they_look_for_it(client, db):
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer.url == "/static/bursar/icon.svg"
