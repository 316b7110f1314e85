"""The one way out: whatever Callward fetches from somewhere else goes through here, and nowhere else.

`guard` says which addresses may be reached and opens the connection to one that it has checked; `http` fetches a body,
bounded and resumed; `buckets` turns an S3 object into an address for it.
"""

from recordings.egress.http import Fetch, fetched

__all__ = ["Fetch", "fetched"]
