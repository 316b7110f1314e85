"""A manifest: one CSV file, one line a call, whose columns say what a request of `POST recordings/` would."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recordings.domain.errors import FileRefused, ImportRefused
from recordings.importing.folders import Found, looked_up, shown

# Column: what it fills. `file` names the audio, below the manifest's own folder.
PLAIN = {
    "source", "external_id", "started_at", "ended_at", "duration_s", "direction", "medium", "line_of_business",
    "sha256", "decision",
}  # fmt: skip
LISTS = {"purposes"}  # parted by ;
JSONS = {"parties", "consent", "facts"}
PARTIES = {"agent", "customer", "third_party"}  # `customer_number`, `customer_name`, `customer_jurisdiction`, …
PARTS = ("number", "name", "jurisdiction")
AGENT = {"agent_id": "id", "agent_name": "name"}
CONSENT = {"consent_method", "consent_result", "consent_party", "consent_offset_s"}
COLUMNS = {
    "file", *PLAIN, *LISTS, *JSONS, *AGENT, *CONSENT, *(f"{role}_{part}" for role in PARTIES for part in PARTS),
}  # fmt: skip
FACT = "fact_"  # `fact_sector`: one fact of the call
LONGEST_LINE = 1 << 16


def files_named_in(manifest: Path) -> Iterator[Found]:
    """The files that it names, line by line, each with its row. Raises ImportRefused: it is no manifest."""
    with _opened(manifest) as text:
        reader = csv.reader(_bounded(text), strict=True)
        columns = _columns(next(reader, []))
        try:
            for number, cells in enumerate(reader, start=2):
                if not any(cells):
                    continue
                if len(cells) != len(columns):
                    problem = FileRefused("columns", f"The line has {len(cells)} cells, the first has {len(columns)}.")
                    yield Found(shown(cells[0]), number=number, problem=problem)
                    continue
                row = {name: cell.strip() for name, cell in zip(columns, cells, strict=True) if cell.strip()}
                file = row.pop("file", "")
                if not file:
                    yield Found("", number=number, problem=FileRefused("columns", "The line names no file."))
                    continue
                yield looked_up(manifest.parent, file, number=number, row=row)
        except csv.Error as error:
            raise ImportRefused(f"The manifest is not CSV from line {reader.line_num} on: {error}.") from error
        except UnicodeDecodeError as error:
            raise ImportRefused("The manifest is not UTF-8. Save it as CSV in UTF-8.") from error


def document_of(row: Mapping[str, str]) -> dict[str, Any]:
    """What a row says, in the shape of a request. Raises FileRefused."""
    document: dict[str, Any] = {name: row[name] for name in PLAIN if row.get(name)}
    if words := row.get("purposes"):
        document["purposes"] = [word.strip() for word in words.split(";") if word.strip()]
    for name in JSONS & set(row):
        document[name] = _json(row[name], name)
    if agent := {part: row[column] for column, part in AGENT.items() if row.get(column)}:
        document["agent"] = agent
    told = document.get("parties", [])
    if parties := [*told, *(one for one in _parties(row) if not _is_told(one, told))]:
        document["parties"] = parties
    if facts := {name.removeprefix(FACT): value for name, value in row.items() if name.startswith(FACT)}:
        document["facts"] = {**document.get("facts", {}), **facts}
    if row.get("consent_method"):
        document["consent"] = [*document.get("consent", []), _consent(row)]
    return document


def row_of_side_file(content: bytes) -> dict[str, str]:
    """The one line of a side file in CSV. Raises FileRefused."""
    try:
        rows = [row for row in csv.reader(content.decode("utf-8-sig").splitlines(), strict=True) if any(row)]
        if len(rows) != 2 or len(rows[0]) != len(rows[1]):
            raise FileRefused("side_file", "Its side file holds not one line of names and one of values.")
        columns = _columns(rows[0], needs_file=False)
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileRefused("side_file", "Its side file is not CSV in UTF-8.") from error
    except ImportRefused as error:
        raise FileRefused("side_file", f"Its side file: {error}") from error
    values = {name: cell.strip() for name, cell in zip(columns, rows[1], strict=True) if cell.strip()}
    return {name: value for name, value in values.items() if name != "file"}


def _parties(row: Mapping[str, str]) -> list[dict[str, str]]:
    """Agent, customer and third party as columns; the agent's own name and id stand in `agent_name`, `agent_id`."""
    found = []
    for role in ("agent", "customer", "third_party"):
        said = {part: row[f"{role}_{part}"] for part in PARTS if row.get(f"{role}_{part}")}
        if said or (role == "agent" and row.get("agent_id")):
            found.append({"role": role, **said})
    return found


def _is_told(agent: Mapping[str, str], told: list[Any]) -> bool:
    """Whether this is but the agent's name, of an agent who stands among the parties already."""
    is_name = agent["role"] == "agent" and agent.keys() <= {"role", "name"}
    return is_name and any(isinstance(one, dict) and one.get("role") == "agent" for one in told)


def _consent(row: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = {"method": row["consent_method"], "result": row.get("consent_result", "given")}
    if party := row.get("consent_party"):
        given["party"] = int(party) if party.isascii() and party.isdigit() else party
    if offset := row.get("consent_offset_s"):
        given["offset_s"] = offset
    return given


def _json(text: str, name: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise FileRefused("columns", f"The cell {name} is not JSON.") from None
    if not isinstance(value, dict if name == "facts" else list):
        raise FileRefused("columns", f"The cell {name} is not a JSON {'object' if name == 'facts' else 'list'}.")
    return value


def _columns(names: list[str], *, needs_file: bool = True) -> list[str]:
    columns = [name.strip().lower() for name in names]
    if needs_file and "file" not in columns:
        raise ImportRefused("The first line of the manifest has no column file. Name the columns there.")
    for name in columns:
        if name not in COLUMNS and not name.startswith(FACT):
            raise ImportRefused(f"There is no column {shown(name)[:40]!r}. There are: {', '.join(sorted(COLUMNS))}.")
    if len(set(columns)) != len(columns):
        raise ImportRefused("A column stands twice in the first line of the manifest.")
    return columns


def _opened(manifest: Path) -> Any:
    try:
        return manifest.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise ImportRefused(f"The manifest cannot be read: {error.strerror}.") from error


def _bounded(text: Any) -> Iterator[str]:
    """Its lines; one without an end would fill the memory. Raises ImportRefused."""
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise ImportRefused(f"A line of the manifest has over {LONGEST_LINE} characters.")
        if "\0" in line:
            raise ImportRefused("The manifest holds a NUL, so it is no CSV.")
        yield line
