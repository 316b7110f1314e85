"""A fork server whose children hang."""

import signal
import socket
import sys

from recordings.decoding import child

if __name__ == "__main__":
    child.serve = lambda *_: signal.pause()
    child.main(socket.socket(fileno=int(sys.argv[1])))
