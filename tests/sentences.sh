# What ckptfs says keeps the rules of a sentence, and the list of all that it can say is
# one that somebody can read: scripts/sentences.
set -eu
. "$(dirname "$0")/functions.sh"
requires python3

keeps() { "$CKPTFS_SRC/scripts/sentences" --check; }
check "every sentence keeps the rules" keeps
has_all() { # as many as a plain search finds, of those whose words stand beside the call
	"$CKPTFS_SRC/scripts/sentences" >"$tmp/all"
	[ "$(grep -c '^engine/' "$tmp/all")" -ge "$(cat "$CKPTFS_SRC"/src/engine/*.c | grep -c 'ckpt_fail(.*"')" ]
	grep -q "^store/posix_watch.c:[0-9]*: can't watch %s%s%s: inotify gives no more watches (%s); raise fs.inotify" "$tmp/all"
	grep -q "^store/posix_lease.c:[0-9]*: can't take a lease by PLACE: WHY" "$tmp/all"
}
check "and all are listed" has_all
breaks() { # SENTENCE AS IN C, WHAT IS WRONG
	mkdir -p "$tmp/broken"
	printf 'int f(void)\n{\n\treturn ckpt_fail(err, EIO,\n\t\t"%s: " \n\t\t%s, label);\n}\n' %s "$1" >"$tmp/broken/one.c"
	! "$CKPTFS_SRC/scripts/sentences" --check "$tmp/broken" >"$tmp/said" && grep -q "^one.c:3: " "$tmp/said" && grep -q "$2" "$tmp/said"
}
check "a full stop is seen" breaks '"it is gone."' "full stop"
check "a newline is seen" breaks '"it is gone\n"' "newline"
check "another word for can't is seen" breaks '"cannot go"' "cannot"
check "double quotes are seen" breaks '"see \"ckptfs list\""' "quotes"
right() { ! breaks '"it is gone; try again"' .; }
check "and one that is right is let through" right
