"""What can happen in the demo, in words."""

from trail import verbs

verbs.register(
    {
        "demo.begun": "Demo company begun: {calls} invented calls",
        "demo.filled": "Demo company complete",
        "demo.certificate_opened": "A visitor opened a certificate",
    }
)
