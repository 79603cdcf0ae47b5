# An archiver that prunes what it adds to is killed at any of its steps, before,
# between and after the two: the next run goes on, nothing is lost or doubled, and
# a sweep leaves nothing behind.
#
# CKPTFS_ARCHIVE_STEPS=1: at each step; 6: at every sixth (and always at those
# between adding and pruning).
set -eu
. "$(dirname "$0")/functions.sh"
requires jq python3 strace

every=${CKPTFS_ARCHIVE_STEPS:-6}
# What changes anything.
steps=mkdirat,renameat,renameat2,linkat,unlinkat,fsync,fdatasync,ftruncate,write,pwrite64
here=$tmp
if is_root; then # where fsync takes no time
	here=$tmp/fast
	mkdir "$here"
	mount -t tmpfs none "$here"
	cleanup_fn unmount_quietly "$here"
fi
root=$here/root
tree() { (cd "$1" && find . -type f ! -name feldera.pidlock -printf '%P %s\n' | sort); }

mkdir "$root" "$here/records"
churn make "$root" "$here/records" 5
mapfile -t u < <(uuids "$root")
ckptfs archive "$root" "$here/before" "${u[@]:0:3}" >/dev/null
# Two come, three go.
after="${u[3]} ${u[4]}"

strace -o "$tmp/probe" -e inject=fsync:retval=0 true 2>"$tmp/why" || skip_optional "strace can't inject: $(cat "$tmp/why")"

# The two archivers: each does what is to be done, and tells it in lines.
once() { ckptfs archive "$root" "$here/arch" --all --keep-last 2 --json; }
watches() {
	local pid
	ckptfs archive "$root" "$here/arch" --all --keep-last 2 --json --watch &
	pid=$!
	wait_until 60 holds "$after" || echo "it adds and prunes nothing" >&2
	kill -TERM "$pid"
	wait "$pid"
}
holds() { [ "$(uuids "$here/arch" 2>/dev/null | paste -sd ' ')" = "$1" ]; }

anew() {
	rm -rf "$here/arch"
	# Links, as an archiver made them; it writes into one file only.
	cp -al "$here/before" "$here/arch"
	rm -f "$here/arch/feldera.pidlock"
}

# steps_of ARGS: what an archiver with these does, one step a line, as the name of
# the call and how often it has come: "linkat 3".
steps_of() {
	local pid
	anew
	: >"$tmp/said"
	strace -qq -o "$tmp/trace" -e "trace=$steps" ckptfs archive "$root" "$here/arch" --all --keep-last 2 --json "$@" \
		>"$tmp/said" 2>"$tmp/err" &
	pid=$!
	wait_until 60 test -s "$tmp/said" || { echo "it adds and prunes nothing" >&2; return 1; }
	[ $# = 0 ] || pkill -TERM -P "$pid"
	wait "$pid" || { cat "$tmp/err" >&2; return 1; }
	# Without the signal.
	sed -n 's/^\([a-z0-9]*\)(.*/\1/p' "$tmp/trace" | awk '{ print $1, ++n[$1] }'
}

said_or_gone() { test -s "$tmp/said" || ! kill -0 "$1" 2>/dev/null; }

# killed_at CALL COUNT ARGS.  Several threads share the steps, not always in the
# same way: the last ones may not come in the one that is counted.  Then it has
# done all, and ends, or is told to.
killed_at() {
	local call=$1 count=$2 status=0 pid
	shift 2
	anew
	: >"$tmp/said"
	strace -qq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$count" \
		ckptfs archive "$root" "$here/arch" --all --keep-last 2 --json "$@" >"$tmp/said" 2>"$tmp/err" &
	pid=$!
	if [ $# != 0 ]; then
		wait_until 60 said_or_gone "$pid" || { echo "$call $count: neither killed nor done"; return 1; }
		pkill -TERM -P "$pid" || :
	fi
	wait "$pid" || status=$?
	[ $status = 137 ] || [ $status = 0 ] || { echo "$call $count: not killed, but $status"; cat "$tmp/err"; return 1; }
}

# What one that was killed has left is whole, and each checkpoint that was there
# before, or has come and not gone.  Prints where it was.
looks_right() {
	local left
	ckptfs verify "$here/arch" >"$tmp/verify" || { cat "$tmp/verify"; return 1; }
	left=$(uuids "$here/arch" | paste -sd ' ')
	case $left in
	"${u[*]:0:3}" | "${u[*]:0:4}") echo adding ;;
	"${u[*]}") echo between ;; # all have come and none has gone
	"$after") echo pruned ;;
	*)
		echo "it holds $left"
		return 1
		;;
	esac
}

# goes_on HOW: the next run, and it says that it added and removed just what was
# still to be done.
goes_on() {
	local had
	had=$(uuids "$here/arch" | jq -R . | jq -sc .)
	"$1" >"$tmp/said"
	jq -es --argjson had "$had" --argjson u "$(printf '%s\n' "${u[@]}" | jq -R . | jq -sc .)" \
		'(map(.added[]) | sort) == ($u[3:] - $had) and (map(.removed[]) | sort) == ($had - $u[3:])' \
		"$tmp/said" >/dev/null || { cat "$tmp/said"; return 1; }
	holds "$after"
	ckptfs verify "$here/arch" >/dev/null
	ckptfs sweep "$here/arch" >/dev/null
	tree "$here/arch" | diff "$here/tree" -
	[ -z "$(find "$here/arch" -name 'w*.feldera' -links 1)" ]
}

# at_its_steps HOW ARGS: at each that is looked at.
at_its_steps() {
	local how=$1 n=0 from to call count
	shift
	steps_of "$@" >"$tmp/steps"
	mapfile -t catalogs < <(grep -n 'rename.*"checkpoints.feldera")' "$tmp/trace" | cut -d : -f 1)
	# Two were added, and there was a gc.
	[ ${#catalogs[@]} = 3 ] || { cat "$tmp/trace"; return 1; }
	from=${catalogs[1]} to=${catalogs[2]}
	: >"$tmp/where"
	while read -r call count; do
		n=$((n + 1))
		# All between the last catalog that came and the first that went.
		[ $((n % every)) = 0 ] || { [ $n -gt "$from" ] && [ $n -le "$to" ]; } || continue
		killed_at "$call" "$count" "$@"
		looks_right >>"$tmp/where" || { tail -n 1 "$tmp/where"; return 1; }
		goes_on "$how" || { echo "after it was killed at step $n, $call $count"; return 1; }
	done <"$tmp/steps"
	sort "$tmp/where" | uniq -c
	[ "$(sort -u "$tmp/where" | paste -sd ' ')" = "adding between pruned" ]
}

anew
once >/dev/null
tree "$here/arch" >"$here/tree"
check "killed at any step, between adding and pruning too, it goes on" at_its_steps once
check "and so does one that stays" at_its_steps watches --watch
