# make demo: everything from a fresh clone to the report. make test: the fast tests. No other set-up.
# make test-thorough: every case of what those show one of. make test-workflow: the tests that run the
# workflow. make docs: the documentation as a site.
# make play: a page to play with, in the browser.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= all
# make demo PRESET=mnist5k: another one, instead of what config.yaml says.
PRESET ?=
SNAKEMAKE := $(BIN)/snakemake $(if $(PRESET),--config preset=$(PRESET))
# Rules run `python`: that of this environment, as where it is activated.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# torch brings no index of its own to choose its build by; uv knows them. "auto" takes the CUDA build
# where there is an NVIDIA driver and the CPU build elsewhere.
TORCH_BACKEND ?= auto

.PHONY: demo test test-thorough test-workflow test-slow lint docs play clean
demo: $(VENV)/ready
	@$(SNAKEMAKE) --cores $(CORES) --quiet rules host
	@$(SNAKEMAKE) --report results/snakemake_report.html --quiet all
	@$(BIN)/python -m beyond_blur report > /dev/null
	@$(BIN)/python -c "print(open('results/table1.txt').read())"
	@echo "Report: file://$$PWD/results/report.html"

test: $(VENV)/ready
	$(BIN)/python -m pytest -n auto --dist loadfile

test-thorough: $(VENV)/ready
	$(BIN)/python -m pytest -m "thorough and not slow" -n auto --dist loadfile

test-workflow: $(VENV)/ready
	$(BIN)/python -m pytest -m "workflow and not slow" -n auto --dist loadfile

test-slow: $(VENV)/ready
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/ready
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --constraints envs/pins.txt
docs: $(VENV)/ready
	$(INSTALL) --requirements pyproject.toml --extra docs
	$(BIN)/python -m sphinx -W --keep-going -q -c docs . site
	@echo "Documentation: file://$$PWD/site/docs/index.html"

play: $(VENV)/ready
	$(INSTALL) --requirements pyproject.toml --extra play
	$(BIN)/python -m beyond_blur play

clean:
	rm -rf results .snakemake

# Made once, and again only when the pins change.
$(VENV)/ready: pyproject.toml envs/pins.txt envs/install.sh
	PYTHON=$(PYTHON) TORCH_BACKEND=$(TORCH_BACKEND) bash envs/install.sh $(VENV)
	@touch $@
