"""The search of places that forms use."""

from flask.testing import FlaskClient


def test_cities_as_json(client: FlaskClient) -> None:
    found = client.get("/places/search?q=Пловд").get_json()
    assert found["places"][0]["label"] == "Plovdiv, Bulgaria"
    assert found["places"][0]["zone"] == "Europe/Sofia"


def test_cities_in_the_readers_language(client: FlaskClient) -> None:
    found = client.get("/places/search?q=plovd", headers={"Accept-Language": "bg"}).get_json()
    assert found["places"][0]["label"] == "Пловдив, България"


def test_options_for_htmx(client: FlaskClient) -> None:
    answer = client.get('/places/search?q=plovdiv, "', headers={"HX-Request": "true"})
    assert '<option value="Plovdiv, Bulgaria">' in answer.text


def test_any_text_is_answered(client: FlaskClient) -> None:
    for text in ("", "%00", "'", "a" * 3000, "*", "<script>"):
        assert client.get("/places/search", query_string={"q": text}).status_code == 200
