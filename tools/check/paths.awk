# No path of somebody's machine. /tmp, /dev, /proc and /usr are everybody's.

/(^|[^A-Za-z0-9_.\/~$})-])\/(home|root|work|Users)\/[A-Za-z0-9_]/ {
	print FILENAME ":" FNR ": a path of one machine; make it relative, or a variable"
}
