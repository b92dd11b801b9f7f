"""The page where nothing is built."""

from __future__ import annotations

from typing import Final

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Not built · Waymark</title>
<link rel="icon" href="data:,">
<style nonce="{nonce}">
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }}
main {{ max-width: 40rem; margin: 4rem auto; padding: 0 1rem; }}
</style>
</head>
<body>
<main>
<h1>The console is not built</h1>
<p>Where npm's registry can be reached, this builds it; then load this page again:</p>
<pre><code>make console</code></pre>
<p><code>make run</code> does the same before it starts.
The HTTP API works without; <a href="/docs">/docs</a> shows it.</p>
</main>
</body>
</html>
"""


def unbuilt_page(nonce: str) -> bytes:
    """Return the page that names the command, with the nonce of its styles."""
    return _PAGE.format(nonce=nonce).encode()
