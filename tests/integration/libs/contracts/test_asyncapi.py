"""The description of the topics, judged by AsyncAPI's official parser and by the records themselves."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema

from libs.contracts.asyncapi import asyncapi_document
from libs.contracts.topics import INTERNAL_TOPICS, MANIFEST
from tests.support.registry_packages import npm_packages
from tests.support.tools import tool

ROOT = Path(__file__).parents[4]
ADVICE = "asyncapi-latest-version"
"""What the parser says of every document in version 3.0, which more tools read than 3.1."""
SOURCE = ROOT / "tests/support/asyncapi"


def judged(document: dict[str, Any]) -> dict[str, Any]:
    """What the parser says of a document."""
    command = [tool("node", "nodejs"), "validate.mjs"]
    text = json.dumps(document)
    done = subprocess.run(command, cwd=npm_packages(SOURCE), input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_official_parser_takes_the_document() -> None:
    found = judged(asyncapi_document())
    assert [each for each in found["diagnostics"] if each["code"] != ADVICE] == []
    assert sorted(found["channels"]) == sorted(topic.name for topic in MANIFEST if topic not in INTERNAL_TOPICS)


def test_the_official_parser_would_say_what_is_wrong() -> None:
    document = asyncapi_document()
    document["channels"]["events"]["messages"] = {"event": {"$ref": "#/components/messages/nobody"}}
    assert judged(document)["diagnostics"]


def test_examples_are_what_the_schemas_say() -> None:
    document = asyncapi_document()
    for message in document["components"]["messages"].values():
        for part in ("headers", "payload"):
            schema = {**message[part], "components": document["components"]}
            for example in message["examples"]:
                jsonschema.validate(example[part], schema)
