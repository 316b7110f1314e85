"""What follows when somebody refuses to be recorded: the policy's way, or the end of a call that law wants recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policies.domain.law import RetentionRule

END_CALL = "end_call"

# What the agent says then, by what follows and by language.
WORDS: Mapping[str, Mapping[str, str]] = {
    "stop_recording": {
        "en": "I have stopped the recording. We can go on without it.",
        "es": "He detenido la grabación. Podemos continuar sin grabar.",
        "fr": "J'ai arrêté l'enregistrement. Nous pouvons continuer sans enregistrer.",
        "de": "Ich habe die Aufzeichnung gestoppt. Wir können ohne Aufzeichnung weitersprechen.",
    },
    "delete": {
        "en": "I have stopped the recording, and what was recorded so far will be deleted. We can go on without it.",
        "es": "He detenido la grabación y borraremos lo grabado hasta ahora. Podemos continuar sin grabar.",
        "fr": "J'ai arrêté l'enregistrement et ce qui a été enregistré sera supprimé."
        " Nous pouvons continuer sans enregistrer.",
        "de": "Ich habe die Aufzeichnung gestoppt; was bisher aufgezeichnet wurde, wird gelöscht."
        " Wir können ohne Aufzeichnung weitersprechen.",
    },
    "keep_reason_only": {
        "en": "I have stopped the recording. We keep a note of the reason for your call, nothing else.",
        "es": "He detenido la grabación. Solo conservamos una nota con el motivo de su llamada.",
        "fr": "J'ai arrêté l'enregistrement. Nous ne gardons qu'une note sur le motif de votre appel.",
        "de": "Ich habe die Aufzeichnung gestoppt. Wir behalten nur eine Notiz zum Grund Ihres Anrufs.",
    },
    END_CALL: {
        "en": "The law asks us to record this call, so I have to end it here. You may reach us in another way.",
        "es": "La ley nos obliga a grabar esta llamada, así que debo terminarla aquí. Puede contactarnos por otra vía.",
        "fr": "La loi nous impose d'enregistrer cet appel, je dois donc y mettre fin."
        " Vous pouvez nous joindre autrement.",
        "de": "Das Gesetz verpflichtet uns, dieses Gespräch aufzuzeichnen; deshalb muss ich es hier beenden."
        " Sie erreichen uns auch auf anderem Weg.",
    },
}


@dataclass(frozen=True)
class Refusal:
    """`follow`: stop_recording, delete, keep_reason_only or end_call. `template`: what is said then, with slots."""

    follow: str
    template: str
    because: str
    citation: str


def refusal(
    duties: Sequence[RetentionRule], *, on_refusal: str, policy_name: str, language: str, own_words: str = ""
) -> Refusal:
    """The first duty ends the call; without one the policy decides, in its `own_words` where it has any."""
    if duties:
        citation = duties[0].citation
        because = f"{citation} orders the recording, so nobody can go on unrecorded."
        return Refusal(END_CALL, WORDS[END_CALL][language], because, citation)
    return Refusal(on_refusal, own_words or WORDS[on_refusal][language], f"{policy_name} asks for it.", policy_name)
