"""A process that holds Graphviz: turns framed requests on standard input into framed answers on standard output.

A request is a length (4 bytes, big endian), a form (1 byte) and DOT text; an answer is a length, a status and a body.
Graphviz may crash, call `exit`, or never come back: then this process dies or is killed, and nothing else does.
"""

from __future__ import annotations

import contextlib
import struct
import sys
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
    """Serve until standard input ends."""
    draw("digraph { a -> b }", "plain")
    _draw('digraph { a [label="a"] }', "png")  # fonts are found and loaded before the limits close in
    _confine()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
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


def _confine() -> None:
    """Give up what Graphviz does not need, where the system lets a process do that: memory, files, core dumps."""
    try:
        import resource
    except ImportError:  # not a Unix
        return
    limits = {"AS": _address_space() + MEMORY, "NOFILE": FILES, "FSIZE": LARGEST_FILE, "CORE": 0}
    for name, limit in limits.items():
        _limit(resource, f"RLIMIT_{name}", limit)
    with contextlib.suppress(OSError, AttributeError, TypeError):
        import ctypes

        libc = ctypes.CDLL(None)
        libc.prctl(1, 15)  # PR_SET_PDEATHSIG: go when the server goes
        libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS


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
