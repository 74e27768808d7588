# Two commands: `make run` (everything on the demonstration extracts) and `make test` (all tests). The rest is for developers.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
UV := VIRTUAL_ENV=$(VENV) $(BIN)/uv --quiet
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false
# Processes side by side: threads of the linear algebra would wait for each other.
export OPENBLAS_NUM_THREADS := 1
# Where the caller forbids bytecode, every process would compile all its imports again: seconds for each of the tests' dozens of dbt.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: calibrate run test lint lint-types lint-sql unit browser docs extracts lock rebuilds kills broken-rules broken-definitions structures landing-speed gate-engines mutations mutated-extracts projection-coverage r-reference statistics-speed cluster-inference report-picture replication-package publications disclosure-attack erasure superset superset-lock clean

run: $(INSTALLED)
	@$(BIN)/staff-mobility run

test: $(INSTALLED) browser lint unit

lint: $(INSTALLED)
	$(BIN)/ruff check python tests clients
	$(BIN)/ruff format --check python tests clients
	@$(MAKE) --no-print-directory --jobs 2 lint-types lint-sql

# Side by side: each has a part, checking types or compiling the project, that takes one core and a third of a minute.
lint-types: $(INSTALLED)
	$(BIN)/mypy

lint-sql: $(INSTALLED)
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 models tests/dbt analyses
	$(BIN)/sqlfluff lint --disable-progress-bar --templater raw clients

# A module's tests stay in one process, because they share what they have built. In the order of tests/python/conftest.py: else modules of
# few tests, which are the slow ones that build, come last and wait for each other.
unit: $(INSTALLED)
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# The environment: wheels only, every file checked against its hash. halo, which shows MetricFlow's spinner, comes as source alone.
# Where uv does not get through, because it does not read pip's settings of a mirror, pip does it.
LOCKED := --require-hashes --only-binary :all: --no-binary halo --requirement requirements.lock
$(INSTALLED): requirements.lock installer.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 14) else "Python 3.11 to 3.13 is needed; name one with: make PYTHON=python3.12 ...")'
	@echo "Creating the environment in $(VENV) (a minute or two the first time)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --only-binary :all: --requirement installer.lock
	@$(UV) pip install --native-tls $(LOCKED) || $(PIP) install --no-compile $(LOCKED)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# The report is tested in a real browser, in the font that its charts are measured for: the two things that no wheel brings.
browser:
	@if { command -v chromium > /dev/null || [ -n "$$CHROMIUM" ]; } && fc-list 2> /dev/null | grep -qi -e liberation -e arial; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		echo "Installing Chromium and a font for the browser tests"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-liberation > /dev/null; \
	else echo "No Chromium, or no Arial or Liberation Sans: the browser tests are skipped or fail. Install them (Debian: sudo apt-get install chromium fonts-liberation) or set CHROMIUM to the browser's path."; fi

docs: $(INSTALLED)
	$(BIN)/dbt docs generate --static

extracts: $(INSTALLED)
	$(BIN)/python -m staff_mobility.synthetic --out extracts/demo

# Slow, by hand (about half an hour): the search for extracts from which the study's numbers come out; then `make extracts`.
calibrate: $(INSTALLED)
	$(BIN)/python -m staff_mobility.synthetic.calibration

# Slow, by hand: ten builds in a row, all exports compared byte for byte.
rebuilds: $(INSTALLED)
	$(BIN)/python tests/campaigns/rebuilds.py --builds 10

# Slow, by hand: landings and builds are killed 200 times at any moment, and the next run must heal.
kills: $(INSTALLED)
	$(BIN)/python tests/campaigns/kills.py

# Slow, by hand: twenty readers of published marts while fifty publications come and publishers are killed; docs/publish.md.
publications: $(INSTALLED)
	$(BIN)/python tests/campaigns/publications.py --write

