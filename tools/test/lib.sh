# Sourced by test-*: each starts in the checkout's top, works in $tmp, and ends
# with the totals in the words of cmocka, which tools/run-tests counts.
# shellcheck shell=sh

# shellcheck disable=SC2034 # for those who source this
top=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0
failed=0

# expect STATUS TEXT WHAT COMMAND...: the command ends with this status and
# says this somewhere (a fixed string; empty: it says nothing at all).
expect() {
	want=$1 text=$2 what=$3
	shift 3
	status=0
	out=$("$@" 2>&1 </dev/null) || status=$?
	if [ "$status" = "$want" ] && { { [ -z "$text" ] && [ -z "$out" ]; } ||
		{ [ -n "$text" ] && printf '%s\n' "$out" | grep -qF -e "$text"; }; }; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf '[  FAILED  ] %s\n  wanted status %s and "%s"\n  got status %s and:\n' \
			"$what" "$want" "$text" "$status"
		printf '%s\n' "$out" | sed 's/^/    /'
	fi
}

totals() {
	printf '[  PASSED  ] %d test(s).\n' "$passed"
	[ "$failed" = 0 ] || {
		printf '[  FAILED  ] %d test(s), listed below:\n' "$failed"
		exit 1
	}
	exit 0
}
