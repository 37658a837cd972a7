"""Text of a user within XML: turns any string into one that XML can hold, and that stays text. Start at `escaped`."""

import re

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENDS = re.compile("[\r\n\t]")
_PLAIN = re.compile("[\x20-\x21\x23-\x25\x27-\x3b=\x3f-\x7e−–·×∂]*")  # no & < > " and nothing unusual


def legal(value: str) -> str:
    r"""Return `value` on one line: what XML cannot hold becomes U+FFFD, line ends and tabs become spaces.

    >>> legal("a\nb"), legal("\x00") == legal("\ud800") == "\ufffd"
    ('a b', True)
    """
    return value if _PLAIN.fullmatch(value) else _ENDS.sub(" ", _ILLEGAL.sub("\ufffd", value))


def escaped(value: str) -> str:
    r"""Return `value` as XML text, for elements and attributes in double quotes.

    >>> escaped("<b>&\n"), escaped('"')
    ('&lt;b&gt;&amp; ', '&quot;')
    """
    if _PLAIN.fullmatch(value):
        return value
    clean = legal(value).replace("&", "&amp;").replace("<", "&lt;")
    return clean.replace(">", "&gt;").replace('"', "&quot;")
