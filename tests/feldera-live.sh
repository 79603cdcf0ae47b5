# A real pipeline commits and collects garbage as fast as it can beside a mount:
# what a tool copies without an error is complete, and a pipeline that starts on
# it computes what one must that has read just the rows of that checkpoint.
#
# CKPTFS_LIVE_SECONDS: how long (60).
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires rsync jq

seconds=${CKPTFS_LIVE_SECONDS:-60}
client=$("$CKPTFS_SRC/scripts/build-feldera-client" 2>"$tmp/why") || {
	[ $? = 77 ] && skip_optional "$(cat "$tmp/why")"
	cat "$tmp/why"
	fail "the client could not be built"
}

rows=100 # a step
mkdir "$tmp/root"
"$client" live "$tmp/root" 2 "$seconds" $rows >"$tmp/client.out" 2>"$tmp/client.log" &
pipeline=$!
cleanup_fn kill_quietly "$pipeline"
wait_until 10 test -s "$tmp/root/checkpoints.feldera" || fail "the pipeline wrote no checkpoint: $(cat "$tmp/client.log")"
mount_root "$tmp/root" "$tmp/mnt" lease=2

# starts COPY UUID: the digest is that of the rows which the pipeline had read
# when it made that checkpoint, told by itself, and not by what was copied.
starts() {
	local made digest
	wait_until 10 grep -qxF "$2" "$tmp/client.out"
	made=$(grep -nxF "$2" "$tmp/client.out" | cut -d : -f 1)
	digest=$("$client" restore "$1" "$2" 2 2>"$tmp/restore.log") || { cat "$tmp/restore.log"; return 1; }
	[ "$digest" = "$("$client" expect $((made * rows)))" ] || {
		echo "$2, the one of step $made, restores with the digest $digest of another"
		return 1
	}
}

whole=0 refused=0 wrong=0 started=0
while kill -0 "$pipeline" 2>/dev/null; do
	uuid=$(basename "$(readlink -f "$tmp/mnt/latest")")
	[ "$uuid" != latest ] || continue
	rm -rf "$tmp/copy"
	status=0
	rsync -aH "$tmp/mnt/$uuid/" "$tmp/copy/" 2>"$tmp/rsync.err" || status=$?
	if [ $status != 0 ]; then
		refused=$((refused + 1))
		# Only for one reason: it left before it could be held.
		if grep -v 'Stale file handle' "$tmp/rsync.err" | grep -E '^(rsync|file has vanished).*(failed|vanished)'; then
			wrong=$((wrong + 1))
			cat "$tmp/rsync.err"
		fi
		continue
	fi
	whole=$((whole + 1))
	if ! ckptfs verify "$tmp/copy/storage" >"$tmp/verify.out" 2>&1; then
		wrong=$((wrong + 1))
		cat "$tmp/verify.out"
	fi
	if starts "$tmp/copy/storage" "$uuid"; then started=$((started + 1)); else wrong=$((wrong + 1)); fi
done
ended=0
wait "$pipeline" || ended=$?
n=$(wc -l <"$tmp/client.out")
echo "$n checkpoints in $seconds s; $whole copies whole, $refused refused as stale, $started started with their digest"
cat "$tmp/mnt/.ckptfs/status.json"

pipeline_never_failed() { [ $ended = 0 ] || { cat "$tmp/client.log"; return 1; }; }
check "the pipeline never failed" pipeline_never_failed
check "no copy that a tool called done was wrong" test $wrong = 0
check "copies were made" test $whole -gt 0
check "a pipeline started on each, with its digest" test $started = $whole
everything_let_go() {
	# The last lease ends two seconds after its last use.
	wait_until 10 sh -c "[ \"\$(jq '.leases | length' '$tmp/mnt/.ckptfs/status.json')\" = 0 ]"
	[ "$(jq .held.files "$tmp/mnt/.ckptfs/status.json")" = 0 ]
}
check "leases and held files are back afterwards" everything_let_go
