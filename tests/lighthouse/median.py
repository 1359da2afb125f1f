"""`make lighthouse`: the median scores of the pages, and the audits that fail in any run.

    python median.py --program PROGRAM --data DIR [--site .build/site] [--pages /,/purchases] [--runs 5] [--form desktop]

Ends with 1 when a median is below its aim. Needs `./setup.sh lighthouse`; CHROMIUM names another browser than Debian's.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "bench"))

import browser  # noqa: E402

AIM = 95
CATEGORIES = ("performance", "accessibility", "best-practices")
TIMES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index")
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"


def report(url, form):
    """Lighthouse's report of one load, as a dict."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        command = [REPOSITORY / ".build/lighthouse/node_modules/.bin/lighthouse", url, "--quiet", "--output=json", f"--output-path={out}"]
        command += [f"--chrome-flags={FLAGS}", f"--only-categories={','.join(CATEGORIES)}"]
        command += ["--preset=desktop"] if form == "desktop" else []
        environment = os.environ | {"CHROME_PATH": os.environ.get("CHROMIUM", "/usr/bin/chromium")}
        done = subprocess.run(list(map(str, command)), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0 or not out.exists():
            sys.exit(f"Lighthouse ended with {done.returncode}:\n{done.stdout}")
        return json.loads(out.read_text(encoding="utf-8"))


def score(found, category):
    return round(100 * (found["categories"][category]["score"] or 0))


def failing(found):
    """{(category, audit): what it found} of audits that count and are not passed."""
    failed = {}
    for category in CATEGORIES:
        for reference in found["categories"][category]["auditRefs"]:
            audit = found["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                failed[category, audit["id"]] = f"{audit['title']}{elements(audit)}"
    return failed


def elements(audit):
    items = (audit.get("details") or {}).get("items") or []
    nodes = [item["node"].get("selector", "") for item in items if isinstance(item, dict) and isinstance(item.get("node"), dict)]
    spoken = audit.get("displayValue", "")
    return (f" ({spoken})" if spoken else "") + "".join(f"\n        {node}" for node in nodes[:5])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--site", type=Path, default=REPOSITORY / ".build/site")
    parser.add_argument("--pages", default="/,/purchases")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--form", choices=("desktop", "mobile"), default="desktop")
    options = parser.parse_args()
    port = browser.free_port()
    low = False
    with browser.program(options.program.resolve(), options.data.resolve(), options.site.resolve(), port):
        for page in options.pages.split(","):
            found = [report(f"http://127.0.0.1:{port}{page}", options.form) for _ in range(options.runs)]
            medians = {category: statistics.median(score(each, category) for each in found) for category in CATEGORIES}
            low = low or min(medians.values()) < AIM
            print(f"{page} ({options.form}): " + ", ".join(f"{category} {value:g}" for category, value in medians.items()))
            times = {name: statistics.median(each["audits"][name]["numericValue"] for each in found) for name in TIMES}
            print("    " + ", ".join(f"{name} {value:.3g}" for name, value in times.items()))
            failed = {}
            for each in found:
                failed |= failing(each)
            for (category, audit), words in sorted(failed.items()):
                print(f"    {category} / {audit}: {words}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
