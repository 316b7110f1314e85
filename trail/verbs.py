"""What can happen, in words. Each room registers its verbs when it is loaded; an unknown verb is a bug."""

_SENTENCES: dict[str, str] = {}


def register(sentences: dict[str, str]) -> None:
    """`{"hold.placed": "Hold placed: {matter}"}`; the braces name facts of the event."""
    _SENTENCES.update(sentences)


def known() -> dict[str, str]:
    return dict(_SENTENCES)


def sentence(verb: str, facts: dict[str, object]) -> str:
    """The event in words; a fact that is missing stays blank."""

    class Facts(dict[str, object]):
        def __missing__(self, key: str) -> str:
            return ""

    return _SENTENCES[verb].format_map(Facts(facts))
