"""`python -m deploy.console build|check|types`: the first two do nothing where nothing has changed.

`types` writes the types of the API anew, from `docs/openapi.json`.
"""

import argparse
import sys

from deploy.console.build import RegistryAway, StepFailed, Web
from deploy.console.node import NodeMissing

_STEPS = {"build": Web.build, "check": Web.check, "types": Web.write_types}
_ADVICE = "The console is not built: {reason}. `make console` tries again; everything else works without."


def main() -> int:
    """Do one step; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.console", description="Build or check the console's pages.")
    parser.add_argument("step", choices=_STEPS)
    step: str = parser.parse_args().step
    try:
        _STEPS[step](Web())
    except (RegistryAway, NodeMissing) as error:
        print(_ADVICE.format(reason=error) if step == "build" else error, file=sys.stderr)
        return 1
    except StepFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
