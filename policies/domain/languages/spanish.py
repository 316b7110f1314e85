"""Spanish, with usted, as it is understood in Spain and in the Americas."""

from policies.domain.languages.language import Language

SPANISH = Language(
    code="es",
    name="Español",
    in_english="Spanish",
    texts={
        "recording": "Le informamos de que esta llamada se graba.",
        "purpose": "Utilizamos la grabación {purposes}.",
        "retention": "Conservamos la grabación durante {period} y después la eliminamos.",
        "storage": "Se guarda cifrada y solo el personal autorizado puede escucharla.",
        "refusal": "Si no desea que le grabemos, dígamelo ahora y continuaré sin grabar.",
        "consent": "¿Está de acuerdo en que grabemos esta llamada? Diga sí o pulse {yes_key}.",
        "agent_and_company_identity": "Habla usted con {company}.",
        "call_purpose": "Antes de nada, le explico el motivo de mi llamada.",
        "controller_identity": "{company} es responsable del tratamiento de sus datos.",
        "rights_notice": "Puede oponerse, pedir una copia o solicitar la supresión; los detalles están en nuestra"
        " página de privacidad.",
        "refusal_honoured": "He detenido la grabación.",
        "notice_to_late_joiner": "Le damos la bienvenida; le informamos de que esta llamada se graba.",
        "recording_resumed_notice": "La grabación se reanuda a partir de ahora.",
        "recording_paused_for_payment": "Interrumpo la grabación mientras me facilita los datos de la tarjeta.",
        "emotion_recognition_notice": "Utilizamos un programa que estima el estado de ánimo a partir de la voz.",
        "third_party_ai_notice": "Un proveedor transcribe esta llamada para nosotros con inteligencia artificial.",
    },
    refusal_of_duty="La ley nos obliga a grabar esta llamada. Si no lo desea, dígamelo ahora y terminamos la llamada.",
    purposes={
        "performance_monitoring": "para evaluar nuestro trabajo",
        "quality_assurance": "para comprobar la calidad del servicio",
        "dispute_resolution": "para resolver reclamaciones",
        "contract_evidence": "como prueba de lo acordado",
        "customer_experience": "para atenderle mejor",
        "training": "para formar a nuestro equipo",
        "regulatory": "para cumplir nuestras obligaciones legales",
    },
    serving="para atender su solicitud",
    our_company="nuestra empresa",
    units={
        "year": ("año", "años"),
        "month": ("mes", "meses"),
        "day": ("día", "días"),
        "hour": ("hora", "horas"),
        "minute": ("minuto", "minutos"),
        "second": ("segundo", "segundos"),
    },
    and_="y",
    mentions={
        "recording": ("grab", "registra"),
        "refusal": ("no ", "sin ", "opon", "opos", "rechaz", "niega", "negar", "deten", "{opt_out_key}"),
    },
)
