"""What can happen in this room, in words."""

from trail import verbs

verbs.register(
    {
        "token.issued": "Token issued",
        "token.revoked": "Token revoked",
        "client.switched_on": "Client let in",
        "client.switched_off": "Client shut out",
        "line.added": "Line of business added, its days end in {zone}",
        "line.renamed": "Line of business renamed",
        "person.added": "Person added as {role}",
        "person.appointed": "Person appointed {role}, before {before}",
        "person.renamed": "Name changed",
        "person.closed": "Access closed",
        "person.reopened": "Access opened again",
        "person.password_reset": "Password set anew by another person",
        "person.password_changed": "Password changed",
        "person.signed_in": "Signed in",
        "person.sign_in_refused": "Sign-in refused",
    },
    words={"zone": verbs.as_written},
)
