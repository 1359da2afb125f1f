"""Starts the stand-in: see the package's docstring."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from .releases import release_of
from .standin import StandIn


def main():
    parser = argparse.ArgumentParser(prog="python -m standin", description=__doc__)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--data", type=Path, help="a data folder; its current release is loaded")
    source.add_argument("--release", type=Path, help="a release's folder, with gold.duckdb and manifest.json")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--storage-port", type=int, default=0)
    parser.add_argument("--token", help="the personal access token; made by chance when left out")
    parser.add_argument("--client-secret", help="the secret of OAuth's service principal; made by chance when left out")
    parser.add_argument("--print-url", action="store_true", help="print how to reach it, as JSON, once it is ready (always done)")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop when standard input ends")
    arguments = parser.parse_args()

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if arguments.until_stdin_closes:
        threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
    release = release_of(arguments.data) if arguments.data else arguments.release
    with StandIn(release, arguments.port, arguments.storage_port, arguments.token, arguments.client_secret) as standin:
        print(standin.described(), flush=True)
        stop.wait()


main()
