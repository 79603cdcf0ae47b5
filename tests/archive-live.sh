# Beside a real pipeline at full speed, which forgets a checkpoint within
# milliseconds, the archiver keeps whole ones, and a pipeline starts on them.
# CKPTFS_TEST_LIVE: how many seconds (60).
set -eu
. "$(dirname "$0")/functions.sh"
requires jq python3

seconds=${CKPTFS_TEST_LIVE:-60}
client=$("$CKPTFS_SRC/scripts/build-feldera-client" 2>"$tmp/why") || {
	[ $? = 77 ] && skip_optional "$(cat "$tmp/why")"
	cat "$tmp/why"
	fail "the client could not be built"
}
uuids() { jq -r '.[].uuid' "$1/checkpoints.feldera"; }

# beside ROOT ARCHIVE SECONDS: run both; leaves what they said in $tmp.
beside() {
	local pipeline archiver status=0
	mkdir -p "$1"
	"$client" live "$1" 2 "$3" 300 >"$tmp/made" 2>"$tmp/pipeline.log" &
	pipeline=$!
	cleanup_fn kill_quietly "$pipeline"
	wait_until 30 test -e "$1/checkpoints.feldera"
	ckptfs archive "$1" "$2" --watch --json >"$tmp/lines" 2>"$tmp/archiver.log" &
	archiver=$!
	cleanup_fn kill_quietly "$archiver"
	wait "$pipeline" || status=$?
	sleep 1
	kill -TERM "$archiver"
	wait "$archiver" || status=$?
	cat "$tmp/archiver.log"
	echo "$(wc -l <"$tmp/made") checkpoints made, $(uuids "$2" | wc -l) archived," \
		"$(jq -s '[.[].skipped[]] | length' "$tmp/lines") skipped"
	return $status
}
many() { [ "$(uuids "$1" | wc -l)" -ge $((seconds / 2)) ]; }
# Not one but those that were gone, and the newest is among them.
only_gone() {
	jq -se '[.[].skipped[].why] - ["gone meanwhile"] == []' "$tmp/lines"
	[ "$(uuids "$1" | tail -n 1)" = "$(tail -n 1 "$tmp/made")" ]
	[ "$(uuids "$1")" = "$(jq -r '.added[]' "$tmp/lines")" ]
	! uuids "$1" | grep -vxFf "$tmp/made"
}
whole() {
	ckptfs verify "$1"
	ckptfs sweep -n --json "$1" | jq -e '.removed == [] and .missing == []'
}
once() { # each batch that both have is one inode
	local name
	for name in "$1"/w*.feldera; do
		[ ! -e "$2/${name##*/}" ] || [ "$name" -ef "$2/${name##*/}" ]
	done
	[ -z "$(find "$2" -type f -name 'w*.feldera' -printf '%i\n' | sort | uniq -d)" ]
}
# What is computed from a checkpoint does not depend on where it lies: on the
# archive's own and on a copy of the mounted one it is the same, and not what
# another checkpoint gives.
starts() { # ARCHIVE
	local u digest copy n=0 seen=""
	for u in $(uuids "$1" | awk -v n="$(uuids "$1" | wc -l)" 'NR == 1 || NR == n || NR % (int(n / 4) + 1) == 0'); do
		copy=$tmp/copy
		rm -rf "$copy"
		cp -a "$1" "$copy"
		digest=$("$client" restore "$copy" "$u" 2 2>"$tmp/client.log") || { cat "$tmp/client.log"; return 1; }
		[[ $seen != *"$digest"* ]]
		seen="$seen $digest"
		rm -rf "$copy"
		mkdir "$copy"
		ckptfs archive "$1" "$copy/one" "$u" >/dev/null
		[ "$("$client" restore "$copy/one" "$u" 2 2>"$tmp/client.log")" = "$digest" ]
		n=$((n + 1))
	done
	echo "a pipeline started on $n of them"
	[ $n -ge 3 ]
}

look_at() { # NAME ROOT ARCHIVE
	check "$1: many are archived" many "$3"
	check "$1: what is skipped was gone, the last is there" only_gone "$3"
	check "$1: every archived one is whole" whole "$3"
	check "$1: a pipeline starts on them" starts "$3"
}
if beside "$tmp/root" "$tmp/archive" "$seconds"; then ok "neither fails"; else not_ok "neither fails"; fi
look_at "by links" "$tmp/root" "$tmp/archive"
check "by links: the disk holds each batch once" once "$tmp/root" "$tmp/archive"

for type in ext4 xfs; do
	if ! (requires_filesystem $type) >"$tmp/why"; then
		skip_case_optional "an archive on $type" "$(cat "$tmp/why")"
		continue
	fi
	make_filesystem $type "$tmp/$type" 800
	if beside "$tmp/root-$type" "$tmp/$type/archive" $((seconds / 3)); then ok "$type: neither fails"; else not_ok "$type: neither fails"; fi
	seconds_of=$seconds seconds=$((seconds / 3))
	look_at "on $type" "$tmp/root-$type" "$tmp/$type/archive"
	seconds=$seconds_of
done
