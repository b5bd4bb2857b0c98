# Tests and checks. `make check` runs its parts one after the other, the
# quickest first, but for the two that have the contracts' compiler, which has
# one thread: they run beside others. Each can be asked for by itself.

T ?= 60
KILLS ?= 100
REPEAT ?= 100

.PHONY: check check-browser check-examples check-source check-tools check-c check-asan \
	check-valgrind check-contracts check-schema check-metrics check-claims check-sdk check-verifiers \
	check-verifiers-rust e2e-asan gas layout mutants mutants-attestation \
	cov cov-contracts soak tidy format fuzz

check: check-source check-tools check-asan check-contracts check-must-fail \
	check-examples check-mutants check-schema check-metrics \
	check-claims check-verifiers ## every check but the scenarios themselves

ifneq ($(filter check,$(MAKECMDGOALS)),)
check-tools: | check-source
check-asan: | check-tools
check-must-fail: | check-asan check-contracts
check-examples: | check-must-fail
check-mutants: | check-examples
check-schema: | check-examples
check-metrics: | check-schema
check-claims: | check-metrics
check-verifiers: | check-claims
endif

check-source: ## layers, banned names, comments, lengths, scripts
	$(Q)tools/check-source

check-tools: setup programs ## the checks and the set-up fail when they should
	$(Q)tools/run-tests 'tool tests' $(wildcard tools/test/test-*)

check-c: $(TESTS:%=build/opt/%) setup programs ## C tests, as optimised as the programs
	$(Q)tools/run-tests 'C tests' $(filter build/opt/%,$^)

check-asan: $(TESTS:%=build/asan/%) setup programs ## C tests and fuzz corpora under ASan and UBSan
	$(Q)tools/run-tests 'C tests (ASan, UBSan)' $(filter build/asan/%,$^)

e2e-asan: $(PROGRAMS:%=build/asan/checkout/%) setup programs ## every scenario, played by programs with ASan and UBSan: minutes
	$(Q)tools/links build/asan/checkout
	$(Q)for folder in scenarios fixtures/must-fail; do \
		build/asan/checkout/build/bin/avsbed run $$folder || exit; done

check-valgrind: $(TESTS:%=build/opt/%) setup programs ## C tests that start nothing, and the main paths, under valgrind
	$(Q)tools/check-valgrind $(filter build/opt/%,$^)

check-contracts: state ## forge test, and the gas snapshot
	$(Q)tools/check-contracts

check-must-fail: setup programs ## scenarios that must fail, each in its way
	$(Q)build/bin/avsbed run fixtures/must-fail

check-examples: setup programs ## the reference's example of each verb is played
	$(Q)build/bin/avsbed check bench
	$(Q)tools/check-examples

check-mutants: setup programs ## the suite notices what is taken out of a contract
	$(Q)tools/check-mutants

check-schema: setup programs ## the schema for editors, as a validator of others sees it
	$(Q)tools/check-schema

check-browser: setup programs ## the HTML report in a real browser, as a reader would
	$(Q)tools/check-browser

check-metrics: setup programs ## Prometheus's own linter on an operator's metrics
	$(Q)tools/check-metrics

check-claims: setup programs ## a claim tool, as strangers write them, on the rewards sidecar
	$(Q)tools/check-claims

check-sdk: setup programs ## EigenLayer's own Go SDK makes an operator on our devnet
	$(Q)tools/check-sdk

check-verifiers: programs ## verifiers that others wrote judge the simulator's quotes
	$(Q)tools/check-verifiers

check-verifiers-rust: programs ## the same with the Rust crate dcap-qvl, where there is a cargo
	$(Q)tools/check-verifiers rust

mutants: state ## is each small wrong in a contract noticed by a test? two minutes
	$(Q)tools/mutate

mutants-attestation: state ## the same of SAMPLE=100 of the two thousand in the contracts that judge quotes: SEED=N
	$(Q)tools/mutate --of attestation --sample $(or $(SAMPLE),100) --seed $(or $(SEED),1)

layout: setup ## write contracts/storage/ anew
	$(Q)tools/storage-layout --write

gas: setup ## write contracts/.gas-snapshot anew
	$(Q)cd contracts && FOUNDRY_SOLC='$(CURDIR)/build/tools/solc' \
		../build/tools/forge snapshot --quiet --match-contract GasTest

soak: setup programs build/opt/harness/cli/test/test_killed ## KILLS=100 kills, REPEAT=100 times every scenario (of PATHS): SEED=N
	$(Q)SEED='$(SEED)' tools/soak $(KILLS) $(REPEAT) $(PATHS)

cov: $(TESTS:%=build/cov/%) $(PROGRAMS:%=build/cov/checkout/%) setup programs ## coverage: reports/coverage.html, and the gates
	$(Q)tools/coverage $(TESTS:%=build/cov/%)

fuzz: $(basename $(FUZZ_SRC:%=build/fuzz/%)) ## libFuzzer on each target for T=60 seconds or RUNS inputs
	$(Q)RUNS='$(RUNS)' tools/fuzz $(T) $^

cov-contracts: state ## branches of the contracts that their tests take, and the gate
	$(Q)tools/coverage-contracts

OUR_C = $(shell git ls-files '*.c')

tidy: ## clang-tidy
	$(Q)printf '%s\n' $(OUR_C) | xargs -n 4 -P $(shell nproc) sh -c \
		'clang-tidy --quiet "$$@" -- -std=c17 $(CPPFLAGS)' tidy

format: ## clang-format on the lines of C that are not committed (or since SINCE=main)
	$(Q)git clang-format --force --extensions c,h $(or $(SINCE),HEAD)
