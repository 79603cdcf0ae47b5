# An archive that is pruned as it grows: what the rules keep stays, and what they
# dropped does not come back.
set -eu
. "$(dirname "$0")/functions.sh"
requires jq python3

root=$tmp/root
keep="--keep-hourly 4 --keep-daily 3 --keep-weekly 2"
has() { grep -q "$2" "$1/checkpoints.feldera"; }
lacks() { ! has "$1" "$2"; }
ctimes() { find "$1" -printf '%P %i %C@ %s\n' | sort; }

# at DATE: the uuid of a checkpoint of that time.
at() {
	local ms
	ms=$(printf %012x $(($(date -u -d "$1" +%s) * 1000)))
	printf '%s-%s-7000-8000-000000000000\n' "${ms:0:8}" "${ms:8}"
}
# add ROOT DATE [ARG...]: commit one of that time, with a batch of its own.
add() {
	local u batch
	u=$(at "$2")
	batch=w0-$u.feldera
	mkdir -p "$1/$u"
	echo "$u" >"$1/$batch"
	echo "{\"files\":[\"$batch\"]}" >"$1/$u/pspine-batches-0.dat"
	ckptfs commit "$1" --uuid "$u" --fingerprint 1 "${@:3}" --json | jq -r .uuid
}
# made ROOT: a root with ten checkpoints of two days.
made() {
	local h
	mkdir "$1"
	for h in "01 10:00" "01 10:30" "01 11:00" "01 23:00" "02 01:00" "02 02:00" "02 03:00" "02 03:20" "02 03:40" "02 04:00"; do
		add "$1" "2026-03-$h" >/dev/null
	done
}
export TZ=UTC

# --- a pipeline that keeps two --------------------------------------------------

grows() {
	local i
	mkdir "$root"
	for ((i = 0; i < 40; i++)); do
		add "$root" "2026-03-01 00:00 $((i * 71)) minutes" >/dev/null
		ckptfs archive "$root" "$tmp/whole" >/dev/null
		# shellcheck disable=SC2086
		ckptfs archive "$root" "$tmp/pruned" $keep --json >>"$tmp/answers"
		ckptfs gc "$root" >/dev/null
	done
	[ "$(uuids "$tmp/whole" | wc -l)" = 40 ]
	# shellcheck disable=SC2086
	ckptfs gc "$tmp/whole" $keep >/dev/null
	diff <(uuids "$tmp/whole") <(uuids "$tmp/pruned")
	[ "$(jq -s 'map(.added | length) | unique == [1]' "$tmp/answers")" = true ]
	# Each was removed once, and all that are not there were.
	jq -rs 'map(.removed[])[]' "$tmp/answers" | sort >"$tmp/removed"
	[ "$(uniq -d "$tmp/removed" | wc -l)" = 0 ]
	[ $(($(wc -l <"$tmp/removed") + $(uuids "$tmp/pruned" | wc -l))) = 40 ]
	ckptfs verify "$tmp/pruned"
	ckptfs sweep -n --json "$tmp/pruned" | jq -e '.removed == [] and .missing == []' >/dev/null
}
check "pruned at each step it holds what one gc of all leaves" grows
says_why() {
	tail -n 1 "$tmp/answers" | jq -e '(.kept | length) > 3 and all(.kept[]; .why | test("newest|hourly|daily|weekly"))
		and .unwanted == 0' >/dev/null
}
check "the answer says why each is kept" says_why

# --- all of a long history ------------------------------------------------------

