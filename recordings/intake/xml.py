"""XML from outside: no document type, no entities, nothing fetched, not deep. `defusedxml` refuses the bombs."""

from typing import Any
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from recordings.domain.errors import DeliveryUnreadable

MOST_DEPTH = 32
MOST_NODES = 5_000


def parsed(data: bytes) -> Element:
    """The root. Raises DeliveryUnreadable."""
    try:
        root: Element = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise DeliveryUnreadable("xml_forbidden", "XML with a document type or entities is refused.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise DeliveryUnreadable("bad_xml", "The body is not well-formed XML.") from error
    _assert_small(root)
    return root


def _assert_small(root: Element) -> None:
    level, count, depth = [root], 0, 0
    while level:
        count += len(level)
        depth += 1
        if count > MOST_NODES or depth > MOST_DEPTH:
            raise DeliveryUnreadable("bad_xml", "The XML is nested too deep, or has too many elements.")
        level = [child for node in level for child in node]


def name_of(node: Element) -> str:
    """Without its namespace: old recorders have other ones, and prefixes."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def children(node: Element, name: str) -> list[Element]:
    return [child for child in node if name_of(child) == name]


def said(node: Element | None, *path: str) -> str:
    """The text of the first element down this path; empty where there is none."""
    for name in path:
        node = next(iter(children(node, name)), None) if node is not None else None
    return (node.text or "").strip() if node is not None else ""


def as_dict(node: Element) -> dict[str, Any]:
    """Elements as members, the first of a name; a leaf as its text."""
    found: dict[str, Any] = {}
    for child in node:
        found.setdefault(name_of(child), as_dict(child) if len(child) else (child.text or "").strip())
    return found
