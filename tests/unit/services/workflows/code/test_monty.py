"""Code of tenants: what it may do, and that whatever else it tries is refused within its limits."""

from __future__ import annotations

import asyncio
import sys
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from services.workflows.code.monty import MontyRunner
from services.workflows.code.runner import CodeFailed, CodeResult

QUICK_S = 0.15
PATIENT_S = 30.0
ENDLESS = "def main(inputs):\n    while True:\n        pass"


@pytest.fixture(scope="module")
async def runner() -> AsyncIterator[MontyRunner]:
    async with MontyRunner(1) as runner:
        yield runner


async def failed(runner: MontyRunner, code: str, *, timeout_s: float = PATIENT_S) -> CodeFailed:
    with pytest.raises(CodeFailed) as failure:
        await runner.run(code, {}, timeout_s=timeout_s)
    await works(runner)
    return failure.value


async def works(runner: MontyRunner) -> None:
    """The one worker of the pool serves the next run, and nothing of the last."""
    assert await runner.run("def main(inputs):\n    return inputs['x'] + 1", {"x": 1}, timeout_s=PATIENT_S) == (
        CodeResult(2, "")
    )


async def test_code_returns_json_and_its_prints(runner: MontyRunner) -> None:
    code = (
        "import json, math, re\ndef main(inputs):\n    print('hi', inputs['n'])\n    return {'é': [1, 2.5, None, True]}"
    )
    assert await runner.run(code, {"n": 3}, timeout_s=PATIENT_S) == CodeResult({"é": [1, 2.5, None, True]}, "hi 3\n")


async def test_a_run_knows_nothing_of_the_one_before(runner: MontyRunner) -> None:
    await runner.run("kept = 5\ndef main(inputs):\n    return 1", {}, timeout_s=PATIENT_S)
    assert (
        await failed(runner, "def main(inputs):\n    return kept")
    ).message == "NameError: name 'kept' is not defined"


@pytest.mark.parametrize(
    ("code", "message", "line"),
    [
        ("def main(inputs):\n    a = 1\n    return {}['no']", "KeyError: no", 3),
        ("def f(x):\n    return 1 / x\ndef main(inputs):\n    return f(0)", "ZeroDivisionError: division by zero", 2),
        ("def main(inputs:\n    return", "SyntaxError: ", 2),
        ("x = 1", "NameError: name 'main' is not defined", None),
        ("def main():\n    return 1", "TypeError: main() takes 0 positional", 1),
        ("def main(inputs):\n    return {1, 2}", "TypeError: Object of type set is not JSON", None),
        ("def main(inputs):\n    return float('nan')", "the result is not JSON", None),
        ("def main(inputs):\n    x = []\n    x.append(x)\n    return x", "ValueError: Circular reference", None),
        ("def main(inputs):\n    raise TimeoutError('mine')", "TimeoutError: mine", 2),
        ("def main(inputs):\n    raise ValueError('x\\0' * 1_000_000)", "ValueError: x�", 2),
    ],
)
async def test_errors_name_the_line(runner: MontyRunner, code: str, message: str, line: int | None) -> None:
    failure = await failed(runner, code)
    assert (failure.code, failure.line) == ("code_error", line)
    assert failure.message.startswith(message)
    assert len(failure.message) <= 1_000


@pytest.mark.parametrize(
    "body",
    [
        "return open('/etc/passwd').read()",
        "import os\n    return dict(os.environ)",
        "import os\n    return os.getenv('PATH')",
        "import os\n    return os.listdir('/')",
        "from pathlib import Path\n    return Path('/etc/passwd').read_text()",
        "from pathlib import Path\n    return Path('/tmp/out').write_text('x')",
        "import socket",
        "import subprocess",
        "import ctypes",
        "import importlib",
        "return __import__('os').system('id')",
        "return eval(\"__import__('os').system('id')\")",
        "return ().__class__.__bases__[0].__subclasses__()",
        "return main.__globals__",
        "return main.__code__",
        "return (lambda: 0).__closure__[0].cell_contents.__builtins__",
        "return '{0.__class__.__mro__}'.format(1)",
        "import json\n    json.dumps = print",
        "import sys\n    return list(sys.modules)",
        "return input()",
        "return main",
    ],
)
async def test_there_is_no_way_out(runner: MontyRunner, body: str) -> None:
    assert (await failed(runner, f"def main(inputs):\n    {body}\n    return 1")).code == "code_error"