made "$tmp/long"
mapfile -t u < <(uuids "$tmp/long")
all_once() {
	ckptfs archive "$tmp/long" "$tmp/all" --all --keep-hourly 3 --json >"$tmp/answer"
	jq -e --argjson u "$(jq '[.[].uuid]' "$tmp/long/checkpoints.feldera")" \
		'.added == [$u[5], $u[8], $u[9]] and .removed == [] and .unwanted == 7' "$tmp/answer" >/dev/null
	ctimes "$tmp/all" >"$tmp/before"
	ckptfs archive "$tmp/long" "$tmp/all" --all --keep-hourly 3 --json |
		jq -e '.added == [] and .removed == [] and .present == 3 and .unwanted == 7 and .skipped == []' >/dev/null
	ckptfs archive "$tmp/long" "$tmp/all" --keep-hourly 3
	ctimes "$tmp/all" | diff "$tmp/before" -
}
check "of all only those come that stay, and a second run writes nothing" all_once
more_words() {
	ckptfs archive "$tmp/long" "$tmp/all" --all --keep-hourly 5 >"$tmp/answer"
	grep -q "^archived ${u[3]}\$" "$tmp/answer" && grep -q "^keep ${u[3]}: hourly\$" "$tmp/answer"
	ckptfs archive "$tmp/long" "$tmp/all" --all --keep-last 3 >"$tmp/answer"
	[ "$(uuids "$tmp/all" | paste -sd ' ')" = "${u[7]} ${u[8]} ${u[9]}" ]
	grep -q "^removed ${u[3]}\$" "$tmp/answer" && grep -q "^3 checkpoints removed from the archive" "$tmp/answer"
	[ ! -e "$tmp/all/${u[3]}" ] && [ ! -e "$tmp/all/w0-${u[3]}.feldera" ]
}
check "with other words it holds what those keep" more_words
never_fewer_than_two() {
	ckptfs archive "$tmp/long" "$tmp/two" --all --keep-yearly 1 --json | jq -e '(.added | length) == 2' >/dev/null
	[ "$(uuids "$tmp/two" | paste -sd ' ')" = "${u[8]} ${u[9]}" ]
}
check "it never holds fewer than two" never_fewer_than_two
not_to_be_had() {
	cp -a "$tmp/long" "$tmp/torn"
	rm "$tmp/torn/w0-${u[8]}.feldera"
	expect_fail 1 "" ckptfs archive "$tmp/torn" "$tmp/from-torn" --all --keep-hourly 2 --json >"$tmp/answer"
	jq -e --arg a "${u[7]}" --arg b "${u[8]}" --arg c "${u[9]}" \
		'.added == [$c, $a] and [.skipped[].uuid] == [$b]' "$tmp/answer" >/dev/null
	[ "$(uuids "$tmp/from-torn" | paste -sd ' ')" = "${u[7]} ${u[9]}" ]
}
check "one that can't be had does not take the place of another" not_to_be_had
of_an_older_root() {
	# A source that was set back: its newest is older than what the archive dropped.
	cp -a "$tmp/long" "$tmp/back"
	ckptfs remove "$tmp/back" "${u[9]}" >/dev/null
	ckptfs remove "$tmp/back" "${u[8]}" >/dev/null
	ckptfs remove "$tmp/back" "${u[7]}" >/dev/null
	ckptfs archive "$tmp/back" "$tmp/two" --keep-last 2 --json |
		jq -e '.added == [] and .unwanted == 1 and .removed == []' >/dev/null
	ckptfs archive "$tmp/back" "$tmp/two" --keep-last 2 | grep -q "not archived, since the retention"
	lacks "$tmp/two" "${u[6]}"
}
check "an older one that the rules would drop is not added" of_an_older_root

# --- what holds against the rules -----------------------------------------------

