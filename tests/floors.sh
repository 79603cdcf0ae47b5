# Each floor uses only itself and those below it, and what only one may do, only
# that one does.
set -eu
. "$(dirname "$0")/functions.sh"
requires nm

below=$tmp/below
: >"$below"

# floor NAME: what its objects want of ours is theirs or below.
floor() {
	local objects
	objects=$(find "$CKPTFS_BUILD/src/$1" -name '*.o' ! -path '*/.libs/*')
	[ -n "$objects" ]
	# shellcheck disable=SC2086
	nm -g --defined-only $objects | awk 'NF == 3 { print $3 }' >>"$below"
	sort -u -o "$below" "$below"
	# shellcheck disable=SC2086
	nm -u $objects | awk '$1 == "U" && $2 ~ /^ckpt_/ { print $2 }' | sort -u | comm -23 - "$below" >"$tmp/above"
	[ ! -s "$tmp/above" ] || { echo "$1 reaches above itself:"; cat "$tmp/above"; return 1; }
}
for f in base store engine view fuse cmd; do
	check "$f uses nothing above it" floor $f
	[ "$f" != engine ] || cp "$below" "$tmp/engine"
done

# States stand beside the view: neither needs the other.
beside() {
	cp "$below" "$tmp/all"
	cp "$tmp/engine" "$below"
	floor state || return 1
	sort -u -o "$below" "$below" "$tmp/all"
}
check "state uses nothing above the engine" beside

# Whoever calls is above whom he calls, file by file.  But for the kinds of values
# (src/state): a kind has values, and a value has a kind.
acyclic() {
	local objects
	objects=$(find "$CKPTFS_BUILD/src" -name '*.o' ! -path '*/.libs/*' ! -path '*/state/*')
	# shellcheck disable=SC2086
	nm -A -g --defined-only $objects | awk '{ sub(/:.*/, "", $1); print $NF, $1 }' | sort >"$tmp/defined"
	# shellcheck disable=SC2086
	nm -A -u $objects | awk '{ sub(/:.*/, "", $1); print $NF, $1 }' | sort >"$tmp/wanted"
	join "$tmp/wanted" "$tmp/defined" | awk '$2 != $3 { print $2, $3 }' | sort -u >"$tmp/calls"
	[ "$(wc -l <"$tmp/calls")" -gt 500 ] || return 1
	tsort "$tmp/calls" >"$tmp/order" 2>"$tmp/loops" || { cat "$tmp/loops"; return 1; }
}
check "no two files need each other" acyclic

# only PATTERN DIR...: no other source has it.
only() {
	local pattern=$1 d args=()
	shift
	for d; do args+=(-not -path "$CKPTFS_SRC/$d*"); done
	! find "$CKPTFS_SRC/src" "$CKPTFS_SRC/include" -name '*.[ch]' "${args[@]}" -print0 |
		xargs -0 grep -nE "$pattern"
}
check "only src/store and src/base change the file system" \
	only '\<(renameat2?|unlinkat?|fsync|fdatasync|syncfs|linkat|mkdirat|flock|fchmod|fchown)\(' src/store/ src/base/
check "only src/fuse includes libfuse" only '#include *[<"]fuse' src/fuse/ src/cmd/
check "only the engine's format and integer modules include jansson" \
	only '#include *<jansson' src/engine/format.c src/engine/deps_format.c src/engine/json.c src/engine/pins_format.c

# Only symbols with our prefix.  The address sanitizer puts its own beside each variable.
prefixed() {
	! grep -vE '^(__odr_asan\.)?ckpt_|^main$' "$below"
}
check "every global symbol has our prefix" prefixed
