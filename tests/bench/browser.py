"""Purchases in headless Chromium: the program's page against the same dashboard in Streamlit, in turn, in one run.

    python browser.py --program PROGRAM --data DIR [--site .build/site] [--rounds 7]

Both are served as in production, from the same release. Prints JSON: medians, their ratios, and every round. Needs
`./setup.sh browser streamlit`; CHROMIUM names another browser than Debian's.
"""

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PEER = REPOSITORY / "tests" / "streamlit" / "purchases.py"
# From an empty cache until the figures are seen, from a choice until the last panel is new, and what is transferred.
AIMS = {"numbers_ms": 1 / 5, "change_ms": 1 / 8, "bytes": 1 / 8}
AIM_WASM_BYTES = 300_000
# A change of filters on the demo world of a million purchases.
AIM_CHANGE_MS = 150


@contextlib.contextmanager
def serving(command, port, health, environment=None):
    """A server from its first healthy answer until the end of the block."""
    server = subprocess.Popen(
        list(map(str, command)), cwd=REPOSITORY, env=os.environ | (environment or {}), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError, urllib.error.HTTPError):
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{health}", timeout=5):
                    break
            if time.monotonic() > deadline or server.poll() is not None:
                sys.exit(f"{command[0]} does not serve")
            time.sleep(0.05)
        yield server
    finally:
        server.terminate()
        server.wait(timeout=15)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def program(executable, data, site, port):
    command = [executable, "serve", "--project", "marts", "--site", site, "--data", data, "--addr", f"127.0.0.1:{port}"]
    return serving(command, port, "/readyz")


def streamlit(data, port):
    release = data / "releases" / (data / "current").read_text(encoding="utf-8").strip()
    options = {
        "server.headless": "true",
        "server.address": "127.0.0.1",
        "server.port": port,
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "global.developmentMode": "false",
        "client.toolbarMode": "minimal",
    }
    command = [REPOSITORY / ".build/streamlit/bin/streamlit", "run", PEER, *(f"--{name}={value}" for name, value in options.items())]
    return serving(command, port, "/_stcore/health", {"GOLD": str(release / "gold.duckdb")})


def measure(executable, data, site, rounds):
    ports = free_port(), free_port()
    with program(executable, data, site, ports[0]), streamlit(data, ports[1]):
        urls = f"http://127.0.0.1:{ports[0]}/purchases", f"http://127.0.0.1:{ports[1]}/"
        done = subprocess.run(
            ["node", REPOSITORY / "tests/bench/browser.mjs", *urls, str(rounds)], stdout=subprocess.PIPE, text=True, check=False
        )
    if done.returncode != 0:
        sys.exit("the browser could not measure")
    measured = json.loads(done.stdout)
    for ours, theirs in zip(measured["ours"], measured["theirs"]):
        if ours["shown"] != theirs["shown"]:
            sys.exit(f"The two show different figures, so their times say nothing: {ours['shown']} and {theirs['shown']}")
    names = [name for name in measured["ours"][0] if name not in ("shown", "moved")]
    median = {side: {name: statistics.median(each[name] for each in found) for name in names} for side, found in measured.items()}
    wasm = sum(file.stat().st_size for file in Path(site).glob("pkg/*.wasm.br"))
    return {
        "rounds": rounds,
        "ours": {name: round(value, 4) for name, value in median["ours"].items()},
        "streamlit": {name: round(value, 4) for name, value in median["theirs"].items()},
        "ratio": {name: round(median["ours"][name] / median["theirs"][name], 3) for name in names if median["theirs"][name]},
        "aim": {name: round(aim, 3) for name, aim in AIMS.items()} | {"shift": 0, "wasm_brotli_bytes": AIM_WASM_BYTES},
        "wasm_brotli_bytes": wasm,
        # What moved on our page, so that it can be mended.
        "moved": sorted({place for each in measured["ours"] for place in each["moved"]}),
        "each_change_ms": {side: [round(each["change_ms"]) for each in found] for side, found in measured.items()},
        "each_numbers_ms": {side: [round(each["numbers_ms"]) for each in found] for side, found in measured.items()},
    }


def changes(executable, data, site, pages):
    """Milliseconds from a change of the range to the last panel drawn anew, by page; each change is asked for once."""
    port = free_port()
    with program(executable, data, site, port):
        done = subprocess.run(
            ["node", REPOSITORY / "tests/bench/changes.mjs", f"http://127.0.0.1:{port}", *pages], stdout=subprocess.PIPE, text=True, check=False
        )
    if done.returncode != 0:
        sys.exit("the browser could not measure changes")
    took = {page: sorted(each) for page, each in json.loads(done.stdout).items()}
    return {
        page: {"changes": len(each), "p50_ms": round(statistics.median(each)), "p95_ms": round(each[(len(each) - 1) * 95 // 100])}
        for page, each in took.items()
    } | {"aim_p95_ms": AIM_CHANGE_MS}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--site", type=Path, default=REPOSITORY / ".build/site")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    print(json.dumps(measure(options.program.resolve(), options.data.resolve(), options.site.resolve(), options.rounds), indent=2))


if __name__ == "__main__":
    main()
