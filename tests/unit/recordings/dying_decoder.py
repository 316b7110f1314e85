"""A fork server whose children die of every file, as of one that overruns the decoder."""

import os
import signal
import socket
import sys

from recordings.decoding import child


def dies(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    child.serve = dies
    child.main(socket.socket(fileno=int(sys.argv[1])))
