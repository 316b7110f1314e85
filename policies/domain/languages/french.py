"""French, with vous."""

from policies.domain.languages.language import Language

FRENCH = Language(
    code="fr",
    name="Français",
    in_english="French",
    texts={
        "recording": "Cet appel est enregistré.",
        "purpose": "Nous utilisons l'enregistrement {purposes}.",
        "retention": "Nous conservons l'enregistrement pendant {period}, puis nous le supprimons.",
        "storage": "Il est conservé sous forme chiffrée et seules les personnes autorisées peuvent l'écouter.",
        "refusal": "Si vous vous opposez à l'enregistrement, dites-le-moi maintenant et je poursuivrai sans"
        " enregistrer.",
        "consent": "Acceptez-vous que nous enregistrions cet appel ? Dites oui ou appuyez sur la touche {yes_key}.",
        "agent_and_company_identity": "Vous êtes en ligne avec {company}.",
        "call_purpose": "Je vous indique d'abord la raison de mon appel.",
        "controller_identity": "{company} est responsable du traitement de vos données.",
        "rights_notice": "Vous pouvez vous opposer, demander une copie ou demander l'effacement ; les détails figurent"
        " sur notre page consacrée à la protection des données.",
        "refusal_honoured": "J'ai arrêté l'enregistrement.",
        "notice_to_late_joiner": "Bienvenue, je vous informe que cet appel est enregistré.",
        "recording_resumed_notice": "L'enregistrement reprend à partir de maintenant.",
        "recording_paused_for_payment": "Je suspends l'enregistrement pendant que vous donnez les données de votre"
        " carte.",
        "emotion_recognition_notice": "Nous utilisons un logiciel qui estime l'humeur d'après la voix.",
        "third_party_ai_notice": "Un prestataire transcrit cet appel pour nous à l'aide de l'intelligence"
        " artificielle.",
    },
    refusal_of_duty="La loi nous oblige à enregistrer cet appel. Si vous ne le souhaitez pas, dites-le-moi maintenant"
    " et nous mettrons fin à l'appel.",
    purposes={
        "performance_monitoring": "pour évaluer notre travail",
        "quality_assurance": "pour contrôler la qualité de notre service",
        "dispute_resolution": "pour régler les litiges",
        "contract_evidence": "comme preuve de ce qui a été convenu",
        "customer_experience": "pour mieux vous servir",
        "training": "pour former notre équipe",
        "regulatory": "pour respecter nos obligations légales",
    },
    serving="pour traiter votre demande",
    our_company="notre entreprise",
    units={
        "year": ("an", "ans"),
        "month": ("mois", "mois"),
        "day": ("jour", "jours"),
        "hour": ("heure", "heures"),
        "minute": ("minute", "minutes"),
        "second": ("seconde", "secondes"),
    },
    and_="et",
    mentions={
        "recording": ("enregistr",),
        "refusal": ("pas ", "sans ", "oppos", "refus", "arrêt", "{opt_out_key}"),
    },
    nothing_is_plural=False,
)
