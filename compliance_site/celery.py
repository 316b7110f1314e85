"""The Celery app and the one beat schedule. The database says what is due; a message is only a doorbell."""

import os

from celery import Celery, signals

from compliance_site.private.processes import tie_to_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_site.settings.local")


# Beat sends names by the clock and needs no models: without Django it starts at once and stays small.
fixups: list[str] | None = [] if os.environ.get("CALLWARD_PART") == "beat" else None

app = Celery("callward", task_cls="compliance_site.doorbell:Doorbell", fixups=fixups)
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"socket_timeout": 10, "socket_connect_timeout": 2},
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0.1},
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule={
        "dispose": {  # demo lines have no cooling, and a visitor watches; where nothing is due it costs two look-ups
            "task": "recordings.tasks.dispose_due",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        "settle ledger": {  # what was just destroyed or held; two look-ups where nothing was
            "task": "recordings.tasks.settle_ledger",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        "probe": {  # uploads ring for it; this finds what a lost message left
            "task": "recordings.tasks.probe_audio",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        "make playable": {  # whoever wants to hear rings for it; this finds what a lost message left
            "task": "recordings.tasks.render_audio",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        "work deliveries": {  # each rings for it; this finds what a lost message left, and what waits for another try
            "task": "recordings.tasks.work_deliveries",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        "fetch audio": {  # as above; a link of ten minutes is fetched well before it ends
            "task": "recordings.tasks.fetch_audio",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        "take dropped files": {  # a file is whole after ten seconds; where no folder is watched it costs nothing
            "task": "recordings.tasks.take_dropped_files",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        "end listening": {  # a session is over after half an hour of silence; a minute more tells nobody less
            "task": "recordings.tasks.end_listening",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "tidy arrivals": {  # audio that is a day late is not in a hurry
            "task": "recordings.tasks.tidy_arrivals",
            "schedule": 600.0,
            "options": {"expires": 600},
        },
        "run what-ifs": {  # whoever asks rings for it; this goes on with what a time limit or a crash left
            "task": "compliance_site.tasks.run_what_ifs",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        "redate recordings": {  # dates lie days ahead; where nothing was published it costs three look-ups
            "task": "recordings.tasks.redate_recordings",
            "schedule": 30.0,
            "options": {"expires": 30},
        },
        "shorten recordings": {  # whoever proposes or approves rings for it; this goes on with what is left
            "task": "recordings.tasks.shorten_recordings",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        "carry out refusals": {  # an event rings for it; where nobody refused it costs four look-ups
            "task": "recordings.tasks.carry_out_refusals",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        "count triggers": {  # whoever tells one rings for it; this goes on with what is left
            "task": "recordings.tasks.count_triggers",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        "tend the inbox": {  # days count here; a case that opens a minute late is no later for its person
            "task": "recordings.tasks.tend_inbox",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "work person requests": {  # whoever asks rings for it; this goes on with what is left, or what a duty kept
            "task": "recordings.tasks.work_person_requests",
            "schedule": 30.0,
            "options": {"expires": 30},
        },
        "tend person requests": {  # days count for the clock; a copy is closed by its moment, its bytes follow
            "task": "recordings.tasks.tend_person_requests",
            "schedule": 600.0,
            "options": {"expires": 600},
        },
        "settle holds": {  # whoever places or releases one rings for it; two look-ups where all is settled
            "task": "recordings.tasks.settle_holds",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        "look at stored": {  # a third of the time at most, and as many bytes as the setting allows
            "task": "recordings.tasks.look_at_stored",
            "schedule": 15.0,
            "options": {"expires": 15},
        },
        "keep store": {  # a lock follows its date or hold within a minute; the rest is due once a day
            "task": "recordings.tasks.keep_store",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "rotate keys": {  # goes on with what a command left; where no key was changed it costs one look-up
            "task": "recordings.tasks.rotate_keys",
            "schedule": 30.0,
            "options": {"expires": 30},
        },
        "beat": {  # shows that beat, broker and worker are alive; stale ones are dropped, not queued
            "task": "compliance_site.tasks.note_beat",
            "schedule": 10.0,
            "options": {"expires": 10},
        },
        "write the weekly letter": {  # on Monday morning; an hour late is early enough
            "task": "compliance_site.tasks.write_letters",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "send letters": {
            "task": "accounts.tasks.post_letters",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "draw due plans": {  # a draw is due at 06:00; a minute late is early enough
            "task": "audits.tasks.draw_due_plans",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "flag overdue reviews": {  # lateness shows within a minute
            "task": "audits.tasks.flag_overdue_assignments",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "flag rules": {  # days count here; every hour is soon enough after a midnight or a restart
            "task": "policies.tasks.flag_rules",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "replace gone calls": {  # a reviewer should not meet a call that was destroyed
            "task": "audits.tasks.replace_gone_calls",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
    },
)


@app.on_configure.connect
def _read_settings(sender: Celery, **_: object) -> None:
    from django.conf import settings

    sender.conf.update(broker_url=settings.BROKER_URL)


app.autodiscover_tasks()


@signals.beat_init.connect
def _beat_at_once(**_: object) -> None:
    """A first message at the start, so that nobody waits ten seconds to know that all is well."""
    app.send_task("compliance_site.tasks.note_beat", expires=60)


@signals.worker_ready.connect
@signals.heartbeat_sent.connect
def _worker_lives(**_: object) -> None:
    from compliance_site.heartbeats import WORKER, note

    note(WORKER)


@signals.worker_process_init.connect
def _ends_with_the_worker(**_: object) -> None:
    tie_to_parent()


@signals.setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """Celery would replace the handlers that the settings gave."""
