"""What `make image-check` reads out of the Dockerfile before it builds; building and trying are its own."""

from __future__ import annotations

import re

import pytest

from deploy.image import base_images
from deploy.image.__main__ import DOCKERFILE, variables
from deploy.image.confinement import USER_ID

TEXT = DOCKERFILE.read_text(encoding="utf-8")


def test_each_base_image_is_made_once_of_its_release() -> None:
    images = base_images.base_images(TEXT)
    assert len({image.name for image in images}) == len(images) == len(set(re.findall(r"^FROM (\S+)", TEXT, re.M)))
    assert {image.release for image in images} == {"trixie"}
    assert [image.name.partition(":")[0] for image in images if image.has_node] == ["node"]


def test_an_image_of_no_known_release_is_refused() -> None:
    with pytest.raises(ValueError, match="alpine does not say which release"):
        base_images.base_images("FROM python:3.13.11-alpine\n")


def test_the_image_is_tried_as_its_own_user_with_its_own_variables() -> None:
    assert f"useradd --uid {USER_ID} --gid waymark" in TEXT
    assert f"groupadd --gid {USER_ID} waymark" in TEXT
    assert TEXT.rstrip().endswith('USER waymark\nEXPOSE 8080\nCMD ["waymark", "--help"]')
    found = variables(TEXT)
    assert found["PATH"].startswith("/venv/bin:")
    assert found["WAYMARK_DATA_DIR"] == "/data"
    assert "UV_SYSTEM_CERTS" not in found
