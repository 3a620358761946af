# Every task of the project; `make` alone lists them. Needs GNU make, bash, a C compiler and a Rust toolchain with
# rustfmt and clippy, the tests also curl, npm and python3 with venv; what else a task needs, it installs.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# One target directory for all tasks and checkouts.
export CARGO_TARGET_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/rollup-node/target

# Directory that holds `data/`. Tests look for ../shared themselves, so it is passed on only if it was set; made
# absolute, because each test runs in the directory of its crate.
ifdef ROLLUP_TEST_DATA
override ROLLUP_TEST_DATA := $(abspath $(ROLLUP_TEST_DATA))
export ROLLUP_TEST_DATA
endif

# What `make verify` executes: files or directories of recorded blocks. Without the test data, the block that comes with
# the sources.
BLOCKS ?= $(or $(wildcard $(or $(ROLLUP_TEST_DATA),../shared)/data/blocks),examples/blocks/sample.json)

# How long `make fuzz` runs each target.
FUZZ_SECONDS ?= 60
# Toolchain for `make fuzz`: the sanitizers that it uses are not in stable releases.
FUZZ_TOOLCHAIN ?= nightly

# Versions of the tools that are installed when they are missing.
NEXTEST_VERSION := 0.9.143
CARGO_FUZZ_VERSION := 0.13.2
CARGO_DENY_VERSION := 0.20.2
ANVIL_VERSION := 1.7.1

# Where programs are installed that cargo does not install.
TOOLS ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/rollup-node/tools
ANVIL_DIR := $(TOOLS)/anvil-$(ANVIL_VERSION)

# Where the scripts of `make devnet` and their libraries are, and a mark that says which of them are installed.
DEVNET_DIR := $(TOOLS)/l1-devnet
DEVNET_MARK := $(DEVNET_DIR)/installed.json
# Program that `make devnet` runs as the sequencer; it is built if none is named.
DEVNET_NODE ?=
# Ports of `make devnet`; 0 for any that is free.
L1_PORT ?= 9545
L2_PORT ?= 8545

# What `make bench-node` measures: names of measurements, and options; everything if it is empty.
MEASURE ?=

CARGO := cargo
WORKSPACE := --workspace --locked

# Installs a cargo subcommand unless there is one: $(call need,subcommand,package,version)
need = $(CARGO) $(1) --version >/dev/null 2>&1 || $(CARGO) install $(2) --locked --version $(3)

# Installs anvil if it is missing.
need-anvil = test -d "$(ANVIL_DIR)" || npm install --silent --no-fund --prefix "$(ANVIL_DIR)" @foundry-rs/anvil@$(ANVIL_VERSION)

.PHONY: help
help: ## List the targets
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: build
build: ## Build the release binary
	$(CARGO) build --release --locked -p rollup-node

.PHONY: install
install: ## Install rollup-node where cargo installs programs
	$(CARGO) install --locked --path bin/rollup-node

.PHONY: dev
dev: build ## Run a development chain: JSON-RPC on 127.0.0.1:8545, funded accounts (FLAGS=more flags)
	"$(CARGO_TARGET_DIR)/release/rollup-node" node --dev $(FLAGS)

.PHONY: devnet
devnet: $(if $(DEVNET_NODE),,build) ## Run an L1 with the contracts and a sequencer that follows it (FLAGS=more flags, needs npm)
	@$(need-anvil)
	@mkdir -p "$(DEVNET_DIR)"
	@cp etc/l1-devnet/* "$(DEVNET_DIR)"
	@cmp --silent etc/l1-devnet/package-lock.json "$(DEVNET_MARK)" || npm ci --silent --no-fund --prefix "$(DEVNET_DIR)"
	@cp etc/l1-devnet/package-lock.json "$(DEVNET_MARK)"
	@exec node "$(DEVNET_DIR)/devnet.mjs" --l1-port $(L1_PORT) --l2-port $(L2_PORT) \
		--node "$(or $(DEVNET_NODE),$(CARGO_TARGET_DIR)/release/rollup-node)" \
		--anvil "$(ANVIL_DIR)"/node_modules/@foundry-rs/anvil-*/bin/anvil -- $(FLAGS)

.PHONY: verify
verify: build ## Execute recorded blocks and compare every result (BLOCKS=file or directory)
	"$(CARGO_TARGET_DIR)/release/rollup-node" verify $(BLOCKS)

# The doctests come first, so that the summary of nextest ends the output.
.PHONY: test
test: ## Run all tests, those in the documentation included
	@$(MAKE) --no-print-directory doctest
	@$(MAKE) --no-print-directory nextest

.PHONY: doctest
doctest: ## Run the examples of the documentation
	$(CARGO) test --doc $(WORKSPACE)

.PHONY: nextest
nextest: ## Run all tests but the examples of the documentation
	@$(call need,nextest,cargo-nextest,$(NEXTEST_VERSION))
	$(CARGO) nextest run $(WORKSPACE) --no-fail-fast

.PHONY: fmt
fmt: ## Format the sources
	$(CARGO) fmt --all

.PHONY: fmt-check
fmt-check: ## Fail if a source is not formatted
	$(CARGO) fmt --all --check

.PHONY: clippy
clippy: ## Run clippy on all targets, warnings denied
	$(CARGO) clippy $(WORKSPACE) --all-targets -- -D warnings

.PHONY: doc
doc: ## Build the documentation, warnings denied
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps $(WORKSPACE)

.PHONY: lint
lint: fmt-check clippy doc ## Run all static checks

.PHONY: bench
bench: ## Run the benches; they replay recorded blocks
	$(CARGO) bench --locked -p rollup-vectors

.PHONY: bench-storage
bench-storage: ## Run the bench of the store: about 5 minutes and 5 GB of disk
	$(CARGO) bench --locked -p rollup-storage --bench store

.PHONY: bench-node
bench-node: build ## Measure the node under load next to anvil: about 8 minutes (MEASURE=names, needs npm)
	@$(need-anvil)
	$(CARGO) run --release --locked -p rollup-bench-node -- --node "$(CARGO_TARGET_DIR)/release/rollup-node" \
		--anvil "$(ANVIL_DIR)"/node_modules/@foundry-rs/anvil-*/bin/anvil $(MEASURE)

.PHONY: deny
deny: ## Check licences, bans and sources of the dependencies for all platforms
	@$(call need,deny,cargo-deny,$(CARGO_DENY_VERSION))
	$(CARGO) deny --locked check licenses bans sources

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZ_SECONDS (needs a nightly toolchain)
	@$(call need,fuzz,cargo-fuzz,$(CARGO_FUZZ_VERSION))
	$(CARGO) run --quiet --locked -p rollup-vectors --example fuzz_seeds -- fuzz/corpus
	targets=$$($(CARGO) +$(FUZZ_TOOLCHAIN) fuzz list); \
	for target in $$targets; do \
		$(CARGO) +$(FUZZ_TOOLCHAIN) fuzz run "$$target" -- -max_total_time=$(FUZZ_SECONDS); \
	done

.PHONY: ci
ci: ## Run what continuous integration runs
	bash .ci/run
