"""What puts calls under standing holds: triggers of the tables that say what a call is, whoever writes to them.

They ask two functions of the database, made by the migration `standing_holds`:
`recordings_holds_reaching(recordings)` answers which holds in force reach which of them by a criterion;
`recordings_join_holds(recordings)` takes them under those holds. Where no criterion is in force, that is one look at an
empty index.
"""

import pgtrigger

NEW_ROWS = pgtrigger.Referencing(new="new_rows")  # type: ignore[no-untyped-call]
OLD_AND_NEW_ROWS = pgtrigger.Referencing(old="old_rows", new="new_rows")  # type: ignore[no-untyped-call]


def new_rows_join_holds(name: str, column: str) -> pgtrigger.Trigger:
    """New rows, `column` of which names the recording, are looked at once a statement."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=NEW_ROWS,
        func=f"""
            PERFORM recordings_join_holds(ARRAY(SELECT DISTINCT {column} FROM new_rows));
            RETURN NULL;
        """,  # noqa: S608  a column of ours
    )


def changed_rows_join_holds(name: str, column: str, *, changed: str, also: str = "") -> pgtrigger.Trigger:
    """A row in which something changed that a criterion can ask for is looked at again."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(f"({changed})"),
        func=f"""
            PERFORM recordings_join_holds(ARRAY[NEW.{column}]);
            {also}
            RETURN NULL;
        """,
    )


def refused_while_a_hold_is_filled(name: str) -> pgtrigger.Trigger:
    """No certificate for what a hold reaches whose members are still being written: it protects from its commit on."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=NEW_ROWS,
        func="""
            IF EXISTS (SELECT 1 FROM recordings_legalhold WHERE NOT is_settled AND released_at IS NULL)
                AND EXISTS (
                    SELECT 1 FROM recordings_holds_reaching(ARRAY(SELECT recording_id FROM new_rows))
                )
            THEN
                RAISE EXCEPTION 'A legal hold that has just been placed reaches this recording.'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NULL;
        """,
    )
