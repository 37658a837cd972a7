"""A process that holds Graphviz, and its children that lay out: turns framed requests into framed answers.

The first process draws once, so that all is loaded and warm, and then forks a worker for every socket that it is sent
over standard input. A worker's request is a length (4 bytes, big endian), a form (1 byte) and DOT text; an answer is a
length, a status and a body. Graphviz may crash, call `exit`, or never come back: then that worker dies or is killed,
and nothing else does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
from pathlib import Path
from typing import BinaryIO

from engine.export.layout import draw

HEAD = struct.Struct(">IB")
FORMS = ("plain", "png", "pdf")
OK, FAILED = 0, 1
MEMORY = 512 * 2**20  # bytes above what the process holds at rest
FILES = 64
LARGEST_FILE = 8 * 2**20  # bytes: DOT on its way into Graphviz, in memory


def main() -> None:
    """Fork a worker for every socket that comes in, until standard input ends."""
    draw("digraph { a -> b }", "plain")
    _draw('digraph { a [label="a"] }', "png")  # fonts are found and loaded before the limits close in
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends us
    _bind_to_parent()
    with socket.socket(fileno=0) as door:
        while descriptors := socket.recv_fds(door, 1, 1)[1]:
            if os.fork() == 0:
                door.close()
                serve(socket.socket(fileno=descriptors[0]))
                os._exit(0)
            os.close(descriptors[0])


def serve(connection: socket.socket) -> None:
    """Say which process this is, and answer requests until there are no more."""
    _bind_to_parent()
    _confine()
    with contextlib.suppress(OSError, AttributeError):  # a layout must not take the processor from who asked for it
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    with connection, connection.makefile("rb") as requests, connection.makefile("wb") as answers:
        _answer(answers, OK, str(os.getpid()).encode())
        while head := requests.read(HEAD.size):
            length, form = HEAD.unpack(head)
            _answer(answers, *_draw(requests.read(length).decode(), FORMS[form]))


def _draw(dot: str, form: str) -> tuple[int, bytes]:
    try:
        return OK, draw(dot, form)
    except Exception as error:  # whatever Graphviz dislikes, the next request is another one
        return FAILED, str(error).encode()


def _answer(answers: BinaryIO, status: int, body: bytes) -> None:
    answers.write(HEAD.pack(len(body), status) + body)
    answers.flush()


def _bind_to_parent() -> None:
    """End when the process that started this one ends, where the system offers that; gain no rights by `exec`."""
    with contextlib.suppress(OSError, AttributeError, TypeError, ImportError):
        import ctypes

        libc = ctypes.CDLL(None)
        libc.prctl(1, 9)  # PR_SET_PDEATHSIG
        libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS


def _confine() -> None:
    """Give up what Graphviz does not need, where the system lets a process do that: memory, files, core dumps."""
    try:
        import resource
    except ImportError:
        return
    limits = {"AS": _address_space() + MEMORY, "NOFILE": FILES, "FSIZE": LARGEST_FILE, "CORE": 0}
    for name, limit in limits.items():
        _limit(resource, f"RLIMIT_{name}", limit)


def _limit(resource: object, name: str, limit: int) -> None:
    with contextlib.suppress(ValueError, OSError, AttributeError):
        which = getattr(resource, name)
        resource.setrlimit(which, (limit, limit))  # type: ignore[attr-defined]


def _address_space() -> int:
    """Return the size of this process's address space in bytes; large where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * 4096
    except OSError:
        return 2**40


if __name__ == "__main__":
    main()
