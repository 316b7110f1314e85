"""Where Callward may connect to: addresses of the public Internet, and networks that the operator named.

A name is resolved once; every address it has is judged, and the connection goes to one of those, not to the name again.
"""

import ipaddress
import socket
import ssl
from collections.abc import Sequence
from functools import cache
from http.client import HTTPConnection, HTTPSConnection

from django.conf import settings

from recordings.domain.errors import AudioNotReady, AudioUnreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


def networks() -> tuple[Network, ...]:
    """What EGRESS_NETWORKS names beside the public Internet."""
    return _read(tuple(settings.EGRESS_NETWORKS))


@cache
def _read(named: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(name, strict=False) for name in named)


def is_named(address: Address) -> bool:
    """Whether the operator named its network: then plain HTTP and any port are theirs to choose."""
    return any(address in network for network in networks() if network.version == address.version)


def may_reach(address: Address) -> bool:
    """`93.184.216.34` yes; `127.0.0.1`, `10.0.0.1`, `169.254.169.254`, `::ffff:10.0.0.1`, `100.64.0.1` no."""
    if is_named(address):
        return True
    if isinstance(address, ipaddress.IPv6Address) and (inner := _inner(address)) is not None:
        return may_reach(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that this one stands for."""
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def resolved(host: str, port: int) -> list[Address]:
    """Every address of the host. Raises AudioUnreachable: one may not be reached; AudioNotReady: none is found."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AudioNotReady("The name of the audio's host cannot be resolved.") from error
    addresses = list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
    if not all(may_reach(address) for address in addresses):
        raise AudioUnreachable("The audio's host lies in a network that is not open to Callward (EGRESS_NETWORKS).")
    return addresses


def _connected(addresses: Sequence[Address], port: int) -> socket.socket:
    """To the first that answers; who answers is who was judged."""
    for address in addresses:
        try:
            link = socket.create_connection((str(address), port), timeout=CONNECT_SECONDS)
        except OSError:
            continue
        link.settimeout(READ_SECONDS)
        return link
    raise AudioNotReady("The audio's host does not answer.")


class GuardedConnection(HTTPConnection):
    """Plain HTTP, only into networks that the operator named."""

    def connect(self) -> None:
        addresses = resolved(self.host, self.port)
        if not all(is_named(address) for address in addresses):
            raise AudioUnreachable("Audio is fetched by https only, but from networks in EGRESS_NETWORKS.")
        self.sock = _connected(addresses, self.port)


class GuardedTLSConnection(HTTPSConnection):
    """HTTPS with a certificate for the name; another port than 443 only in networks that the operator named."""

    def connect(self) -> None:
        addresses = resolved(self.host, self.port)
        if self.port != 443 and not all(is_named(address) for address in addresses):
            raise AudioUnreachable("Audio is fetched from port 443 only, but from networks in EGRESS_NETWORKS.")
        link = _connected(addresses, self.port)
        try:
            self.sock = ssl.create_default_context().wrap_socket(link, server_hostname=self.host)
        except (OSError, ssl.SSLError) as error:
            link.close()
            raise AudioNotReady("No secure connection to the audio's host came about.") from error
