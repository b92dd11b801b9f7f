"""`python -m deploy.console build|check`: both do nothing where nothing has changed."""

import argparse
import sys

from deploy.console.build import RegistryAway, StepFailed, Web
from deploy.console.node import NodeMissing

_ADVICE = "The console is not built: {reason}. `make console` tries again; everything else works without."


def main() -> int:
    """Build or check; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.console", description="Build or check the console's pages.")
    parser.add_argument("step", choices=("build", "check"))
    step = parser.parse_args().step
    try:
        Web().build() if step == "build" else Web().check()
    except (RegistryAway, NodeMissing) as error:
        print(_ADVICE.format(reason=error) if step == "build" else error, file=sys.stderr)
        return 1
    except StepFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
