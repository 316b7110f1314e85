"""The box at the end of a start: where to go, as whom, where the data lies, how to stop and to wipe, a first call."""

from pathlib import Path

from compliance_site.demo import company

FIRST_CALL = (
    '{"direction": "outbound", "line_of_business": "home-cover", "parties": '
    '[{"role": "agent", "number": "+15125550104"}, {"role": "customer", "number": "+18135550142"}]}'
)


def box(*, address: str, home: Path, token: str | None = None) -> str:
    """The box as text. Without a token it tells how to get one."""
    roles = {person.username: person for person in company.PEOPLE}
    people = [roles[username] for username in company.SIGN_INS]
    lines = [
        f"{company.COMPANY} is there: an insurer with invented calls.",
        "",
        f"Open       {address}",
        *(_sign_in(person, first=person is people[0]) for person in people),
        f"           password {company.PASSWORD}, or one click on the sign-in page",
        f"Data       {home}",
        "Stop       Ctrl-C; `make run` brings all of it back",
        "Wipe       make reset",
        "",
        "May we record a call from Texas to Florida, and what must be said?",
    ]
    return "\n".join([*_framed(lines), "", *_curl(address, token), ""])


def _sign_in(person: company.Person, *, first: bool) -> str:
    begin = "Sign in as" if first else ""
    return f"{begin:<11}{person.username:<8}{person.first_name} {person.last_name}, {person.role}: {person.does}"


def _framed(lines: list[str]) -> list[str]:
    width = max(len(line) for line in lines)
    return [f"┌{'─' * (width + 2)}┐", *(f"│ {line:<{width}} │" for line in lines), f"└{'─' * (width + 2)}┘"]


def _curl(address: str, token: str | None) -> list[str]:
    """Outside the frame, so that it can be copied."""
    get = [] if token else [f"TOKEN=$(.venv/bin/python manage.py issue_token {company.VISITOR} --scope decisions)"]
    bearer = token or "$TOKEN"
    return [
        *get,
        f"curl -s {address}/api/v1/decisions/ -H 'Content-Type: application/json' \\",
        f'  -H "Authorization: Bearer {bearer}" \\',
        f"  -d '{FIRST_CALL}'",
    ]
