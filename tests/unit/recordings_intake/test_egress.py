"""The one way out: which addresses may be reached, and what is fetched from them, however badly they answer."""

import ipaddress
import socket

import pytest

from recordings.domain.errors import AudioNotReady, AudioTooLarge, AudioUnreachable
from recordings.egress import Fetch, credentials, fetched, guard, http
from recordings.egress.credentials import headers_for
from tests.web_server import web_server

BODY = bytes(range(256)) * 4096  # a megabyte


@pytest.fixture
def web(settings):
    settings.EGRESS_NETWORKS = ["127.0.0.0/8"]
    with web_server() as server:
        yield server


def whole(url: str, **headers: str) -> bytes:
    return b"".join(fetched(Fetch(url, headers)))


# --- addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "ff02::1", "192.0.2.1", "2001:db8::1",
    ],
)  # fmt: skip
def test_no_address_of_the_inside_is_reached(address):
    assert not guard.may_reach(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_addresses_of_the_public_internet_are(address):
    assert guard.may_reach(ipaddress.ip_address(address))


def test_a_network_that_the_operator_named_is_reached_and_no_other(settings):
    settings.EGRESS_NETWORKS = ["10.2.0.0/16"]
    assert guard.may_reach(ipaddress.ip_address("10.2.3.4"))
    assert not guard.may_reach(ipaddress.ip_address("10.3.0.1"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]"])
def test_however_the_inside_is_written_nothing_is_connected(host, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", _never)
    with pytest.raises((AudioUnreachable, AudioNotReady)):
        whole(f"https://{host}/a.wav")


def _never(*_, **__):
    raise AssertionError("it connected")


def test_a_name_of_which_one_address_lies_inside_is_not_connected_at_all(monkeypatch):
    both = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    monkeypatch.setattr(socket, "create_connection", _never)
    with pytest.raises(AudioUnreachable):
        whole("https://recordings.example.com/a.wav")


def test_the_connection_goes_to_the_address_that_was_judged_not_to_the_name_again(monkeypatch):
    answers = iter([[(2, 1, 6, "", ("93.184.216.34", 443))], [(2, 1, 6, "", ("127.0.0.1", 443))]])
    reached = []

    def connect(place, timeout):
        reached.append(place)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: next(answers))
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(AudioNotReady):
        whole("https://recordings.example.com/a.wav")
    assert reached == [("93.184.216.34", 443)]


@pytest.mark.parametrize(
    "url",
    ["ftp://a/b", "file:///etc/passwd", "https://user:secret@host/a", "https:///a", "https://a:99999/", "nonsense",
     "https://host/a b", "https://host/\r\nX: y"],
)  # fmt: skip
def test_what_is_no_address_is_never_fetched(url, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", _never)
    with pytest.raises(AudioUnreachable):
        whole(url)


@pytest.mark.parametrize("url", ["http://93.184.216.34/a.wav", "https://93.184.216.34:8443/a.wav"])
def test_beyond_named_networks_only_https_on_its_own_port(url, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", _never)
    with pytest.raises(AudioUnreachable):
        whole(url)


# --- bodies


def test_a_body_is_fetched_whole(web):
    web.answers["/a"] = lambda to: to.answer(200, BODY, Content_Type="audio/wav")
    assert whole(web.url("/a?x=1")) == BODY
    assert web.asked[0].path == "/a?x=1"


def test_a_body_that_breaks_off_is_continued_where_it_broke(web):
    def answer(to):
        start = int(to.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        end = min(start + 300_000, len(BODY))
        told = {"Content_Length": str(len(BODY) - start), "ETag": '"one"', "Content_Type": "audio/wav"}
        if start:
            assert to.headers["If-Range"] == '"one"'
            told["Content_Range"] = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
        to.answer(206 if start else 200, BODY[start:end], **told)

    web.answers["/a"] = answer
    assert whole(web.url("/a")) == BODY
    assert [one.headers.get("range") for one in web.asked] == [
        None, "bytes=300000-", "bytes=600000-", "bytes=900000-",
    ]  # fmt: skip


def test_a_body_that_changed_meanwhile_is_not_patched_together(web):
    def answer(to):
        again = "Range" in to.headers
        to.answer(200, BODY[:1000], Content_Length=str(len(BODY)), ETag='"two"' if again else '"one"')

    web.answers["/a"] = answer
    with pytest.raises(AudioNotReady, match="changed"):
        whole(web.url("/a"))


def test_a_body_that_breaks_off_and_cannot_be_continued_is_fetched_later(web):
    web.answers["/a"] = lambda to: to.answer(200, BODY[:1000], Content_Length=str(len(BODY)))
    with pytest.raises(AudioNotReady, match="broke off"):
        whole(web.url("/a"))


def test_more_than_audio_may_have_is_refused_by_its_length_and_by_what_comes(web, settings):
    settings.AUDIO_MAX_BYTES = 1000
    web.answers["/told"] = lambda to: to.answer(200, BODY)

    def untold(to):
        to.send_response(200)
        to.send_header("Connection", "close")
        to.end_headers()
        to.wfile.write(BODY[:2000])

    web.answers["/untold"] = untold
    for path in ("/told", "/untold"):
        with pytest.raises(AudioTooLarge):
            whole(web.url(path))


def test_a_body_that_takes_for_ever_is_given_up(web, monkeypatch):
    monkeypatch.setattr(http, "LONGEST_SECONDS", -1.0)
    web.answers["/a"] = lambda to: to.answer(200, BODY)
    with pytest.raises(AudioNotReady, match="longer"):
        whole(web.url("/a"))


def test_a_host_that_drips_is_given_up(web, monkeypatch):
    monkeypatch.setattr(http, "GRACE_SECONDS", -1.0)
    monkeypatch.setattr(http, "SLOWEST_BYTES_A_SECOND", 1 << 40)
    web.answers["/a"] = lambda to: to.answer(200, BODY)
    with pytest.raises(AudioNotReady, match="slower"):
        whole(web.url("/a"))


@pytest.mark.parametrize("kind", ["text/html", "application/json", "image/png"])
def test_what_is_no_audio_by_its_type_is_refused(web, kind):
    web.answers["/a"] = lambda to: to.answer(200, b"<html>", Content_Type=kind)
    with pytest.raises(AudioUnreachable):
        whole(web.url("/a"))


def test_a_packed_body_is_refused(web):
    web.answers["/a"] = lambda to: to.answer(200, b"x", Content_Encoding="gzip")
    with pytest.raises(AudioUnreachable):
        whole(web.url("/a"))


@pytest.mark.parametrize("status", [202, 404, 409, 425, 429, 500, 503])
def test_not_ready_is_asked_again_when_its_host_says(web, status):
    web.answers["/a"] = lambda to: to.answer(status, Retry_After="40")
    with pytest.raises(AudioNotReady) as later:
        whole(web.url("/a"))
    assert later.value.after_seconds == 40


@pytest.mark.parametrize("status", [400, 401, 403, 410])
def test_never_is_not_asked_again(web, status):
    web.answers["/a"] = lambda to: to.answer(status)
    with pytest.raises(AudioUnreachable):
        whole(web.url("/a"))


# --- redirects


def test_a_redirect_is_followed_and_credentials_stay_behind(web):
    web.answers["/a"] = lambda to: to.answer(302, Location=web.url("/b", host="127.0.0.2"))
    web.answers["/b"] = lambda to: to.answer(200, BODY)
    with pytest.raises(AudioNotReady):  # nobody listens on 127.0.0.2: it was tried all the same
        whole(web.url("/a"), Authorization="Basic c2VjcmV0")
    web.answers["/a"] = lambda to: to.answer(302, Location="/b")
    assert whole(web.url("/a"), Authorization="Basic c2VjcmV0") == BODY
    assert web.asked[-1].headers["authorization"] == "Basic c2VjcmV0"
    with web_server() as other:
        other.answers["/b"] = lambda to: to.answer(200, BODY)
        web.answers["/a"] = lambda to: to.answer(302, Location=other.url("/b"))
        assert whole(web.url("/a"), Authorization="Basic c2VjcmV0") == BODY
        assert "authorization" not in other.asked[0].headers


@pytest.mark.parametrize("inside", ["http://169.254.169.254/latest/", "http://10.0.0.1/", "file:///etc/passwd"])
def test_a_redirect_inside_is_not_followed(web, inside):
    web.answers["/a"] = lambda to: to.answer(302, Location=inside)
    with pytest.raises(AudioUnreachable):
        whole(web.url("/a"))


def test_redirects_in_a_circle_end(web):
    web.answers["/a"] = lambda to: to.answer(302, Location="/a")
    with pytest.raises(AudioNotReady, match="redirects"):
        whole(web.url("/a"))
    assert len(web.asked) == http.MOST_REDIRECTS + 1


# --- credentials


TWILIO = "https://api.twilio.com/2010-04-01/Accounts/AC0a1b/Recordings/RE1.wav"


def test_a_vendor_s_credentials_go_to_that_vendor_and_to_nobody_else():
    keys = {"auth_token": "secret"}
    assert headers_for("twilio", TWILIO, keys) == {"Authorization": "Basic QUMwYTFiOnNlY3JldA=="}
    for elsewhere in ("https://api.twilio.com.evil.example/Accounts/AC1/x", "https://evil.example/Accounts/AC1/x"):
        assert headers_for("twilio", elsewhere, keys) == {}


def test_zoom_s_token_is_asked_for_once_and_again_when_it_has_expired(web, monkeypatch):
    lives = [3600]

    def answer(to):
        to.answer(200, b'{"access_token":"t-%d","expires_in":%d}' % (len(web.asked), lives[0]))

    web.answers["/token"] = answer
    monkeypatch.setattr(credentials, "ZOOM_TOKENS", web.url("/token"))
    monkeypatch.setattr(credentials, "_tokens", {})
    keys = {"oauth_client_id": "c", "oauth_client_secret": "s", "oauth_account_id": "a b"}
    url = "https://zoom.us/v2/phone/recording/download/X"
    assert headers_for("zoom_phone", url, keys) == {"Authorization": "Bearer t-1"}
    assert headers_for("zoom_phone", url, keys) == {"Authorization": "Bearer t-1"}
    assert web.asked[0].path == "/token?grant_type=account_credentials&account_id=a%20b"
    credentials._tokens.clear()
    lives[0] = 0
    headers_for("zoom_phone", url, keys)
    headers_for("zoom_phone", url, keys)
    assert len(web.asked) == 3
    assert headers_for("zoom_phone", "https://zoom.us.evil.example/x", keys) == {}


def test_a_refused_token_is_told(web, monkeypatch):
    web.answers["/token"] = lambda to: to.answer(401)
    monkeypatch.setattr(credentials, "ZOOM_TOKENS", web.url("/token"))
    monkeypatch.setattr(credentials, "_tokens", {})
    with pytest.raises(AudioUnreachable):
        headers_for("zoom_phone", "https://zoom.us/x", {"oauth_client_id": "c", "oauth_client_secret": "s"})


def test_a_source_may_have_headers_for_hosts_of_its_own():
    given = {"audio_headers": {"pbx.example.com": {"Authorization": "Bearer x"}}}
    assert headers_for("asterisk", "https://pbx.example.com/a.wav", given) == {"Authorization": "Bearer x"}
    assert headers_for("asterisk", "https://other.example.com/a.wav", given) == {}
