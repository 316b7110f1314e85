"""One line per log record; what a handler adds in `extra` becomes a field. Never numbers, names or words of a call."""

import structlog
from django.http import HttpRequest
from structlog.typing import EventDict, Processor


def _without_query(logger: object, method: str, line: EventDict) -> EventDict:
    """A request by its method and path alone: `?number=` of the API's list is a caller's number."""
    request = line.get("request")
    if isinstance(request, HttpRequest):
        line["request"] = f"{request.method} {request.path}"
    return line


def line_formatter(*, is_json: bool) -> structlog.stdlib.ProcessorFormatter:
    """Lines of JSON for machines; for somebody who watches a terminal, the level and the message come first."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        _without_query,
    ]
    shown: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if is_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
    )
