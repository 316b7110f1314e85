"""What a legal hold keeps beside the recording itself."""

import pgtrigger


def kept_while_held(name: str) -> pgtrigger.Trigger:
    """A part of a recording is not deleted while the recording is held."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        func="""
            IF EXISTS (SELECT 1 FROM recordings_recording WHERE id = OLD.recording_id AND hold_count > 0) THEN
                RAISE EXCEPTION 'A legal hold keeps this recording and all its parts.'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN OLD;
        """,
    )
