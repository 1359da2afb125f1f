"""Real dbt over the project's files, which it may read only: what it writes goes to a folder of its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


class Dbt:
    """The dbt beside this Python. `folder` takes its target files and logs, and is kept between calls for its parse."""

    def __init__(self, project, folder, threads=1):
        self.project = project
        self.folder = folder
        self.threads = threads

    def build(self, file, variables):
        """`dbt build` into a DuckDB file."""
        self.run("build", "--quiet", "--log-level-file", "none", "--target", "duckdb", file=file, variables=variables)

    def nodes(self):
        """The models and seeds of the last build, as dbt's manifest has them."""
        manifest = json.loads((self.folder / "target" / "manifest.json").read_text(encoding="utf-8"))
        return [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]

    def relations(self):
        """The models and seeds of the last build: {name: (relation, materialization)}."""
        return {
            node["name"]: (f'"{node["database"]}"."{node["schema"]}"."{node["alias"]}"', node["config"]["materialized"])
            for node in self.nodes()
        }

    def lists_of_the_run(self):
        """Views and tables that list what has changed since the release, themselves or by a view that they read.

        dbt writes all rows that an increment judged, the program those that came out otherwise; so these differ.
        """
        reads = re.compile(r"var\(\s*['\"](state_seq|release_seq|loaded_seq)['\"]")
        since_the_release = re.compile(r"var\(\s*['\"]release_seq['\"]")
        nodes = {node["unique_id"]: node for node in self.nodes()}
        views = {key: node for key, node in nodes.items() if node["config"]["materialized"] == "view"}
        found = {key for key, node in views.items() if reads.search(node["raw_code"])}
        found |= {key for key, node in nodes.items() if since_the_release.search(node["raw_code"])}
        while more := {key for key, node in views.items() if key not in found and found & set(node["depends_on"]["nodes"])}:
            found |= more
        return {nodes[key]["name"] for key in found}

    def computed_by_the_program(self):
        """Tables of which the models give the shape and the program's estimators the rows: dbt builds them empty."""
        return {node["name"] for node in self.nodes() if "computed" in node["config"].get("tags", [])}

    def run(self, command, *options, file=None, variables):
        """Runs dbt to its end, or ends this program with what dbt said. Returns dbt's words."""
        arguments = [Path(sys.executable).parent / "dbt", command, *options]
        arguments += ["--project-dir", self.project, "--profiles-dir", HERE]
        arguments += ["--target-path", self.folder / "target", "--log-path", self.folder / "logs"]
        arguments += ["--vars", json.dumps(variables)]
        environment = os.environ | {
            "CARTON_CAPS_DBT_FILE": str(file or self.folder / "none.duckdb"),
            "CARTON_CAPS_DBT_THREADS": str(self.threads),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_VERSION_CHECK": "false",
            "DBT_USE_COLORS": "false",
            # Nothing is written beside the project's files.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        done = subprocess.run(
            list(map(str, arguments)), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode != 0:
            sys.exit(f"dbt {command} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    @staticmethod
    def deprecations(words):
        """The kinds of deprecation that dbt warned of."""
        return sorted(set(re.findall(r"\b(\w+Deprecation)\b", words)))
