"""An S3 server as a process of its own: moto's, on a free port of 127.0.0.1, which it prints. It dies with its parent.

Three things are put right: an upload is told to have begun when it did (moto says 2010), to complete one that is not
there is NoSuchUpload (moto falls over), and a bucket whose name begins with `unversioned-store` answers as those stores
do that know nothing of versions.
"""

import logging
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import FakeMultipart, S3Backend
from moto.s3.responses import S3Response
from werkzeug.serving import make_server

from compliance_site.private.processes import tie_to_parent

NOT_IMPLEMENTED = b"<?xml version='1.0'?><Error><Code>NotImplemented</Code><Message>No versions.</Message></Error>"
_begin, _complete, _list_uploads = (
    FakeMultipart.__init__,
    S3Backend.complete_multipart_upload,
    S3Response.list_multipart_uploads,
)


def _begin_now(self: Any, *args: Any, **options: Any) -> None:
    _begin(self, *args, **options)
    self.begun_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _complete_what_is_there(self: Any, bucket_name: str, multipart_id: str, body: Any) -> Any:
    if multipart_id not in self.get_bucket(bucket_name).multiparts:
        raise NoSuchUpload(multipart_id)
    return _complete(self, bucket_name, multipart_id, body)


def _list_with_times(self: Any) -> Any:
    begun_at = {upload.id: upload.begun_at for upload in self.backend.list_multipart_uploads(self.bucket_name).values()}

    def serialized(answer: Any) -> Any:
        for upload in answer.result["Uploads"]:
            upload["Initiated"] = begun_at[upload["UploadId"]]
        return S3Response.serialized(self, answer)

    self.serialized = serialized
    return _list_uploads(self)


def _application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"].startswith("/unversioned-store") and "versions" in environ["QUERY_STRING"]:
        start("501 Not Implemented", [("Content-Type", "application/xml")])
        return [NOT_IMPLEMENTED]
    answer: Iterable[bytes] = _moto(environ, start)
    return answer


if __name__ == "__main__":
    tie_to_parent()
    FakeMultipart.__init__, S3Response.list_multipart_uploads = _begin_now, _list_with_times
    S3Backend.complete_multipart_upload = _complete_what_is_there
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    _moto = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, _application, threaded=True)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
