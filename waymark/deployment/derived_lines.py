"""Derived lines in a file that people edit: each block stands between `# written: <name> …` and `# end`."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BLOCK = re.compile(r"^( *# written: (\w+)[^\n]*\n).*?^( *# end\n)", re.MULTILINE | re.DOTALL)


def write_derived_lines(text: str, lines: Mapping[str, str]) -> str:
    """Return the file `text` with the lines of each block written anew, by the block's name.

    Raises ValueError when the marked blocks are not these.
    """
    marked = {match[2] for match in _BLOCK.finditer(text)}
    if marked != lines.keys():
        raise ValueError(f"derived lines are marked for {sorted(marked)}, not {sorted(lines)}")
    return _BLOCK.sub(lambda match: match[1] + lines[match[2]] + match[3], text)
