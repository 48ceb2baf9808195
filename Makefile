# Needs Python 3.11 or newer and make; everything else is installed into .venv.
VENV := .venv
BIN := $(VENV)/bin
# The first Python on the path that is new enough; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ADDRESS := http://localhost:8501

.PHONY: run workshop test check lint types browser gallery bench clean

run: $(VENV)/app.stamp  ## start the app
	@echo "Contrastive Playground: $(ADDRESS)   (Ctrl-C ends it)"
	@$(BIN)/streamlit run app.py

# ARGUMENTS="--code maple-otter-482 --people 20" chooses; --help tells more.
workshop: $(VENV)/app.stamp  ## the app for a room of people, behind an access code
	@$(BIN)/python -m playground workshop $(ARGUMENTS)

# Several files at a time, but those with a browser one after the other: there server, worker and page share the cores.
test: check browser  ## lint, types and every test
	$(BIN)/python -m pytest -m "not browser" --numprocesses=auto --maxprocesses=4 --dist=loadfile --durations=15
	$(BIN)/python -m pytest -m browser --durations=15

check: lint types

lint: $(VENV)/tests.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/tests.stamp
	$(BIN)/mypy

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
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
