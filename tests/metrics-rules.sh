# The alert rules for Prometheus are understood, each fires when it should and not
# otherwise, and all they look at is there.
set -eu
. "$(dirname "$0")/functions.sh"
requires python3 xz
requires promtool # scripts/install-deps test

cp "$CKPTFS_SRC"/examples/prometheus/*.yml "$tmp"
rules=$tmp/ckptfs.rules.yml
cp "$rules" "$tmp/right.yml"

check "promtool has nothing to say against them" promtool check rules "$rules"
check "each fires when its test says so, and not otherwise" promtool test rules "$tmp/ckptfs.rules.test.yml"

# An alert that is tested both ways is missed if none ever fires, and noticed if all
# always do.
noticed() { # expression, what promtool says then of each
	local a
	sed "s/expr: .*/expr: $1/" "$tmp/right.yml" >"$rules"
	! promtool test rules "$tmp/ckptfs.rules.test.yml" >"$tmp/said" 2>&1 || return 1
	tr '\n' ' ' <"$tmp/said" | sed 's/alertname:/\n&/g' >"$tmp/each"
	while read -r a; do
		grep -E "^alertname: *$a,.* exp:\[.* got:\[" "$tmp/each" | grep -qE "$2" || { echo "$a"; return 1; }
	done < <(sed -n 's/^ *- alert: //p' "$tmp/right.yml")
}
check "each has a test in which it fires" noticed 'vector(0) > 1' 'got:\[\]'
check "each has a test in which it does not" noticed 'vector(1)' 'exp:\[\]'

there() {
	unpack_root v1-solo "$tmp/r"
	ckptfs metrics "$tmp/r" "$tmp/r" >"$tmp/families"
	if [ -r /dev/fuse ] && [ -w /dev/fuse ]; then
		mount_root "$tmp/r" "$tmp/mnt"
		cat "$tmp/mnt/.ckptfs/metrics" >>"$tmp/families"
		umount_root "$tmp/mnt"
	else
		echo "of a mount: /dev/fuse is not there, or not for this user"
		sed -i '/request_errors\|held_deleted\|refused\|command_/d' "$tmp/right.yml"
	fi
	sed -n 's/^# HELP \([a-z_]*\) .*/\1/p' "$tmp/families" | sort -u >"$tmp/names"
	sed -n 's/^ *expr: //p' "$tmp/right.yml" | grep -oE 'ckptfs_[a-z_]+' | sort -u | comm -23 - "$tmp/names" | diff /dev/null -
}
check "what they look at is what ckptfs tells" there
