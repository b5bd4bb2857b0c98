#!/bin/bash
# flow-cast: what scenarios/sla/challenge-missed-slashed.yaml plays, written for
# cast. Wants the environment that `avsbed up phala-manual` prints.
# shellcheck disable=SC2154 # the environment has them
set -euo pipefail
cd "$(dirname "$0")/.."

cast=build/tools/cast
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail() {
	echo "flow-cast: $*" >&2
	exit 1
}

key() {
	$cast keccak "avsbed devnet key: $1"
}

# send FROM TO SIGNATURE ARGS…
send() {
	local from=$1
	shift
	$cast send --private-key "$(key "$from")" "$@" >"$tmp/receipt" ||
		fail "$from: $*"
	grep -q '^status *1' "$tmp/receipt" || fail "$from: reverted: $*"
}

# quote NAME REPORT_DATA: of its TEE, into $tmp/quote, and hex on stdout.
quote() {
	local config=AVS_OPERATOR_CONFIG_$1
	local socket
	socket=$(sed 's/.*"pcs":"\([^"]*\)".*/\1/' "${!config}")
	curl --silent --unix-socket "$socket" \
		"http://tee/GetQuote?report_data=${2#0x}" |
		sed 's/.*"quote":"\([0-9a-f]*\)".*/0x\1/' | tee "$tmp/hex"
	sed 's/^0x//; s/../\\x&/g' "$tmp/hex" | xargs -0 printf '%b' >"$tmp/quote"
}

hex() {
	printf 0x
	od -An -v -tx1 "$1" | tr -d ' \n'
}

# certificate N: the N-th of the chain at the end of $tmp/quote, as hex.
certificate() {
	tr -d '\0' <"$tmp/quote" | LC_ALL=C awk -v n="$1" '
		/-----END/ { on = 0 }
		on { print }
		/-----BEGIN/ && ++i == n { on = 1 }' | base64 -d >"$tmp/der"
	hex "$tmp/der"
}

# register NAME: attest, and join operator set 0.
register() {
	local name=$1 me reference q
	me=ADDR_$name
	reference=$(($($cast block-number) - 1))
	q=$(quote "$name" "$($cast call "$ADDR_serviceManager" \
		'reportData(address,uint64)(bytes32)' "${!me}" $reference)")
	if [ "$name" = alice ]; then
		send alice "$ADDR_collateralRegistry" 'addCa(bytes)' "$(certificate 2)"
	fi
	send "$name" "$ADDR_collateralRegistry" 'registerPck(bytes)' "$(certificate 1)"
	# Its head is one block further now, and the quote is still fresh.
	send "$name" "$ADDR_allocationManager" \
		'registerForOperatorSets(address,(address,uint32[],bytes))' "${!me}" \
		"($ADDR_serviceManager,[0],$($cast abi-encode 'f(bytes,uint64)' "$q" $reference))"
}

challenge() {
	local name=ADDR_$1
	send issuer "$ADDR_slaOracle" 'issueSlaChallenge(address,bytes)' "${!name}" 0x
}

# answer NAME ID
answer() {
	local q
	q=$(quote "$1" "$($cast call "$ADDR_slaOracle" \
		'responseData(uint256)(bytes32)' "$2")")
	send "$1" "$ADDR_slaOracle" 'respondToSlaChallenge(uint256,bytes)' "$2" "$q"
}

# expect WHAT WANTED ADDRESS SIGNATURE ARGS…
expect() {
	local what=$1 wanted=$2 have
	shift 2
	have=$($cast call "$@" | cut -d' ' -f1)
	[ "$have" = "$wanted" ] || fail "$what is $have, not $wanted"
}

magnitude='getMaxMagnitude(address,address)(uint64)'
shares='operatorShares(address,address)(uint256)'

for name in alice bob dora; do register $name; done
for name in alice bob dora; do challenge $name; done
answer bob 2
answer dora 3
$cast rpc anvil_mine 0xb >/dev/null
send carol "$ADDR_slaOracle" 'checkAndReportChallengeExpiry(uint256)' 1

expect "alice's magnitude" 950000000000000000 \
	"$ADDR_allocationManager" "$magnitude" "$ADDR_alice" "$ADDR_PHA_strategy"
expect "alice's shares" 950000000000000000000 \
	"$ADDR_delegationManager" "$shares" "$ADDR_alice" "$ADDR_PHA_strategy"
for me in "$ADDR_bob" "$ADDR_dora"; do
	expect "the others' magnitude" 1000000000000000000 \
		"$ADDR_allocationManager" "$magnitude" "$me" "$ADDR_PHA_strategy"
	expect "the others' shares" 1000000000000000000000 \
		"$ADDR_delegationManager" "$shares" "$me" "$ADDR_PHA_strategy"
done
for id in 1 2 3; do
	if $cast call "$ADDR_slaOracle" --from "$ADDR_carol" \
		'checkAndReportChallengeExpiry(uint256)' $id 2>/dev/null; then
		fail "challenge $id can be reported"
	fi
done
