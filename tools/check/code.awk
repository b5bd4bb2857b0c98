# Rules of the C code: who may include what, which functions are not used, how
# comments look. Comments and strings are told from code first, a character at
# a time, so that "http://" in a string is none and neither is system() in prose.

BEGIN {
	# Each room may include itself and those before it.
	n = split("base crypto codec io eth devnet report scenario cli", room, " ")
	for (i = 1; i <= n; i++) {
		rank[room[i]] = i
		rooms = rooms (i > 1 ? " " : "") room[i]
	}
	# Real programs under test: never the harness that tests them.
	rank["operator"] = rank["simulate"] = rank["eth"]
	rank["bench"] = rank["io"] + 0.5 # on io and the simulator, and nothing on it

	# A third-party header appears in one room.
	home["openssl"] = "crypto"
	home["nettle"] = "crypto"
	home["secp256k1.h"] = "crypto"
	home["secp256k1_recovery.h"] = "crypto"
	home["secp256k1_ecdh.h"] = "crypto"
	home["jansson.h"] = "codec"
	home["yaml.h"] = "codec"
	home["curl"] = "io"
	home["microhttpd.h"] = "io"
	home["cmocka.h"] = "test"
	also["openssl", "simulate"] = 1 # X.509 and ASN.1

	# base/banned.h stops most at compile time; this sees the headers, the
	# tests and what needs an exception too.
	banned("strcpy strcat sprintf vsprintf strncpy strncat strtok strtok_r", \
		"the bounded functions of base/buf.h")
	banned("atoi atol atoll strtol strtoul strtoll strtoull", \
		"dec_u64() or hex_u64() of base/hex.h")
	banned("gets system popen alloca", "nothing: there is no safe use")
	banned("sleep usleep nanosleep", "an event with a deadline; nothing sleeps")
	banned("time clock_gettime gettimeofday gmtime localtime", "base/clock.h")
	banned("rand srand random srandom getrandom", "base/rng.h")
	only["clock_gettime"] = "harness/base/clock.c"
	a_clock = "harness/cli/test/stepping_clock.c" # stands in for libc's
}

function banned(names, instead,    list, k, n) {
	n = split(names, list, " ")
	for (k = 1; k <= n; k++)
		use[list[k]] = instead
}

function breach(what) {
	print FILENAME ":" FNR ": " what
}

FNR == 1 {
	split(FILENAME, part, "/")
	mine = part[1] == "harness" ? part[2] : part[1]
	test = FILENAME ~ /\/(test|fuzz)\//
	comment = 0
}

# The line without comments and with empty strings.
function strip(s,    out, c, two, i, in_string) {
	out = ""
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		two = substr(s, i, 2)
		if (comment) {
			if (two == "*/") {
				comment = 0
				i++
			}
		} else if (in_string) {
			if (c == "\\")
				i++
			else if (c == in_string) {
				in_string = ""
				out = out c
			}
		} else if (two == "/*") {
			comment = 1
			i++
		} else if (two == "//") {
			breach("a // comment; write /* … */")
			return out
		} else {
			if (c == "\"" || c == "'")
				in_string = c
			out = out c
		}
	}
	return out
}

!comment && /^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, q, "\"")
	check_ours(q[2])
	next
}

!comment && /^[ \t]*#[ \t]*include[ \t]*</ {
	split($0, q, /[<>]/)
	check_theirs(q[2])
	next
}

!comment && /^[ \t]*#[ \t]*pragma GCC poison/ { next }

{ check_code(strip($0)) }

function check_ours(name,    part, to) {
	if (name ~ /^\.\.\//) {
		# A test reaches static functions by including its source.
		if (!test || name !~ /^\.\.\/[a-z0-9_]+\.c$/)
			breach("include of \"" name "\"; write \"room/file.h\"")
		return
	}
	split(name, part, "/")
	to = part[1]
	if (name !~ /\//)
		breach("include of \"" name "\"; write \"room/file.h\"")
	else if (to == "test") {
		if (!test)
			breach("include of \"" name "\" outside a test")
	} else if (!(to in rank))
		breach("include of \"" name "\": there is no room " to)
	else if (mine == "test" && rank[to] > rank[kit_room()])
		breach("include of \"" name "\": the test kit uses base only," \
			" a *_stub up to io")
	else if (mine in rank && to != mine && \
		 !(mine == "bench" && to == "simulate") && \
		 (rank[to] > rank[mine] || to == "operator" || to == "simulate" || to == "bench" || \
		  (rank[to] == rank[mine] && !(mine == "operator" || mine == "simulate"))))
		breach("include of \"" name "\": " mine " may not use " to \
			" (layers: " rooms "; operator and simulate stop at eth)")
}

# Linked with every test, but a stub only where it is asked for.
function kit_room() {
	return FILENAME ~ /_stub\.[ch]$/ ? "io" : "base"
}

function check_theirs(name,    part, key) {
	split(name, part, "/")
	key = part[1]
	if (key in home && mine != home[key] && !((key, mine) in also))
		breach("include of <" name ">: only " home[key] \
			" may; use what that room offers")
}

function check_code(code,    rest, word) {
	rest = code
	while (match(rest, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
		word = substr(rest, RSTART, RLENGTH - 1)
		sub(/[ \t]+$/, "", word)
		if (word in use && only[word] != FILENAME && \
		    !(use[word] ~ /clock/ && FILENAME == a_clock) && \
		    !is_member(rest, RSTART))
			breach(word "() is not used here; use " use[word])
		rest = substr(rest, RSTART + RLENGTH)
	}
}

# x->time( and x.time( are members, not the function.
function is_member(s, at) {
	return at > 1 && substr(s, at - 1, 1) ~ /[.>]/
}