named() {
	ckptfs archive "$tmp/long" "$tmp/named" --all --keep-last 3 >/dev/null
	ckptfs archive "$tmp/long" "$tmp/named" "${u[0]}" "${u[2]}" --keep-last 3 --json |
		jq -e --arg a "${u[0]}" --arg b "${u[2]}" '.added == [$a, $b] and .removed == []
			and any(.kept[]; .uuid == $a and .why == "excepted")' >/dev/null
	ckptfs archive "$tmp/long" "$tmp/named" --all --keep-last 3 --json |
		jq -e --arg a "${u[0]}" --arg b "${u[2]}" '.added == [] and .removed == [$a, $b]' >/dev/null
	ckptfs archive "$tmp/long" "$tmp/named" --keep-last 3 --all --json | jq -e '.added == [] and .removed == []' >/dev/null
}
check "who names a checkpoint gets it, for this run" named
pinned() {
	ckptfs archive "$tmp/long" "$tmp/pinned" --all >/dev/null
	ckptfs pin "$tmp/pinned" before-upgrade "${u[1]}"
	ckptfs archive "$tmp/long" "$tmp/pinned" --keep-last 2 --json | jq -e --arg u "${u[1]}" '(.removed | length) == 7
		and any(.kept[]; .uuid == $u and .why == "pinned as before-upgrade")' >/dev/null
	[ "$(uuids "$tmp/pinned" | paste -sd ' ')" = "${u[1]} ${u[8]} ${u[9]}" ]
	ckptfs verify "$tmp/pinned" >/dev/null
	ckptfs unpin "$tmp/pinned" before-upgrade
	ckptfs archive "$tmp/long" "$tmp/pinned" --all --keep-last 2 --json |
		jq -e --arg u "${u[1]}" '.added == [] and .removed == [$u]' >/dev/null
}
check "a pin holds, until it is taken away" pinned
damaged_pins() {
	ckptfs archive "$tmp/long" "$tmp/damaged" "${u[@]:0:9}" >/dev/null
	echo '{' >"$tmp/damaged/ckptfs-pins.json"
	expect_fail 1 ckptfs-pins.json ckptfs archive "$tmp/long" "$tmp/damaged" --keep-last 2 >"$tmp/answer"
	grep -q "^archived ${u[9]}\$" "$tmp/answer"
	[ "$(uuids "$tmp/damaged" | wc -l)" = 10 ]
}
check "with damaged pins nothing is removed" damaged_pins
resumed() {
	ckptfs archive "$tmp/long" "$tmp/resumed" --all >/dev/null
	jq -c '{circuit: .[3]}' "$tmp/resumed/checkpoints.feldera" >"$tmp/resumed/state.json"
	ckptfs archive "$tmp/long" "$tmp/resumed" --keep-last 2 >/dev/null
	[ "$(uuids "$tmp/resumed" | paste -sd ' ')" = "${u[3]} ${u[8]} ${u[9]}" ]
}
check "what the archive's state.json names stays" resumed
if (requires_fuse) >/dev/null; then
	being_read() {
		ckptfs archive "$tmp/long" "$tmp/read" --all >/dev/null
		mount_root "$tmp/read" "$tmp/mnt" lease=1
		exec 5<"$tmp/mnt/${u[4]}/storage/w0-${u[4]}.feldera"
		ckptfs archive "$tmp/long" "$tmp/read" --keep-last 2 --json | jq -e --arg u "${u[4]}" \
			'any(.kept[]; .uuid == $u and .why == "being read")' >/dev/null
		[ "$(cat <&5)" = "${u[4]}" ]
		exec 5<&-
		umount_root "$tmp/mnt"
		# Its daemon ends a moment after the unmount.
		wait_until 5 goes_at_last
	}
	goes_at_last() {
		ckptfs archive "$tmp/long" "$tmp/read" --keep-last 2 >/dev/null
		lacks "$tmp/read" "${u[4]}"
	}
	check "one that is being read stays until the next time" being_read