async def test_workers_have_no_environment_and_nothing_open(
    runner: MontyRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WAYMARK_SECRET_KEY", "hidden")
    with (tmp_path / "open").open("w"):
        async with MontyRunner(1) as fresh:
            await works(fresh)
            workers = [one for one in psutil.Process().children() if one.name() == "monty"]
            assert workers
            assert not any(worker.environ() for worker in workers)
            assert not any(worker.open_files() for worker in workers)
            assert all(worker.nice() > psutil.Process().nice() for worker in workers)
            # Not one more: no file, no socket.
            assert all(worker.rlimit(psutil.RLIMIT_NOFILE) == (3, 3) for worker in workers)


@pytest.mark.parametrize(
    "code",
    [
        ENDLESS,
        "while True:\n    pass",
        "def main(inputs):\n  while True:\n    try:\n      while True: pass\n    except BaseException: pass",
        "def main(inputs):\n    try:\n        while True: pass\n    finally:\n        while True: pass",
        "def main(inputs):\n    x = 3\n    for _ in range(60): x = x * x",
        "def main(inputs):\n    return sum(range(10**12))",
        "import re\ndef main(inputs):\n    while True: re.match('(x+x+)+y', 'x' * 35)",
        "import math\ndef main(inputs):\n    return math.factorial(10**7)",
    ],
)
async def test_time_ends(runner: MontyRunner, code: str) -> None:
    assert (await failed(runner, code, timeout_s=QUICK_S)).code == "timeout"


@pytest.mark.parametrize(
    "code",
    [
        "import time\ndef main(inputs):\n    time.sleep(10)",
        "import asyncio\nasync def nap(): await asyncio.sleep(10)\ndef main(inputs): return asyncio.run(nap())",
        "import time\ndef main(inputs):\n  while True:\n    try: time.sleep(0)\n    except BaseException: pass",
    ],
)
async def test_nobody_sleeps(runner: MontyRunner, code: str) -> None:
    assert (await failed(runner, code)).code == "code_error"


@pytest.mark.parametrize(
    "body",
    [
        "x = []\n    while True: x.append('a' * 100_000)",
        "x = []\n    while True: x = [x, x]; x = x + x",
        "return 'a' * 10**10",
        "return 10**10**9",
        "return 1 << 10**11",
        "return '1'.zfill(10**9)",
        "return f'{1:>9999999999}'",
        "return ('a' * 1_000_000).replace('a', 'a' * 1_000_000)",
        "return ','.join(['a' * 10_000] * 100_000)",
        "return eval('1+' * 1_000_000 + '1')",
        "while True:\n      try:\n        x = [1]\n        while True: x += x\n      except BaseException: pass",
    ],
)
async def test_memory_ends(runner: MontyRunner, body: str) -> None:
    assert (await failed(runner, f"def main(inputs):\n    {body}")).code == "memory"


@pytest.mark.parametrize(
    "code",
    [
        "def main(inputs):\n    return main(inputs)",
        "class A:\n    def __eq__(self, other): return self == other\ndef main(inputs):\n    return A() == A()",
        "def main(inputs):\n    x = []\n    for _ in range(100_000): x = [x]\n    return x",
        "import json\ndef main(inputs):\n    return json.loads('[' * 1_000_000)",
        "def main(inputs):\n    return eval('[' * 100_000)",
        "def main(inputs):\n    return " + "(" * 5_000 + "1" + ")" * 5_000,
        "def main(inputs):\n    return " + "-" * 60_000 + "1",
    ],
)
async def test_recursion_ends(runner: MontyRunner, code: str) -> None:
    assert (await failed(runner, code)).code == "code_error"


@pytest.mark.parametrize(
    "body",
    [
        "return 'x' * 30_000_000",
        "return list(range(1_000_000))",
        "print('x' * 70_000)",
        "while True: print('x' * 1_000)",
        "while True: print('x')",
    ],
)
async def test_results_and_prints_are_bounded(runner: MontyRunner, body: str) -> None:
    failure = await failed(runner, f"def main(inputs):\n    {body}", timeout_s=30)
    assert failure.code == "output_too_large"
    assert len(failure.log) <= 65_536


async def test_the_last_expression_of_a_text_stays_where_it_is(runner: MontyRunner) -> None:
    tracemalloc.start()
    try:
        await runner.run("def main(inputs):\n    return 1\n'x' * 20_000_000", {}, timeout_s=PATIENT_S)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


async def test_a_run_that_is_cancelled_leaves_its_place(runner: MontyRunner) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await runner.run(ENDLESS, {}, timeout_s=30)
    await works(runner)


async def test_inputs_that_do_not_fit_are_refused(runner: MontyRunner) -> None:
    with pytest.raises(CodeFailed, match="memory"):
        await runner.run("def main(inputs):\n    return 1", {"x": "a" * 80_000_000}, timeout_s=PATIENT_S)
    await works(runner)


SHORT_LIFE = """
import asyncio
from services.workflows.code.monty import MontyRunner

async def main():
    async with MontyRunner(1) as runner:
        for _ in range(30):
            await runner.run("def main(inputs):\\n    return 1", {}, timeout_s=5)

asyncio.run(main())
"""


async def test_a_process_that_ran_code_ends_well() -> None:
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-c", SHORT_LIFE) for _ in range(3)]
    assert [await process.wait() for process in processes] == [0, 0, 0]
