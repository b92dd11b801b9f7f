"""The description of the topics, judged by AsyncAPI's official parser and by the records themselves."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema

from libs.contracts.asyncapi import asyncapi_document
from libs.contracts.topics import CREDENTIALS, MANIFEST
from tests.support.tools import tool

ROOT = Path(__file__).parents[4]
ADVICE = "asyncapi-latest-version"
"""What the parser says of every document in version 3.0, which more tools read than 3.1."""
SOURCE = ROOT / "tests/support/asyncapi"


def installed() -> Path:
    """A directory with the parser as the lock file says, made once."""
    lock_file = SOURCE / "package-lock.json"
    place = ROOT / ".cache" / f"asyncapi-{hashlib.sha256(lock_file.read_bytes()).hexdigest()[:12]}"
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("package.json", "package-lock.json", ".npmrc", "validate.mjs"):
            shutil.copy(SOURCE / name, place)
        if not (place / "complete").exists():
            command = [tool("npm", "npm"), "ci", "--ignore-scripts"]
            done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr[-2000:]
            (place / "complete").touch()
    return place


def judged(document: dict[str, Any]) -> dict[str, Any]:
    """What the parser says of a document."""
    command = [tool("node", "nodejs"), "validate.mjs"]
    text = json.dumps(document)
    done = subprocess.run(command, cwd=installed(), input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_official_parser_takes_the_document() -> None:
    found = judged(asyncapi_document())
    assert [each for each in found["diagnostics"] if each["code"] != ADVICE] == []
    assert sorted(found["channels"]) == sorted(topic.name for topic in MANIFEST if topic is not CREDENTIALS)


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
