# Beside a real pipeline at full speed, which forgets a checkpoint within
# milliseconds, the archiver keeps whole ones, and a pipeline starts on them.
# CKPTFS_TEST_LIVE: how many seconds (60).
set -eu
. "$(dirname "$0")/functions.sh"
requires jq python3

seconds=${CKPTFS_TEST_LIVE:-60}
rows=300 # a step
samples=20 # of the checkpoints of an archive, to start a pipeline on
client=$("$CKPTFS_SRC/scripts/build-feldera-client" 2>"$tmp/why") || {
	[ $? = 77 ] && skip_optional "$(cat "$tmp/why")"
	cat "$tmp/why"
	fail "the client could not be built"
}

# beside ROOT ARCHIVE SECONDS: run both; leaves what they said in $tmp.
beside() {
	local pipeline archiver status=0
	mkdir -p "$1"
	"$client" live "$1" 2 "$3" $rows >"$tmp/made" 2>"$tmp/pipeline.log" &
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
# What is computed from a checkpoint is what a pipeline must that has read just
# its rows, on the archive's own and on a copy of it alone.
starts() { # ARCHIVE
	local u digest copy=$tmp/copy n=0
	for u in $(uuids "$1" | awk -v all="$(uuids "$1" | wc -l)" -v some=$samples \
		'NR == 1 || NR == all || NR % (int(all / some) + 1) == 0'); do
		digest=$("$client" expect $(($(grep -nxF "$u" "$tmp/made" | cut -d : -f 1) * rows)))
		rm -rf "$copy"
		mkdir "$copy"
		ckptfs archive "$1" "$copy/one" "$u" >/dev/null
		restores "$copy/one" "$u" "$digest"
		n=$((n + 1))
		[ $((n % 5)) = 1 ] || continue
		rm -rf "$copy"
		cp -a "$1" "$copy"
		restores "$copy" "$u" "$digest"
	done
	echo "a pipeline started on $n of them, with their digests"
	[ $n -ge 3 ]
}
restores() { # ROOT UUID DIGEST
	local digest
	digest=$("$client" restore "$1" "$2" 2 2>"$tmp/client.log") || { cat "$tmp/client.log"; return 1; }
	[ "$digest" = "$3" ] || { echo "$2 restores with the digest $digest, not $3"; return 1; }
}

look_at() { # NAME ROOT ARCHIVE
	check "$1: many are archived" many "$3"
	check "$1: what is skipped was gone, the last is there" only_gone "$3"
	check "$1: every archived one is whole" whole "$3"
	check "$1: a pipeline starts on them, each with its digest" starts "$3"
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
