"""Which Java is new enough for the broker, and what is said before its jars are fetched."""

import subprocess
import sys
from pathlib import Path

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


_RUN_WITHOUT_JARS = """
import sys
from pathlib import Path
from deploy.kafka import __main__, jars

def fail(_):
    raise jars.FetchFailed("no network")

jars.CACHE, jars._fetch = Path(sys.argv[2]) / "cache", fail
sys.exit(__main__.main())
"""


def test_a_fetch_is_announced_before_it_begins(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _RUN_WITHOUT_JARS, "--data-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("Fetching Apache Kafka's jars")
    assert done.stderr == "no network\n"
