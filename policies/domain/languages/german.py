"""German, with Sie. Purposes are nouns, so that several of them stand in one sentence without commas gone wrong."""

from policies.domain.languages.language import Language

GERMAN = Language(
    code="de",
    name="Deutsch",
    in_english="German",
    texts={
        "recording": "Dieses Gespräch wird aufgezeichnet.",
        "purpose": "Wir verwenden die Aufzeichnung {purposes}.",
        "retention": "Wir bewahren die Aufzeichnung {period} lang auf und löschen sie danach.",
        "storage": "Sie wird verschlüsselt gespeichert, und nur befugte Mitarbeitende können sie anhören.",
        "refusal": "Wenn Sie nicht aufgezeichnet werden möchten, sagen Sie es mir jetzt; dann spreche ich ohne"
        " Aufzeichnung mit Ihnen weiter.",
        "consent": "Sind Sie damit einverstanden, dass wir dieses Gespräch aufzeichnen? Sagen Sie Ja oder drücken Sie"
        " die Taste {yes_key}.",
        "agent_and_company_identity": "Hier ist {company}.",
        "call_purpose": "Ich sage Ihnen zuerst, weshalb ich anrufe.",
        "controller_identity": "Verantwortlich für Ihre Daten: {company}.",
        "rights_notice": "Sie können widersprechen, eine Kopie oder die Löschung verlangen; Näheres steht auf unserer"
        " Datenschutzseite.",
        "refusal_honoured": "Ich habe die Aufzeichnung beendet.",
        "notice_to_late_joiner": "Willkommen, bitte beachten Sie, dass dieses Gespräch aufgezeichnet wird.",
        "recording_resumed_notice": "Die Aufzeichnung läuft ab jetzt wieder.",
        "recording_paused_for_payment": "Ich unterbreche die Aufzeichnung, während Sie die Kartendaten nennen.",
        "emotion_recognition_notice": "Wir setzen Software ein, die aus der Stimme die Stimmung schätzt.",
        "third_party_ai_notice": "Ein Dienstleister verschriftlicht dieses Gespräch für uns mit künstlicher"
        " Intelligenz.",
    },
    refusal_of_duty="Wir sind gesetzlich verpflichtet, dieses Gespräch aufzuzeichnen. Wenn Sie das nicht möchten,"
    " sagen Sie es mir jetzt; dann beenden wir das Gespräch.",
    purposes={
        "performance_monitoring": "zur Beurteilung unserer Arbeit",
        "quality_assurance": "zur Sicherung unserer Qualität",
        "dispute_resolution": "zur Klärung von Streitfällen",
        "contract_evidence": "als Nachweis des Vereinbarten",
        "customer_experience": "zur Verbesserung unseres Service",
        "training": "zur Schulung unseres Teams",
        "regulatory": "zur Erfüllung gesetzlicher Pflichten",
    },
    serving="zur Bearbeitung Ihres Anliegens",
    our_company="unser Unternehmen",
    units={
        "year": ("Jahr", "Jahre"),
        "month": ("Monat", "Monate"),
        "day": ("Tag", "Tage"),
        "hour": ("Stunde", "Stunden"),
        "minute": ("Minute", "Minuten"),
        "second": ("Sekunde", "Sekunden"),
    },
    and_="und",
    mentions={
        "recording": ("aufzeichn", "aufgezeichn", "mitgeschnitt", "mitschn", "aufgenommen", "aufnahme", "aufnehm"),
        "refusal": ("nicht", "ohne ", "kein", "widersp", "ablehn", "stopp", "beend", "{opt_out_key}"),
    },
)
