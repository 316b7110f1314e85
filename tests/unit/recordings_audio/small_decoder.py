"""A fork server whose children have no memory left for anything but plain WAV."""

import socket
import sys

from recordings.decoding import child

read = child.read


def greedy(container):
    if container.format.name == "flac":
        held = []
        while True:
            held.append(bytearray(64 << 20))
    return read(container)


if __name__ == "__main__":
    child.read = greedy
    child.MEMORY_BYTES = 700 << 20
    child.main(socket.socket(fileno=int(sys.argv[1])))
