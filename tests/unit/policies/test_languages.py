import pytest

from policies.domain.calls import PURPOSES
from policies.domain.disclosures import CORE
from policies.domain.languages import BY_CODE, ENGLISH, FRENCH, GERMAN, LANGUAGES, SPANISH, shipped
from policies.domain.periods import amounts, in_words, period
from policies.domain.scripts import REQUIRED_SLOTS, SLOTS, filled, missing_slots, slots_in, slots_of, unknown_slots

EVERY = pytest.mark.parametrize("language", BY_CODE.values(), ids=LANGUAGES)


def test_four_languages_ship():
    assert LANGUAGES == ("en", "es", "fr", "de")
    assert [language.name for language in BY_CODE.values()] == ["English", "Español", "Français", "Deutsch"]
    assert [language.in_english for language in BY_CODE.values()] == ["English", "Spanish", "French", "German"]


@pytest.mark.parametrize(
    ("tag", "language"),
    [("es", SPANISH), ("es-MX", SPANISH), ("DE", GERMAN), ("fr-CA", FRENCH), ("it", None), ("", None), ("eng", None)],
)
def test_a_tag_finds_its_language(tag, language):
    assert shipped(tag) is language


@EVERY
def test_each_language_says_the_same_keys_with_the_same_slots(language):
    assert set(language.texts) == set(ENGLISH.texts)
    assert {*CORE, "consent", "agent_and_company_identity", "controller_identity", "rights_notice"} <= set(
        language.texts
    )
    for key, text in language.texts.items():
        assert slots_of(text) == slots_of(ENGLISH.texts[key]), key
        assert slots_of(text) <= set(SLOTS)
        assert missing_slots(key, text) == ""


@EVERY
def test_each_language_has_words_for_every_purpose_and_unit(language):
    assert set(language.purposes) == set(PURPOSES)
    assert set(language.units) == {"year", "month", "day", "hour", "minute", "second"}


@EVERY
def test_what_ships_says_what_an_own_text_has_to_mention(language):
    assert set(language.mentions) == {"recording", "refusal"}
    for key, parts in language.mentions.items():
        assert any(part in language.texts[key].casefold() for part in parts)
        assert all(part == part.casefold() and len(part) > 2 for part in parts)


@pytest.mark.parametrize(
    ("text", "english", "spanish", "french", "german"),
    [
        ("P1Y", "1 year", "1 año", "1 an", "1 Jahr"),
        ("P1Y6M", "1 year and 6 months", "1 año y 6 meses", "1 an et 6 mois", "1 Jahr und 6 Monate"),
        (
            "P2Y1M1D",
            "2 years, 1 month and 1 day",
            "2 años, 1 mes y 1 día",
            "2 ans, 1 mois et 1 jour",
            "2 Jahre, 1 Monat und 1 Tag",
        ),
        ("P90D", "90 days", "90 días", "90 jours", "90 Tage"),
        ("P0D", "0 days", "0 días", "0 jour", "0 Tage"),
        (
            "PT1H1M1S",
            "1 hour, 1 minute and 1 second",
            "1 hora, 1 minuto y 1 segundo",
            "1 heure, 1 minute et 1 seconde",
            "1 Stunde, 1 Minute und 1 Sekunde",
        ),
        (
            "PT2H2M2S",
            "2 hours, 2 minutes and 2 seconds",
            "2 horas, 2 minutos y 2 segundos",
            "2 heures, 2 minutes et 2 secondes",
            "2 Stunden, 2 Minuten und 2 Sekunden",
        ),
    ],
)
def test_a_period_in_words(text, english, spanish, french, german):
    length = period(text)
    assert in_words(length) == ENGLISH.period(length) == english
    assert (SPANISH.period(length), FRENCH.period(length), GERMAN.period(length)) == (spanish, french, german)


@pytest.mark.parametrize(
    ("text", "made_of"),
    [
        ("P14M", [(1, "year"), (2, "month")]),
        ("P2W", [(14, "day")]),
        ("PT120S", [(2, "minute")]),
        ("PT3661S", [(1, "hour"), (1, "minute"), (1, "second")]),
        ("P0D", [(0, "day")]),
    ],
)
def test_what_a_period_is_made_of(text, made_of):
    assert amounts(period(text)) == made_of


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (ENGLISH, "We use the recording to check our service and to settle disputes."),
        (SPANISH, "Utilizamos la grabación para comprobar la calidad del servicio y para resolver reclamaciones."),
        (
            FRENCH,
            "Nous utilisons l'enregistrement pour contrôler la qualité de notre service et pour régler les litiges.",
        ),
        (GERMAN, "Wir verwenden die Aufzeichnung zur Sicherung unserer Qualität und zur Klärung von Streitfällen."),
    ],
)
def test_purposes_stand_in_the_sentence(language, said):
    slots = slots_in(
        language, company="Acme", length=period("P90D"), purposes=["quality_assurance", "dispute_resolution"]
    )
    assert filled(language.texts["purpose"], slots) == said


def test_slots_of_a_call_without_purposes_under_the_default():
    assert slots_in(GERMAN, company="our company", length=period("P1Y"), purposes=[]) == {
        "company": "unser Unternehmen",
        "period": "1 Jahr",
        "purposes": "zur Bearbeitung Ihres Anliegens",
        "yes_key": "1",
        "opt_out_key": "9",
    }


def test_a_company_keeps_its_name_in_every_language():
    slots = slots_in(SPANISH, company="Our Company", length=period("P1Y"), purposes=[], opt_out_key="5")
    assert (slots["company"], slots["opt_out_key"]) == ("Our Company", "5")
    assert filled("{company} graba.", slots | {"company": "acme"}) == "Acme graba."


ALLOWED = "Use {company}, {period}, {purposes}, {yes_key}, {opt_out_key}."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("no slot at all", ""),
        ("{company} {period} {purposes} {yes_key} {opt_out_key}", ""),
        ("{{company}}", ""),
        ("{secret} and {other}", f"other, secret is no slot. {ALLOWED}"),
        ("{company", f"An open brace is no slot. {ALLOWED}"),
        ("{company!r}", f"company!r is no slot. {ALLOWED}"),
        ("{company:>99999}", f"company:>99999 is no slot. {ALLOWED}"),
        ("{}", f" is no slot. {ALLOWED}"),
    ],
)
def test_an_unknown_slot_is_named_with_what_is_allowed(text, problem):
    assert unknown_slots(text) == problem


@pytest.mark.parametrize(("key", "slot"), REQUIRED_SLOTS.items())
def test_a_text_without_the_slot_that_its_key_needs_is_told(key, slot):
    assert missing_slots(key, f"With {{{slot}}}.") == ""
    assert missing_slots(key, "Without.") == (
        f"Say it with {{{slot}}}; without it the text does not say what it has to."
        " Allowed: {company}, {period}, {purposes}, {yes_key}, {opt_out_key}."
    )


def test_which_keys_need_a_slot():
    assert REQUIRED_SLOTS == {"retention": "period", "purpose": "purposes", "consent": "yes_key"}
    assert missing_slots("recording", "Without.") == ""
