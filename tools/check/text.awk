# Rules of every source file: not too long, nothing promised for later, no
# blanks at line ends.

function breach(line, what) {
	print FILENAME ":" line ": " what
}

FNR == 1 { done() ; name = FILENAME; lines = 0 }
{ lines = FNR }
END { done() }

function done() {
	if (lines > 700)
		print name ":" lines ": " lines " lines; 700 is the limit: is this one file or two?"
}

# The words in brackets, so that this file does not find itself.
/(^|[^A-Za-z])(TO[D]O|FI[X]ME|X[X]X)([^A-Za-z]|$)/ {
	breach(FNR, "a promise to do it later; do it, or write an issue")
}

/[ \t]+$/ { breach(FNR, "blanks at the end of the line") }