# Slow, by hand: an attacker tries to compute what publications hide, on 100 random sets and a built warehouse; docs/disclosure_control.md.
disclosure-attack: $(INSTALLED)
	$(BIN)/python tests/campaigns/disclosure_attack.py --write

# Slow, by hand: Superset in an environment of its own imports clients/superset/ and shows the report's numbers; docs/connect.md. Needs a
# built warehouse.
superset: $(INSTALLED)
	$(BIN)/python tests/campaigns/superset.py --write

# By hand, after `make run`: the picture of the README.
report-picture: $(INSTALLED)
	$(BIN)/python tests/campaigns/report_picture.py

# By hand (a minute): an erasure and a change of the key on a small project; the transcript of docs/erasure.md.
erasure: $(INSTALLED)
	$(BIN)/python tests/campaigns/erasure.py --write

# Slow, by hand: every rule of the models is broken once, and its unit test must fail.
broken-rules: $(INSTALLED)
	$(BIN)/python tests/campaigns/broken_rules.py

# Slow, by hand: every definition of the study is given another form; which published values are lost stands in docs/replication.md.
broken-definitions: $(INSTALLED)
	$(BIN)/python tests/campaigns/broken_definitions.py --jobs 2 --write

# Slow, by hand: chapters 3 and 4 on twenty changed copies of the extracts, each cell beside the oracle's.
mutated-extracts: $(INSTALLED)
	$(BIN)/python tests/campaigns/mutated_extracts.py --copies 20

# Slow, by hand: 2,000 mutated extracts are offered to landing, and none may be lost, doubled or changed without a word.
mutations: $(INSTALLED)
	$(BIN)/python tests/campaigns/mutations.py

# Slow, by hand: the institution mapping on a thousand invented sectors per property.
structures: $(INSTALLED)
	STRUCTURE_EXAMPLES=1000 $(BIN)/pytest tests/python/test_structure_properties.py

# Slow, by hand: gate and landing beside a bare read_csv, as ratios; add ROWS="4000 400000 4000000" for more.
landing-speed: $(INSTALLED)
	$(BIN)/python tests/campaigns/landing_speed.py --rows $(or $(ROWS),4000 400000)

# Slow, by hand: Great Expectations on whole frames beside groups of equal values.
gate-engines: $(INSTALLED)
	$(BIN)/python tests/campaigns/gate_engines.py

# Slow, by hand: how often the limits of the programme's projection hold in simulated periods; the table of docs/progress.md.
projection-coverage: $(INSTALLED)
	$(BIN)/python tests/campaigns/projection_coverage.py --trials 300

# Slow, by hand, with R: reference values of the statistics step (needs r-cran-clubsandwich, r-cran-lme4, r-cran-jsonlite).
r-reference: $(INSTALLED)
	$(BIN)/python tests/campaigns/r_reference.py

# Slow, by hand: how often each method finds an effect of institutions where there is none; docs/cluster_inference.md.
cluster-inference: $(INSTALLED)
	$(BIN)/python tests/campaigns/cluster_inference.py --runs 5000 --write

# Slow, by hand: the replication package's own instructions on a copy of it; needs a built warehouse.
replication-package: $(INSTALLED)
	$(BIN)/python tests/campaigns/replication_package.py

# Slow, by hand: the statistics step beside row-level statsmodels and pyfixest, as ratios; needs a built warehouse.
statistics-speed: $(INSTALLED)
	$(BIN)/python tests/campaigns/statistics_speed.py --rows $(or $(ROWS),4000 400000 4000000)

lock:
	$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --all-extras --no-strip-extras --no-emit-index-url pyproject.toml --output-file requirements.lock
	echo uv | $(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-annotate --custom-compile-command 'make lock' - --output-file installer.lock

superset-lock:
	$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url clients/superset/requirements.in --output-file clients/superset/requirements.txt

clean:
	rm -rf site target logs warehouse/*.duckdb warehouse/*.wal
