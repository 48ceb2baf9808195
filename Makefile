# Needs Python 3.11 or newer and make; everything else is installed into .venv.
VENV := .venv
BIN := $(VENV)/bin
# The first Python on the path that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
# Empty where there is no node and npm that the linter and the tests of the browser side run on.
NODE = $(shell command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split("."); \
	process.exit(100 * a + +b < 2019 ? 1 : 0)' 2>/dev/null && echo yes)
OLDEST := .venv-oldest
PARTS := lint types javascript python-tests browser-tests
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ADDRESS := http://localhost:8501

.PHONY: run workshop test test-fast test-oldest check $(PARTS) browser gallery bench clean

run: $(VENV)/app.stamp  ## start the app
	@echo "Contrastive Playground: $(ADDRESS)   (Ctrl-C ends it)"
	@$(BIN)/streamlit run app.py

# ARGUMENTS="--code maple-otter-482 --people 20" chooses; --help tells more.
workshop: $(VENV)/app.stamp  ## the app for a room of people, behind an access code
	@$(BIN)/python -m playground workshop $(ARGUMENTS)

# Each part whatever came of those before. Where CI is set, nothing is skipped.
test: $(VENV)/tests.stamp  ## lint, types and every test; what came of each part stands at the end
	@$(BIN)/python tests/run_parts.py $(PARTS) $(if $(NODE)$(CI),,--skip javascript)

# Several files at a time, but those with a browser one after the other: there server, worker and page share the cores.
python-tests: $(VENV)/tests.stamp
	$(BIN)/python -m pytest -m "not browser" --numprocesses=auto --maxprocesses=4 --dist=loadfile --durations=15

browser-tests: browser
	$(BIN)/python -m pytest -m browser --durations=15

javascript: node_modules/.package-lock.json
	npm run --silent lint
	npm test --silent

check: lint types  ## lint and types of the Python side

lint: $(VENV)/tests.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/tests.stamp
	$(BIN)/mypy

# Without what tests/conftest.py lists as slow.
test-fast: $(VENV)/tests.stamp  ## what one runs between two edits: no browser, no training, no other processes
	$(BIN)/python -m pytest --fast --numprocesses=auto --maxprocesses=4 --dist=loadfile

# With the oldest version of everything that the requirements allow; a download of some gigabytes.
test-oldest: $(OLDEST)/tests.stamp  ## every test that needs no browser, with the oldest versions allowed
	$(OLDEST)/bin/python -m pytest -m "not browser" --numprocesses=auto --maxprocesses=4 --dist=loadfile --durations=15

# Debian's Chromium where apt works, Playwright's own elsewhere.
browser: $(VENV)/tests.stamp
	@command -v chromium >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq chromium; } >/dev/null 2>&1 \
		|| { sudo -n apt-get update -qq && sudo -n apt-get install -y -qq chromium; } >/dev/null 2>&1 \
		|| $(BIN)/python -m playwright install chromium

gallery: browser  ## the pictures of README, from a real run
	@fc-list 2>/dev/null | grep -qi emoji || apt-get install -y -qq fonts-noto-color-emoji >/dev/null 2>&1 || true
	$(BIN)/python -m tests.browser.gallery

# With others beside it: they are among what the tests need. ARGUMENTS="--quick --only step" chooses.
bench: $(VENV)/tests.stamp  ## what things cost on this machine
	$(BIN)/python -m playground bench $(ARGUMENTS)

node_modules/.package-lock.json: package-lock.json
	@test -n "$(NODE)" || { echo "Node.js 20.19 or newer and npm are needed, and were not found."; exit 1; }
	npm ci --silent
	@touch $@

# The oldest Python, too. uv knows how to choose the lowest versions that requirements allow.
$(OLDEST)/tests.stamp: requirements.txt tests/requirements.txt
	python3.11 -m venv --clear $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(OLDEST)/bin/uv pip install --quiet --python $(OLDEST) --resolution lowest-direct \
		-r requirements.txt -r tests/requirements.txt
	@touch $@

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/app.stamp: requirements.txt | $(VENV)/bin/python
	@echo "Installing what the app needs into $(VENV): some minutes, the first time only."
	$(PIP) -r requirements.txt
	@echo "Compiling what the first run needs: half a minute, the first time only."
	-@$(BIN)/python -m playground prepare
	@touch $@

$(VENV)/tests.stamp: tests/requirements.txt $(VENV)/app.stamp
	$(PIP) -r tests/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV) $(OLDEST) node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
