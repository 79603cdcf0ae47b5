# While a long command runs, every other file of the mount answers.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires python3 jq

"$CKPTFS_SRC/tests/many.py" "$tmp/root" 20000
mount_root "$tmp/root" "$tmp/mnt"
ctl=$tmp/mnt/.ckptfs
newest=$(readlink "$tmp/mnt/latest")

(exec 3<>"$ctl/control"; echo gc >&3; cat <&3 >"$tmp/answer.json") &
gc=$!
cleanup_fn kill_quietly "$gc"
n=0
while kill -0 "$gc" 2>/dev/null; do
	timeout 20 stat "$tmp/mnt/$newest/metadata.json" >/dev/null
	timeout 20 cat "$tmp/mnt/$newest/metadata.json" "$ctl/status.json" "$ctl/log" >/dev/null
	timeout 20 cat "$ctl/gc" >/dev/null
	[ "$(timeout 20 tail -n 1 "$ctl/metrics")" = "# EOF" ]
	# Only what was answered while it ran counts.
	! kill -0 "$gc" 2>/dev/null || n=$((n + 1))
done
wait "$gc"
echo "$n times while the gc ran"
check "every other file answers while a gc runs" test $n -gt 0
check "the gc did all of it" test "$(jq '.removed | length' "$tmp/answer.json")" = 19998
