# The first target that needs it makes a virtual environment in .venv; nothing else is installed anywhere.

VENV := .venv
READY := $(VENV)/.ready
IN := $(VENV)/bin

.PHONY: help demo test lint bench up clean venv

help:
	@echo "make demo    the register with synthetic Sweden behind it (ALL=1 all persons, EXIT=1 end when done)"
	@echo "make up      start the register: Kafka, PostgreSQL, intake, relay, projections, web pages"
	@echo "make test    everything that must hold: style, types, import directions, tests"
	@echo "make lint    the first three of these, without the tests"
	@echo "make bench   how fast it is on this machine"
	@echo "make clean   remove what make made (data in .vaxreg stays)"

demo: venv
	$(IN)/vaxreg demo $(if $(ALL),--all) $(if $(EXIT),--exit)

up: venv
	$(IN)/vaxreg up

bench: venv
	$(IN)/python -m tests.benchmarks

# Three at a time on two cores, each with servers of its own: most of a test with servers is waiting for them. Those that
# take minutes come first (tests/conftest.py), or one would be alone with them at the end.
test: lint
	$(IN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: venv
	$(IN)/ruff check
	$(IN)/ruff format --check
	$(IN)/mypy
	$(IN)/lint-imports

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv: $(READY)

# Installed once, and again when what is needed has changed.
$(READY): pyproject.toml constraints.txt
	@python=; for each in python3 python3.13 python3.12 python3.11; do \
	  if $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$each; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or newer is needed and none was found as python3, python3.13, python3.12 or python3.11."; exit 1; \
	fi; \
	if [ ! -x $(IN)/python ] && ! $$python -m venv $(VENV); then \
	  echo "$$python cannot make a virtual environment; on Debian and Ubuntu the package python3-venv is missing."; exit 1; \
	fi
	@echo "Installing into $(VENV) (about a minute) ..."
	@$(IN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@
