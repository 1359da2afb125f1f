"""`make metricflow`: dbt's MetricFlow and the program answer the same questions, made by chance, on one release.

    python agreement.py --program PROGRAM --answers ANSWERS [--questions 200] [--seed 1] [--purchases 20000] [--data DIR]

PROGRAM makes a demo world with all its faults and publishes a release of it, unless DIR has one. ANSWERS is the test binary
that answers questions as the service does. Run it by the Python of `./setup.sh dbt`.
"""

import argparse
import datetime
import itertools
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import reading
from catalogue import Catalogue
from oracle import MetricFlow
from questions import questions

from world import World, demo  # of tests/dbt, which `oracle` has put on the path

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = REPOSITORY / "marts"
# Semantic models beside the project's own.
BESIDE = Path(__file__).parent / "semantic"


def project_in(folder):
    """A copy of the project that can be asked for more."""
    project = folder / "marts"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("src", "target"))
    shutil.copytree(BESIDE, project / "models" / "semantic", dirs_exist_ok=True)
    return project


def release_of(options, folder):
    """(the folder of a release, the data folder that it is the current one of)."""
    data = options.data
    if data is None:
        world = World(options.program, PROJECT, folder)
        demo(options.program, options.purchases, world.landing)
        world.run()
        data = world.data
    return data / "releases" / (data / "current").read_text(encoding="utf-8").strip(), data


def answers(binary, data, project, asked):
    """Our answers, in the order of the questions."""
    lines = "".join(json.dumps(question.ours()) + "\n" for question in asked)
    done = subprocess.run([binary, data, project], input=lines, stdout=subprocess.PIPE, text=True, check=False)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(said) != len(asked):
        sys.exit(f"{binary} ended with {done.returncode} after {len(said)} of {len(asked)} answers")
    return said


def reference(question, oracle, catalogue, observed):
    """What MetricFlow answers, in our meaning."""
    found = reading.theirs(oracle.rows(oracle.sql(question)), question, catalogue, observed)
    if question.compare:
        before = question.before()
        earlier = reading.theirs(oracle.rows(oracle.sql(before)), before, catalogue, observed)
        found = reading.compared(found, earlier, question, catalogue, observed)
    if question.skip:
        found = dict(list(found.items())[question.skip :])
    if question.total:
        found |= {reading.TOTAL: figures for figures in reference(question.whole(), oracle, catalogue, observed).values()}
    return found


def disagreement(said, question, oracle, catalogue, observed):
    """What differs, in words with both statements; None where nothing does."""
    if "refused" in said:
        lines = [f"ours refused: {said['refused']}"]
    else:
        mine = reading.ours(said["frame"], question)
        theirs = reference(question, oracle, catalogue, observed)
        if question.other and reading.OTHER in mine:
            shown = [key[0] for key in mine if key not in (reading.TOTAL, reading.OTHER)]
            (figures,) = reference(question.rest(shown), oracle, catalogue, observed).values()
            theirs |= {reading.OTHER: figures}
        lines = reading.differences(mine, reading.with_earlier(mine, theirs, question, catalogue), catalogue, question.sort)
    if not lines:
        return None
    shown = lines[:8] + ([f"… and {len(lines) - 8} more"] if len(lines) > 8 else [])
    both = ["ours:", said.get("sql", ""), "MetricFlow's:", oracle.sql(question)]
    return "\n".join(["", f"DIFFERENT: {question}", *(f"  {line}" for line in shown), *both])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=Path)
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--purchases", type=int, default=20_000)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    if options.program is None and options.data is None:
        parser.error("either --program or --data is needed")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        release, data = release_of(options, folder)
        manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
        observed = tuple(map(datetime.date.fromisoformat, manifest["observed"]))
        variables = {"business_date": manifest["business_date"], "reporting_zone": manifest["zone"]}
        project = project_in(folder)
        oracle = MetricFlow(project, release / "gold.duckdb", variables, folder)
        catalogue = Catalogue(oracle.manifest)
        chance = random.Random(options.seed)
        asked = list(itertools.islice(questions(chance, catalogue, oracle.values, observed), options.questions))
        said = answers(options.answers, data, project, asked)
        found = [disagreement(each, question, oracle, catalogue, observed) for each, question in zip(said, asked)]
    wrong = [words for words in found if words]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    figures = sum(len(each["frame"]["rows"]) * len(q.metrics) for each, q in zip(said, asked) if "frame" in each)
    print(f"MetricFlow and the program on {len(asked)} questions with {figures:,} figures (seed {options.seed}):")
    print(f"{len(asked) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
