# Sourced by the set-up scripts: where the cache is, how an entry gets into it,
# how a script stops. Every script runs from the top of the checkout.
# shellcheck shell=sh

# An error names the place and the next action; exit code 2: the environment.
die() {
	printf 'avsbed: %s\n' "$*" >&2
	exit 2
}

say() {
	printf '  %-8s %s\n' "$1" "$2"
}

# cache: the root of everything fetched or built once, outside the checkout.
cache() {
	root=${AVSBED_CACHE:-${XDG_CACHE_HOME:-${HOME:?HOME is not set; set AVSBED_CACHE}/.cache}/avsbed}
	case $root in
	/*) ;;
	*) die "AVSBED_CACHE is '$root', a relative path; make it absolute" ;;
	esac
	printf '%s\n' "$root"
}

# key FILE...: what a cache entry is named by: a hash of all that made it.
key() {
	cat "$@" | sha256sum | cut -c1-16
}

# work DIR: a temporary directory beside what will be DIR; removed at exit.
work() {
	{ mkdir -p "${1%/*}" && tmp=$(mktemp -d "${1%/*}/.tmp.XXXXXX"); } 2>/dev/null ||
		die "cannot write in the cache, ${1%/*}; set AVSBED_CACHE to a directory you can write"
	trap 'rm -rf "$tmp"' EXIT
	# What a kill left behind.
	find "${1%/*}" -maxdepth 1 -name '.tmp.*' -mmin +60 -exec rm -rf {} +
	trap 'exit 2' HUP INT TERM
}

# commit DIR: the temporary directory, sealed with the hash of every file,
# becomes DIR in one step. If somebody else was faster, theirs stays: it was
# made from the same inputs.
commit() {
	# shellcheck disable=SC2094 # not its own hash
	(cd "$tmp" && find . -type f ! -path ./SHA256SUMS -print0 | sort -z |
		xargs -0 sha256sum >SHA256SUMS)
	chmod 755 "$tmp"
	mv -T "$tmp" "$1" 2>/dev/null || [ -e "$1/SHA256SUMS" ] ||
		die "cannot put $1 in place"
}

# verify DIR: every file of a cache entry is what it was when it was made.
verify() {
	[ -s "$1/SHA256SUMS" ] ||
		die "the cache entry $1 is damaged: it has no SHA256SUMS; remove it (rm -rf $1) and run make again"
	bad=$(cd "$1" && LC_ALL=C sha256sum --quiet --strict -c SHA256SUMS 2>/dev/null) || {
		bad=$(printf '%s\n' "$bad" | head -n 1)
		die "the cache entry $1 is damaged: ${bad:-SHA256SUMS is unreadable}; remove it (rm -rf $1) and run make again"
	}
}

# at_least HAVE WANT: compares dotted numbers.
at_least() {
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# need COMMAND MINIMUM VERSION: stops unless VERSION (of COMMAND) is enough.
need() {
	[ -n "$3" ] || die "$1 is missing or does not answer; 'make doctor' says what is needed"
	at_least "$3" "$2" ||
		die "$(command -v "$1") is version $3; $2 or newer is needed (Debian 12's own will do)"
}

go_version() {
	GOTOOLCHAIN=local go version 2>/dev/null | sed -n 's/^go version go\([0-9.]*\).*/\1/p'
}
node_version() {
	node --version 2>/dev/null | sed -n 's/^v\([0-9.]*\).*/\1/p'
}
npm_version() {
	npm --version 2>/dev/null | sed -n 's/^\([0-9][0-9.]*\).*/\1/p'
}
