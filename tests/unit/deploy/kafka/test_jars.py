"""Which Java is new enough for the broker."""

import pytest

from deploy.kafka.jars import java_feature_version


@pytest.mark.parametrize(
    ("banner", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('openjdk version "21" 2023-09-19', 21),
        ('java version "1.8.0_392"', 8),
        ("sh: java: not found", 0),
    ],
)
def test_feature_version_is_read_from_the_banner(banner: str, version: int) -> None:
    assert java_feature_version(banner) == version
