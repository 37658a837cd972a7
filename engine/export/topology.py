"""Topology: turns a document into what stays when numbers change, and what does not. Start at `split`.

Two answers of the same topology have the same graph, names, formulas, picture and steps; one who has the first needs
of the second only the numbers, and the texts that hold numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

CHANGING: Mapping[str, frozenset[str]] = {
    "nodes": frozenset({"data", "grad", "partials", "defaulted", "literal", "shown", "carried"}),
    "groups": frozenset({"grad", "nans", "shown", "sign", "magnitude", "carried"}),
    "steps": frozenset(
        {"upstream", "local", "contribution", "before", "after", "shown", "sign", "magnitude", "changes"}
        | {"text", "sentence", "math", "ledger"}
    ),
    "passes": frozenset({"data", "shown"}),
}
"""What numbers decide, in the elements of each list."""
_WHOLE = ("output", "printed", "warnings", "problem")
"""What is told anew as a whole."""


def split(document: Json) -> tuple[str, Json]:
    """Return the name of a document's topology, and the document that one needs who has another of that topology."""
    stays = {key: value for key, value in document.items() if key not in CHANGING and key not in _WHOLE}
    changes = {key: document[key] for key in _WHOLE if key in document}
    for name, fields in CHANGING.items():
        stays[name] = [[(key, value) for key, value in each.items() if key not in fields] for each in document[name]]
        changes[name] = [{key: each[key] for key in each.keys() & fields} for each in document[name]]
    stays["output"] = document["output"] and [document["output"]["node"], document["output"]["name"]]
    text = json.dumps(stays, separators=(",", ":"))
    topology = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]
    return topology, {"version": document["version"], "topology": topology, "unchanged": True} | changes
