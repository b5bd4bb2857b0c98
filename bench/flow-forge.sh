#!/bin/bash
# flow-forge NAME: one test of bench/forge, on a fork of the world that is up.
# Wants the environment that `avsbed up core-manual` prints.
set -euo pipefail
cd "$(dirname "$0")/forge"

# That nothing matches is no failure to forge.
said=$(FOUNDRY_SOLC=$PWD/../../build/tools/solc ../../build/tools/forge test \
	--fork-url "$ETH_RPC_URL" --match-test "^test_$1\(")
echo "$said"
grep -q ' 1 tests passed, 0 failed' <<<"$said"
