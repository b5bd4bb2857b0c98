# avsbed: the only entry point. `make help` lists what it can do.
#
# One non-recursive makefile. Sources are found by wildcard, everything made
# lands in build/, everything fetched in a cache outside the checkout (mk/setup.mk),
# so `make clean` costs a compilation and never a download.

MAKEFLAGS += -rR --no-print-directory -j$(shell nproc)
SHELL := /bin/sh
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# Quiet by default; V=1 shows every command.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)')

include mk/setup.mk
include mk/build.mk
include mk/check.mk

.PHONY: all help e2e bench state devnet clean distclean

all: setup programs ## build the programs and fetch what they need

e2e: setup programs ## run every scenario; writes reports/: index.html, junit.xml, …
	$(Q)build/bin/avsbed run scenarios --reports reports
	$(Q)build/bin/avsbed run scenarios/sla --operator operator/example/operator.mjs
	$(Q)tools/check-journal reports/journal.jsonl

state: setup programs ## build the saved EigenLayer state (runs do it when it is missing)
	$(Q)build/bin/avsbed state build anvil-state/eigenlayer.yaml

devnet: setup programs ## a world that stays up until Ctrl-C
	$(Q)build/bin/avsbed up

bench: setup programs build/bench/bench build/bench/tee build/bench/probe.so ## measure against cast and viem; records under bench/
	$(Q)bench/run

clean: ## remove what was built here; the cache stays
	$(Q)rm -rf build reports contracts/out contracts/cache contracts/broadcast
	$(Q)rm -f contracts/node_modules operator/example/node_modules

distclean: clean ## clean, and remove the cache too
	$(Q)tools/setup/cache drop

help: ## this list
	@sed -n 's/^\([a-z0-9 -]*\):[^#]*## /\1|/p' Makefile mk/*.mk | \
		awk -F'|' '{ printf "  %-16s %s\n", $$1, $$2 }'
