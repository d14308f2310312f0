# make demo, make test: each sets up what it needs on a fresh Debian 12.
#   make demo [ONCE=1] [SEED=n] [PORT=n]        bisect a small kernel, about a minute
#   make demo-linux [ONCE=1] [SEED=n] [PORT=n]  the same with Linux 6.12, slower the first time
#   make demo-linux [LINUX=6.1 | TREE=/a/clone] with an older one, or on top of a clone of yours
#   make bench-linux [SEED=n] [LINUX=6.1]       the same against `git bisect run`, for an hour or two
#   make bench-web [DATABASE=sqlite]            how quickly pages answer when there are ten million runs
#   make test                                   every test
#   make fast [DATABASE=postgresql]             the tests that boot nothing, in about five minutes
#   make crashlogs [ONLY="name name"]           crash Linux anew for the example consoles, an hour or two
#   make fuzz [FUZZ_SECONDS=600]                     look for consoles that their reader fails on

SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -eu -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

PYTHON ?= python3
PY := .venv/bin/python
SEED ?= 1
LINUX ?= 6.12
PORT ?= 8000
FUZZ_SECONDS ?= 600
DEMO_DATA := $(CURDIR)/var/demo
BENCH_OUT := $(CURDIR)/var/bench
DEMO_FLAGS := --port $(PORT) $(if $(ONCE),--once)

# Compiled modules are kept: the tests start hundreds of programs.
unexport PYTHONDONTWRITEBYTECODE

PACKAGES := git gcc libc6-dev make perl qemu-system-x86 ccache bubblewrap
REPRODUCER_PACKAGES := gcc-12-multilib openssh-client busybox-static shellcheck
LINUX_PACKAGES := linux-source-$(LINUX) bc bison flex libelf-dev mmdebstrap e2fsprogs
DATABASE_PACKAGES := postgresql
TEST_PACKAGES := chromium default-jre-headless clang gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm dovecot-imapd

# In front of a command: its rows are in a private PostgreSQL, instead of SQLite.
IN_DATABASE = $(if $(filter postgresql,$(DATABASE)),$(PY) -m bench.web.postgres $(BENCH_OUT)/postgres-tests)

BOOTS := kernel or linux or browser or imap
# What each worker would load or collect for seconds, for nothing.
UNUSED := --ignore-glob='*/test_long.py' -p no:schemathesis -p no:anyio

.PHONY: help demo demo-linux bench-linux bench-web test fast crashlogs fuzz lock
help:
	@sed -n 's/^# *make/make/; /^make/p' Makefile

demo: .venv/runtime.stamp
	@deploy/install-packages $(PACKAGES)
	tree=var/demo/kernel-$(SEED)
	test -e $$tree/demo.json || $(PY) -m tests.demokernel $$tree --seed $(SEED)
	BISECTWEB_DATA=$(DEMO_DATA) exec $(PY) manage.py demo $$tree/demo.json $(DEMO_FLAGS)

# Leaves the folder of the tree in the shell's variable `tree`.
define GENERATE_LINUX
if test -n "$(TREE)"; then
    source="$(TREE)" base=clone-$$(git -c safe.directory='*' -C "$(TREE)" rev-parse --short=12 HEAD)
else
    source=/usr/src/linux-source-$(LINUX).tar.xz base=linux-$(LINUX)
fi
tree=var/demo/$$base-$(SEED)
test -e $$tree/demo.json || $(PY) -m tests.demolinux $$tree --seed $(SEED) --source "$$source"
endef

demo-linux: .venv/runtime.stamp
	@deploy/install-packages $(PACKAGES) $(LINUX_PACKAGES)
	$(GENERATE_LINUX)
	BISECTWEB_DATA=$(DEMO_DATA) exec $(PY) manage.py demo $$tree/demo.json $(DEMO_FLAGS)

bench-linux: .venv/runtime.stamp
	@deploy/install-packages $(PACKAGES) $(LINUX_PACKAGES)
	$(GENERATE_LINUX)
	exec $(PY) -m bench.linux $$tree/demo.json $(BENCH_OUT)

bench-web: .venv/dev.stamp
	@deploy/install-packages $(PACKAGES) $(DATABASE_PACKAGES)
	exec $(PY) -m bench.web $(BENCH_OUT)/web --database $(or $(DATABASE),postgresql)

# What boots nothing runs on all cores; the rest one after the other, as most use all of them.
test: fast
	@deploy/install-packages $(LINUX_PACKAGES) $(TEST_PACKAGES)
	exec $(PY) -m pytest -m "$(BOOTS) or long"

fast: .venv/dev.stamp
	@deploy/install-packages $(PACKAGES) $(REPRODUCER_PACKAGES) $(DATABASE_PACKAGES)
	exec $(IN_DATABASE) $(PY) -m pytest -n auto --dist worksteal -m "not ($(BOOTS) or long)" $(UNUSED)

crashlogs: .venv/dev.stamp
	@deploy/install-packages $(PACKAGES) $(LINUX_PACKAGES)
	exec $(PY) -m tests.crashlogs $(ONLY)

fuzz: .venv/fuzz.stamp
	@exec $(PY) -m tests.crashlogs.fuzz var/fuzz --seconds $(FUZZ_SECONDS)

.venv/bin/python:
	@deploy/install-packages python3-venv
	$(PYTHON) -m venv .venv

.venv/runtime.stamp: requirements.lock | .venv/bin/python
	@test -e .venv/dev.stamp || $(PY) -m pip install -q --disable-pip-version-check --require-hashes -r $<
	touch $@

.venv/dev.stamp: requirements-dev.lock | .venv/bin/python
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r $<
	touch $@

.venv/fuzz.stamp: requirements-fuzz.lock .venv/dev.stamp
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r $<
	touch $@

# For developers, after a change of the dependencies in pyproject.toml; needs `uv`.
lock:
	uv pip compile -q --generate-hashes --universal --python-version 3.11 \
	    --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	uv pip compile -q --generate-hashes --universal --python-version 3.11 \
	    --custom-compile-command "make lock" pyproject.toml --group dev -o requirements-dev.lock
	uv pip compile -q --generate-hashes --universal --python-version 3.11 \
	    --custom-compile-command "make lock" --group fuzz -o requirements-fuzz.lock
