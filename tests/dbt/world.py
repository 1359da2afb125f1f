"""The program as a person runs it, in folders of its own."""

import json
import os
import shutil
import subprocess
import sys
import time

import bronze

# The variables of a first run: nothing has been read or built before it.
AT_ONCE = {"state_seq": 1, "release_seq": 0, "loaded_seq": 0}


class World:
    """A data folder of the program with a landing folder that grows, and the release it shows now."""

    def __init__(self, program, project, folder):
        self.program = program
        self.project = project
        self.landing = folder / "landing"
        self.data = folder / "data"
        # How many runs there were, and the last load of bronze that was there before the latest.
        self.load = 0
        self.loaded_before = 0

    def land(self, files, origin):
        for file in files:
            into = self.landing / file.relative_to(origin)
            into.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(file, into)
            except OSError:
                shutil.copyfile(file, into)

    def run(self):
        """`carton-caps pipeline run`. Returns its seconds."""
        loaded = bronze.last_load(self.data)
        command = [self.program, "pipeline", "run", "--project", self.project, "--landing", self.landing, "--data", self.data]
        # The project's own key, which dbt has too.
        environment = {name: value for name, value in os.environ.items() if name != "CARTON_CAPS_PSEUDONYM_KEY"}
        started = time.perf_counter()
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        seconds = time.perf_counter() - started
        # 3: published, with landing files set aside.
        if done.returncode not in (0, 3):
            sys.exit(f"carton-caps pipeline run ended with {done.returncode}:\n{done.stderr}")
        self.load += 1
        self.loaded_before = loaded
        return seconds

    def close_months(self, most):
        """Closes the first open months of the ledger that are over but for the last, at most so many. Returns them."""
        where = ["--data", self.data]
        listed = subprocess.run([self.program, "period", "list", *where, "--json"], stdout=subprocess.PIPE, check=True).stdout
        months = [month["period"] for month in json.loads(listed) if month["state"] != "closed"][:-2][:most]
        for month in months:
            words = ["period", "close", month, *where, "--project", self.project, "--allow-quarantined", "--reason", "a test"]
            subprocess.run([self.program, *words], stdout=subprocess.DEVNULL, check=True)
        return months

    def forget_all_but_bronze(self):
        """So that the next run makes silver and gold anew, of the files it has taken in."""
        for path in self.data.iterdir():
            if path.is_dir() and path.name not in ("bronze", "closes", "ops"):
                shutil.rmtree(path)
            elif path.name == "current" or path.name.startswith("state.duckdb"):
                path.unlink()

    @property
    def release(self):
        return self.data / "releases" / (self.data / "current").read_text(encoding="utf-8").strip()

    @property
    def gold(self):
        return self.release / "gold.duckdb"

    def variables(self):
        """What the latest run gave its models, so that dbt's are the same."""
        manifest = json.loads((self.release / "manifest.json").read_text(encoding="utf-8"))
        return {
            "business_date": manifest["business_date"],
            "reporting_zone": manifest["zone"],
            "state_seq": self.load,
            "release_seq": self.load - 1,
            "loaded_seq": self.loaded_before,
        }


def demo(program, purchases, out):
    """Landing files of a synthetic world, with the faults that it knows of."""
    command = [program, "demo", "--purchases", str(purchases), "--until", "2026-06-30", "--out", out]
    if "--dirt" in subprocess.run([program, "demo", "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout:
        command += ["--dirt", "default"]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"carton-caps demo ended with {done.returncode}:\n{done.stderr}")
    return out
