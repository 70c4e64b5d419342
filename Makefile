# Everything a person needs, as the only command typed: `make demo`, `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PIP := $(INSTALL) --constraint constraints.txt
OLDEST_CODEX := 0.144.4

# Half of the time tests wait for programs they have started: one more than there are processors.
WORKERS := $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')

# CI's machines are shared: what fails there is tried once more, and named as `RERUN` at the end.
TRIES := $(if $(CI),--reruns 1 -r fER)

# Tests start the program hundreds of times: compile it once, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check format bench docs screenshots clean

demo: $(VENV)/.app
	@$(BIN)/grafftui --demo

test: $(VENV)/.dev $(VENV)/.oldest-codex check
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(TRIES)

check: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.bench
	$(BIN)/python -m bench

docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "The pages are in build/site."

screenshots: $(VENV)/.dev
	$(BIN)/python -m pytest tests/pictures --snapshot-update
	$(BIN)/python tests/pictures/publish.py

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .hypothesis

$(VENV)/.app: pyproject.toml constraints.txt
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Installing grafftui into $(VENV) …"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	@$(PIP) --editable '.[bench]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@echo "Installing grafftui and its checks into $(VENV) …"
	@$(PIP) --editable '.[dev,docs]'
	@touch $(VENV)/.app $@

# The oldest program the extra `codex` may bring, beside the current one: the tests run both.
$(VENV)/.oldest-codex: Makefile | $(VENV)/.dev
	@echo "Installing the oldest codex program into $(VENV) …"
	@$(INSTALL) --no-deps --upgrade --target $(VENV)/oldest-codex \
		openai-codex-cli-bin==$(OLDEST_CODEX)
	@touch $@
