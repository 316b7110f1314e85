"""Addresses that several acts share: one view each, put together from its halves."""

from recordings.api.intake import PutAudio, TakeInCalls
from recordings.api.listing import ListRecordings
from recordings.api.playback import HearRecording


class Recordings(TakeInCalls, ListRecordings):
    act = {**ListRecordings.act, **TakeInCalls.act}


class RecordingAudio(PutAudio, HearRecording):
    act = {**HearRecording.act, **PutAudio.act}