fi
busy() {
	ckptfs archive "$tmp/long" "$tmp/busy" --all >/dev/null
	hold_pidlock "$tmp/busy"
	ctimes "$tmp/busy" >"$tmp/before"
	ckptfs archive "$tmp/long" "$tmp/busy" --keep-last 2 --json >"$tmp/answer" 2>"$tmp/said"
	jq -e '.present == 1 and .removed == []' "$tmp/answer" >/dev/null
	grep -q "in use by.*until the next time" "$tmp/said"
	ctimes "$tmp/busy" | diff "$tmp/before" -
	# Nothing to remove: nothing to say.
	ckptfs archive "$tmp/long" "$tmp/busy" --keep-last 20 --quiet >/dev/null 2>"$tmp/said"
	[ ! -s "$tmp/said" ]
	release_pidlock
	ckptfs archive "$tmp/long" "$tmp/busy" --keep-last 2 >/dev/null
	[ "$(uuids "$tmp/busy" | wc -l)" = 2 ]
}
check "while somebody else changes the archive it is a warning" busy

# --- with --watch ---------------------------------------------------------------

# watch ROOT ARCHIVE ARG...: start one; its process is $watcher.
watch() {
	ckptfs archive "$1" "$2" --watch "${@:3}" >"$tmp/out" 2>"$tmp/err" &
	watcher=$!
	cleanup_fn kill_quietly "$watcher"
}
ends() {
	kill -TERM "$watcher"
	wait "$watcher"
}
follows() {
	local i new
	ckptfs archive "$tmp/long" "$tmp/watched" --all >/dev/null
	ckptfs pin "$tmp/watched" before-upgrade "${u[1]}"
	watch "$tmp/long" "$tmp/watched" --keep-last 3 --json --quiet
	# What an earlier one left undone.
	wait_until 5 lacks "$tmp/watched" "${u[0]}"
	for ((i = 0; i < 5; i++)); do
		new=$(add "$tmp/long" "2026-03-02 05:0$i")
		wait_until 5 has "$tmp/watched" "$new"
	done
	wait_until 5 lacks "$tmp/watched" "$(at "2026-03-02 05:01")"
	ends
	[ "$(uuids "$tmp/watched" | paste -sd ' ')" = "${u[1]} $(uuids "$tmp/long" | tail -n 3 | paste -sd ' ')" ]
	jq -es 'all(.[1:][]; (.added | length) == 1 and (.removed | length) == 1 and (.kept | length) == 4)
		and length == 6' "$tmp/out" >/dev/null
	[ ! -s "$tmp/err" ]
	ckptfs verify "$tmp/watched" >/dev/null
}
check "a watch prunes after each, and pins hold against it" follows
comes_not_back() {
	ctimes "$tmp/watched" >"$tmp/before"
	watch "$tmp/long" "$tmp/watched" --all --keep-last 3
	sleep 1
	ends
	ctimes "$tmp/watched" | diff "$tmp/before" -
	grep -q "not archived, since the retention" "$tmp/out"
}
check "the next watch does not add again what was removed" comes_not_back
busy_watch() {
	hold_pidlock "$tmp/watched"
	watch "$tmp/long" "$tmp/watched" --keep-last 2
	wait_until 30 grep -q "in use by.*it is tried again" "$tmp/err"
	sleep 1
	[ "$(uuids "$tmp/watched" | wc -l)" = 4 ]
	release_pidlock
	# Nothing new has to come for it.
	wait_until 30 grep -q "^removed $(at "2026-03-02 05:02")\$" "$tmp/out"
	ends
	lacks "$tmp/watched" "$(at "2026-03-02 05:02")"
	[ "$(grep -c "it is tried again" "$tmp/err")" = 1 ]
}
check "a watch says once that it can't prune now, and does it later" busy_watch

usage() {
	local words
	while read -r words; do
		# shellcheck disable=SC2086
		expect_fail 2 "keep-" ckptfs archive "$tmp/long" "$tmp/none" $words
		[ ! -e "$tmp/none" ]
	done <<-E
		--keep-last 0
		--keep-hourly -1
		--keep-daily 99999999999999999999
		--keep-weekly x
		--keep-within 14
		--keep-identifier=
		--keep-oldest
	E
}
check "words that can't be meant are refused, and nothing is made" usage
