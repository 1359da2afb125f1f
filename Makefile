# Two commands on a new machine: `make run` and `make test`. Both install what is missing.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

WORLD ?= demo
DATA := data/$(WORLD)
ADDR ?= 127.0.0.1:3000
PURCHASES ?= 200000
SEED ?= 1
STANDIN_PORT ?= 8765
ENV := . .build/env
PROGRAM = $$CARTON_CAPS_TARGET/debug/carton-caps
ANSWERS = $$CARTON_CAPS_TARGET/debug/answers

.PHONY: help set-up build run test lint bench dbt-parity growth metricflow lighthouse standin run-databricks watch release real-data clean

help: ## Lists what can be made.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

set-up:
	@./setup.sh build

build: set-up ## The program and the browser's half of it.
	@$(ENV)
	cargo build
	app/frontend/build.sh

run: build $(DATA)/landing ## Builds the marts and serves them on $(ADDR); WORLD=real for the Complete Journey.
	@$(ENV)
	code=0; $(PROGRAM) pipeline run --landing $(DATA)/landing --data $(DATA) || code=$$?
	# 3: published, with landing files set aside; the program has said which.
	[ $$code = 0 ] || [ $$code = 3 ] || exit $$code
	exec $(PROGRAM) serve --data $(DATA) --addr $(ADDR)

data/demo/landing: | build
	@$(ENV)
	$(PROGRAM) demo --out $@ --purchases $(PURCHASES) --seed $(SEED) --dirt default --truth

data/real/landing: real-data

real-data: ## The Complete Journey as landing files in data/real/landing.
	@./setup.sh build data
	if [ -f data/real/landing/.complete ]; then exit; fi
	rm -rf data/real/landing.part data/real/landing
	.build/python/bin/python tests/real_data/complete_journey.py --out data/real/landing.part
	touch data/real/landing.part/.complete
	mv data/real/landing.part data/real/landing

lint: set-up ## Formatting, clippy with warnings as errors, the invariants.
	@$(ENV)
	cargo fmt --all --check
	cargo clippy --all-targets --quiet -- -D warnings
	cargo test --quiet --test invariants

test: lint real-data ## Every test: Rust, SQL models, real data, kills, dbt, MetricFlow, and the pages in Chromium.
	@./setup.sh build browser data dbt growth stores standin
	$(ENV)
	cargo build
	app/frontend/build.sh
	export CARTON_CAPS_PROGRAM=$(PROGRAM) CARTON_CAPS_REAL_LANDING=$(CURDIR)/data/real/landing
	export CARTON_CAPS_S3_SERVER=$(CURDIR)/.build/s3-server/bin/moto_server
	export CARTON_CAPS_STANDIN_PYTHON=$(CURDIR)/.build/standin/bin/python
	cargo test
	.build/dbt/bin/python -m unittest discover --start-directory tests/dbt
	.build/dbt/bin/python tests/dbt/parity.py --program $(PROGRAM) --demo 20000
	.build/growth/bin/python tests/growth/agree.py --program $(PROGRAM)
	.build/growth/bin/python tests/growth/truth.py --program $(PROGRAM) --worlds 3
	.build/growth/bin/python tests/growth/cdnow.py --program $(PROGRAM)
	.build/dbt/bin/python -m unittest discover --start-directory tests/metricflow
	.build/dbt/bin/python tests/metricflow/agreement.py --program $(PROGRAM) --answers $(ANSWERS)
	.build/dbt/bin/python tests/ledger/agreement.py --program $(PROGRAM) --parts 3
	.build/dbt/bin/python tests/ledger/truth.py --program $(PROGRAM)
	.build/dbt/bin/python tests/ledger/closes.py --program $(PROGRAM)
	.build/dbt/bin/python -m unittest discover --start-directory tests/ledger
	.build/standin/bin/python -m unittest discover --start-directory tests/standin --top-level-directory tests
	cd end2end && npx --no-install playwright test

bench: build real-data ## Ratios measured in one run.
	@./setup.sh build data dbt browser streamlit
	$(ENV)
	export CARTON_CAPS_PROGRAM=$(PROGRAM) CARTON_CAPS_REAL_LANDING=$(CURDIR)/data/real/landing
	.build/python/bin/python tests/bench/bench.py

