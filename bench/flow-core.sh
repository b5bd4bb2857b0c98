#!/bin/bash
# flow-core NAME: what a scenario of EigenLayer alone plays, written for cast.
# Wants the environment that `avsbed up core-manual` prints.
# shellcheck disable=SC2154 # the environment has them
set -euo pipefail
cd "$(dirname "$0")/.."

cast=build/tools/cast
whole=1000000000000000000
said=$(mktemp)
trap 'rm -f "$said"' EXIT

fail() {
	echo "flow-core: $*" >&2
	exit 1
}

# send FROM TO SIGNATURE ARGS…
send() {
	local from=$1
	shift
	$cast send --private-key "$($cast keccak "avsbed devnet key: $from")" "$@" \
		>"$said" 2>&1 || fail "$from: $* $(cat "$said")"
	grep -q '^status *1' "$said" || fail "$from: reverted: $*"
}

# try ERROR FROM TO SIGNATURE ARGS…: "none" is no error.
try() {
	local error=$1 from=ADDR_$2
	if [ "$error" = none ]; then
		shift
		send "$@"
		return
	fi
	shift 2
	if $cast call --from "${!from}" "$@" >"$said" 2>&1; then
		fail "no $error: $*"
	fi
	grep -q "$($cast sig "$error()")" "$said" || fail "not $error: $(cat "$said")"
}

# apart COMMAND…: and then as if it had not been.
apart() {
	local id
	id=$($cast rpc evm_snapshot | tr -d '"')
	"$@"
	$cast rpc evm_revert "$id" >/dev/null
}

# slash ERROR WAD
slash() {
	try "$1" test "$ADDR_allocationManager" \
		'slashOperator(address,(address,uint32,address[],uint256[],string))' \
		"$ADDR_test" "($ADDR_alice,0,[$ADDR_TOK_strategy],[$2],x)"
}

wad_out_of_range() {
	send alice "$ADDR_allocationManager" \
		'registerForOperatorSets(address,(address,uint32[],bytes))' \
		"$ADDR_alice" "($ADDR_test,[0],0x)"
	apart slash InvalidWadToSlash 0
	apart slash none 1
	apart slash none $whole
	apart slash InvalidWadToSlash $((whole + 1))
}

shares_are() {
	local have
	have=$($cast call "$ADDR_delegationManager" \
		'operatorShares(address,address)(uint256)' "$ADDR_bob" \
		"$ADDR_TOK_strategy" | cut -d' ' -f1)
	[ "$have" = "$1" ] || fail "bob's shares are $have, not $1"
}

back_as_shares() {
	local withdrawal
	send bob "$ADDR_delegationManager" \
		'queueWithdrawals((address[],uint256[],address)[])' \
		"[([$ADDR_TOK_strategy],[400$(printf %018d 0)],$ADDR_bob)]"
	shares_are "600$(printf %018d 0)"
	# Who, of which operator, to whom, its number, when, and what.
	withdrawal="($ADDR_bob,$ADDR_bob,$ADDR_bob,0,$($cast block-number),"
	withdrawal+="[$ADDR_TOK_strategy],[400$(printf %018d 0)])"
	$cast rpc anvil_mine 0x33 >/dev/null
	send bob "$ADDR_delegationManager" \
		"completeQueuedWithdrawal((address,address,address,uint256,uint32,address[],uint256[]),address[],bool)" \
		"$withdrawal" "[$ADDR_TOK]" false
	shares_are "1000$(printf %018d 0)"
}

# create ERROR AVS SENDER ID STRATEGIES
create() {
	local avs=ADDR_$2
	try "$1" "$3" "$ADDR_allocationManager" \
		'createOperatorSets(address,(uint32,address[])[])' "${!avs}" "[($4,[$5])]"
}

made_once() {
	apart create none test test 2 "$ADDR_TOK_strategy"
	apart create none test test 2 ''
	apart create InvalidOperatorSet test test 1 "$ADDR_TOK_strategy"
	apart create StrategyAlreadyInOperatorSet test test 2 \
		"$ADDR_TOK_strategy,$ADDR_TOK_strategy"
	apart create InvalidPermissions test mallory 2 "$ADDR_TOK_strategy"
	apart create NonexistentAVSMetadata carol carol 0 "$ADDR_TOK_strategy"
	[ "$($cast call "$ADDR_allocationManager" \
		'getOperatorSetCount(address)(uint256)' "$ADDR_test")" = 2 ] ||
		fail "there are more sets"
}

# allocate ERROR SET MAGNITUDE
allocate() {
	try "$1" bob "$ADDR_allocationManager" \
		'modifyAllocations(address,((address,uint32),address[],uint64[])[])' \
		"$ADDR_bob" "[(($ADDR_test,$2),[$ADDR_TOK_strategy],[$3])]"
}

twice() {
	allocate none 0 "$1"
	allocate "$3" 1 "$2"
}

over_allocation() {
	apart twice $whole 1 InsufficientMagnitude
	apart twice 600000000000000000 400000000000000000 none
	apart twice 600000000000000000 400000000000000001 InsufficientMagnitude
	apart twice 1 $((whole - 1)) none
	apart twice 1 $whole InsufficientMagnitude
	apart twice 500000000000000000 $((whole + 1)) InsufficientMagnitude
	allocate InsufficientMagnitude 0 $((whole + 1))
	allocate none 0 $whole
	allocate SameMagnitude 0 $whole
}

"$1"
