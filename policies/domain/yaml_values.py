"""YAML as plain values: text, true, false, null, lists, objects. What surprises people in YAML is refused."""

import re
from typing import Any

import yaml

from policies.domain.errors import PolicyFileRefused

LONGEST_FILE = 200_000  # characters
DEEPEST = 24
_NULL = re.compile(r"(?:~|null|)\Z")
_BOOL = re.compile(r"(?:true|false)\Z")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")


class _Values(yaml.SafeLoader):
    """Norway's code stays NO, a date stays text; no aliases, tags or keys that stand twice."""

    yaml_implicit_resolvers: dict[Any, Any] = {}
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _at(event.start_mark, "Anchors and aliases are not read. Write the part out.")
        if getattr(event, "tag", None):
            raise _at(event.start_mark, "Tags are not read. Write the value alone.")
        if self.depth >= DEEPEST:
            raise _at(event.start_mark, f"It is nested deeper than {DEEPEST} levels.")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _ValuesAndNumbers(_Values):
    """For files of example calls, where an expectation may be a number."""

    yaml_implicit_resolvers: dict[Any, Any] = {}


for _loader in (_Values, _ValuesAndNumbers):
    _loader.add_implicit_resolver("tag:yaml.org,2002:null", _NULL, ["~", "n", ""])
    _loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOL, ["t", "f"])
_ValuesAndNumbers.add_implicit_resolver("tag:yaml.org,2002:int", _NUMBER, list("-0123456789"))


class YamlValues:
    """A YAML text's `value`, and `lines`: the line, from 1, of each part by its JSON pointer.

    Raises PolicyFileRefused, with line and column.
    """

    def __init__(self, text: str, *, with_numbers: bool = False) -> None:
        if len(text) > LONGEST_FILE:
            raise PolicyFileRefused(f"A file has at most {LONGEST_FILE} characters.")
        self.lines: dict[str, int] = {}
        try:
            loader = (_ValuesAndNumbers if with_numbers else _Values)(text)
            node = loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            raise _at(error.problem_mark or error.context_mark, f"{error.problem or error.context}.") from error
        except yaml.YAMLError as error:
            raise PolicyFileRefused(f"The file is no YAML: {str(error).splitlines()[0]}.") from error
        self.value: Any = self._of(node, "") if node is not None else None

    def _of(self, node: yaml.Node, pointer: str) -> Any:
        self.lines[pointer] = node.start_mark.line + 1
        if isinstance(node, yaml.SequenceNode):
            return [self._of(item, f"{pointer}/{index}") for index, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, pointer)
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, pointer: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _at(key.start_mark, "A key is text.")
            if key.value in found:
                raise _at(key.start_mark, f"The key {key.value} stands twice. Keep one of them.")
            found[key.value] = self._of(value, f"{pointer}/{key.value}")
            self.lines[f"{pointer}/{key.value}"] = key.start_mark.line + 1
        return found


def _scalar(node: yaml.Node) -> Any:
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return node.value == "true"
    return int(node.value) if kind == "int" else node.value


def _at(mark: yaml.Mark | None, detail: str) -> PolicyFileRefused:
    where = f"Line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return PolicyFileRefused(where + detail[:1].upper() + detail[1:])
