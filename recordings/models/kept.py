"""What keeps a recording and its parts together, and what a legal hold keeps beside the recording itself.

Each is asked once a statement, over all its rows, so that a batch of thousands costs a few looks into an index for each
and no call of a function. The scalar questions are meant: they stay look-ups in an index whatever plan is kept.

Parts have no foreign key in the database: it would ask in both directions, row by row. What it promised stands here. A
part is only of a recording that is there, which it locks as a foreign key would; it never moves to another; and a
recording leaves no part behind.
"""

import pgtrigger

OLD_ROWS = pgtrigger.Referencing(old="old_rows")  # type: ignore[no-untyped-call]
NEW_ROWS = pgtrigger.Referencing(new="new_rows")  # type: ignore[no-untyped-call]


def kept_while_held(name: str) -> pgtrigger.Trigger:
    """A part of a recording is not deleted while the recording is held."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        referencing=OLD_ROWS,
        func="""
            IF EXISTS (
                SELECT 1 FROM old_rows part
                WHERE (SELECT hold_count FROM recordings_recording WHERE id = part.recording_id) > 0
            ) THEN
                RAISE EXCEPTION 'A legal hold keeps this recording and all its parts.'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NULL;
        """,
    )


def part_of_a_recording(part: str, *, names_a_party: bool = False) -> list[pgtrigger.Trigger]:
    """The triggers of a table of parts, in place of its foreign keys. `names_a_party`: one of them is `party_id`."""
    party = """
        IF EXISTS (
            SELECT 1 FROM new_rows part WHERE part.party_id IS NOT NULL AND part.recording_id IS DISTINCT FROM
                (SELECT recording_id FROM recordings_party WHERE id = part.party_id)
        ) THEN
            RAISE EXCEPTION 'This party is not one of the recording.' USING ERRCODE = 'foreign_key_violation';
        END IF;
    """
    moves = "OLD.recording_id IS DISTINCT FROM NEW.recording_id"
    if names_a_party:
        moves += " OR OLD.party_id IS DISTINCT FROM NEW.party_id"
    return [
        pgtrigger.Trigger(
            name=f"{part}_of_a_recording",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=NEW_ROWS,
            declare=[("named", "uuid[]"), ("there", "bigint")],
            func=f"""
                named := ARRAY(SELECT DISTINCT recording_id FROM new_rows ORDER BY recording_id);
                PERFORM 1 FROM recordings_recording WHERE id = ANY (named) FOR KEY SHARE;
                GET DIAGNOSTICS there = ROW_COUNT;
                IF there <> cardinality(named) THEN
                    RAISE EXCEPTION 'There is no such recording; it may have been destroyed.'
                        USING ERRCODE = 'foreign_key_violation';
                END IF;
                {party if names_a_party else ""}
                RETURN NULL;
            """,  # noqa: S608  words of ours
        ),
        pgtrigger.Protect(name=f"{part}_never_moves", operation=pgtrigger.Update, condition=pgtrigger.Condition(moves)),
    ]


def leaves_nothing(name: str, left: str, tables: tuple[str, ...], column: str) -> pgtrigger.Trigger:
    """No row of `tables` names in `column` what a statement deleted."""
    named = " OR ".join(
        f"(SELECT 1 FROM {table} WHERE {column} = gone.id LIMIT 1) IS NOT NULL"  # noqa: S608  names of ours
        for table in tables
    )
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        referencing=OLD_ROWS,
        func=f"""
            IF EXISTS (SELECT 1 FROM old_rows gone WHERE {named}) THEN
                RAISE EXCEPTION '{left}' USING ERRCODE = 'foreign_key_violation';
            END IF;
            RETURN NULL;
        """,  # noqa: S608  names of ours
    )