lighthouse: build $(DATA)/landing ## Lighthouse on the Overview and Purchases: the median of five runs each, and what fails.
	@./setup.sh build lighthouse
	$(ENV)
	[ -f $(DATA)/current ] || $(PROGRAM) pipeline run --landing $(DATA)/landing --data $(DATA) || [ $$? = 3 ]
	python3 tests/lighthouse/median.py --program $(PROGRAM) --data $(DATA)

dbt-parity: build real-data ## Real dbt makes the same tables, load by load, of a demo world and of the Complete Journey.
	@./setup.sh build dbt
	$(ENV)
	.build/dbt/bin/python tests/dbt/parity.py --program $(PROGRAM) --demo $(PURCHASES) --days 3
	.build/dbt/bin/python tests/dbt/parity.py --program $(PROGRAM) --landing data/real/landing

growth: build ## Growth and engagement marts hold what their definitions, the truth of demo worlds, and pandas on CDNOW say.
	@./setup.sh build growth
	$(ENV)
	.build/growth/bin/python tests/growth/agree.py --program $(PROGRAM) --purchases $(PURCHASES)
	.build/growth/bin/python tests/growth/truth.py --program $(PROGRAM)
	.build/growth/bin/python tests/growth/cdnow.py --program $(PROGRAM)

metricflow: build ## MetricFlow and the program agree on 1000 questions made by chance; SEED=2 asks others.
	@./setup.sh build dbt
	$(ENV)
	.build/dbt/bin/python tests/metricflow/agreement.py --program $(PROGRAM) --answers $(ANSWERS) --questions 1000 --seed $(SEED)

standin: build $(DATA)/landing ## A stand-in for a Databricks SQL warehouse on 127.0.0.1:$(STANDIN_PORT), real Spark with the current release's tables.
	@./setup.sh build standin
	$(ENV)
	[ -f $(DATA)/current ] || $(PROGRAM) pipeline run --landing $(DATA)/landing --data $(DATA) || [ $$? = 3 ]
	PYTHONPATH=tests exec .build/standin/bin/python -m standin --data $(DATA) --port $(STANDIN_PORT)

run-databricks: build $(DATA)/landing ## Serves the dashboards on $(ADDR) from the stand-in instead of DuckDB.
	@./setup.sh build standin
	$(ENV)
	[ -f $(DATA)/current ] || $(PROGRAM) pipeline run --landing $(DATA)/landing --data $(DATA) || [ $$? = 3 ]
	# It stops when this shell is gone.
	coproc STANDIN { PYTHONPATH=tests exec .build/standin/bin/python -m standin --data $(DATA) --until-stdin-closes; }
	read -r reached <&$${STANDIN[0]}
	of() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$$reached" "$$1"; }
	export CARTON_CAPS_DATABRICKS_HOST=$$(of url) CARTON_CAPS_DATABRICKS_WAREHOUSE_ID=$$(of warehouse_id)
	export CARTON_CAPS_DATABRICKS_TOKEN=$$(of token) CARTON_CAPS_DATABRICKS_SCHEMA=carton_caps
	# Two cores that have just begun take longer than a warehouse.
	export CARTON_CAPS_LIMITS_QUERY_SECONDS=60
	$(PROGRAM) serve --warehouse databricks --addr $(ADDR)

watch: build $(DATA)/landing ## Builds and starts again on every change.
	@$(ENV)
	$(PROGRAM) pipeline run --landing $(DATA)/landing --data $(DATA) || [ $$? = 3 ]
	exec node app/frontend/watch.mjs $(PROGRAM) serve --data $(DATA) --addr $(ADDR)

release: build ## dist/carton-caps/: the program, site files, DuckDB and marts; runs from anywhere.
	@$(ENV)
	rm -rf dist/carton-caps.part
	mkdir -p dist/carton-caps.part/lib
	cp $(PROGRAM) dist/carton-caps.part/
	cp -R .build/site dist/carton-caps.part/site
	cp $$DUCKDB_LIB_DIR/libduckdb.* $$DUCKDB_LIB_DIR/LICENSE dist/carton-caps.part/lib/
	# The dbt project without the crate over it.
	tar -C marts --exclude=./src --exclude=./Cargo.toml -cf - . | tar -C dist/carton-caps.part -xf - --one-top-level=marts
	rm -rf dist/carton-caps
	mv dist/carton-caps.part dist/carton-caps
	echo "dist/carton-caps is ready: dist/carton-caps/carton-caps serve --data DIR"

clean: ## Removes what this checkout built; the shared cache stays.
	@rm -rf .build dist data/demo
