# Everything a developer runs. It takes Python 3.11 or later with venv, and make: no root, no server, no Node.

PYTHON ?= python3
PORT ?= 8000
PEOPLE ?= 100000

VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes
# One stamp for each requirements file, touched when what it asks for is installed.
FOR_RUNNING := $(VENV)/.installed-for-running
KEY := .local/secret-key
FOR_TESTS := $(VENV)/.installed-for-tests

# The linters look at the project as a developer's machine sees it, and at a database that is nobody's.
LINT := AISKILLS_DEBUG=true DATABASE_URL="sqlite:///$(CURDIR)/$(VENV)/lint.sqlite3"
PRODUCTION := env -u AISKILLS_DEBUG -u DATABASE_URL AISKILLS_ALLOWED_HOSTS=aiskills.example.org
COMPILE := $(VENV)/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--no-header --no-annotate --generate-hashes --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help run test bench screenshots messages lint lint-style lint-types lint-templates lint-migrations lint-production lock clean

help: ## say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

run: $(FOR_RUNNING) $(KEY) ## serve a demo organisation on http://127.0.0.1:8000 (PORT=8001 for another port)
	@AISKILLS_DEBUG=true AISKILLS_SECRET_KEY="$$(cat $(KEY))" PORT="$(PORT)" $(RUN) manage.py run_demo

# Made once, so that who has signed in stays so when the demo is started again.
$(KEY): | $(FOR_RUNNING)
	@mkdir -p $(@D) && umask 077 && $(RUN) -c 'import secrets; print(secrets.token_urlsafe(50))' > $@

test: $(FOR_TESTS) ## run the tests on SQLite and on PostgreSQL
	@$(RUN) -m tests.run

bench: $(FOR_TESTS) ## measure it at PEOPLE=100000, with BENCH="--only reports" for a part (docs/performance.md)
	@$(RUN) -m tests.bench --people $(PEOPLE) $(BENCH)

screenshots: $(FOR_TESTS) ## take the pictures in docs/images from the demo
	@$(RUN) -m tests.screenshots

messages: $(FOR_TESTS) ## bring the translations up to date with the texts of the pages
	@$(RUN) -m tests.messages

lint: lint-style lint-types lint-templates lint-migrations lint-production ## look for mistakes without running anything

lint-style: $(FOR_TESTS)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

lint-types: $(FOR_TESTS)
	@$(LINT) $(RUN) -m mypy .

# Those of git, and those it would take.
lint-templates: $(FOR_TESTS)
	@templates=$$(git ls-files --cached --others --exclude-standard '*.html') || exit 1; \
	if [ -z "$$templates" ]; then echo "No templates yet."; exit 0; fi; \
	$(VENV)/bin/djade --target-version 5.2 --check $$templates && echo "Templates are well formatted."

lint-migrations: $(FOR_TESTS)
	@$(LINT) $(RUN) manage.py makemigrations --check --dry-run

lint-production: $(FOR_TESTS)
	@key=$$($(RUN) -c 'import secrets; print(secrets.token_urlsafe(50))'); \
	AISKILLS_SECRET_KEY="$$key" $(PRODUCTION) $(RUN) manage.py check --deploy --fail-level WARNING

lock: $(FOR_TESTS) ## compile both requirements files from pyproject.toml
	@$(COMPILE) --output-file requirements.txt
	@$(COMPILE) --extra test --constraint requirements.txt --output-file tests/requirements.txt

clean: ## remove what make has made; your database stays
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(FOR_RUNNING): requirements.txt | $(VENV)/bin/pip
	@echo "Installing $< into $(VENV)."
	@$(PIP) -r $<
	@touch $@

$(FOR_TESTS): tests/requirements.txt | $(VENV)/bin/pip
	@echo "Installing $< into $(VENV)."
	@$(PIP) -r $<
	@touch $@

# pip comes last into a new environment: with it, the environment is whole.
$(VENV)/bin/pip:
	@command -v "$(PYTHON)" > /dev/null \
		|| { echo "There is no $(PYTHON). Install Python 3.11 or later, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is $$("$(PYTHON)" --version 2>&1); this needs 3.11 or later. Name one: make PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null \
		|| { echo "$(PYTHON) has no venv. Install it (on Debian and Ubuntu: python3-venv), then try again." >&2; exit 1; }
	@echo "Making $(VENV) with $$("$(PYTHON)" --version)."
	@"$(PYTHON)" -m venv --clear $(VENV)
