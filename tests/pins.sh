# Pins on a real root, by the command line: they hold, they expire, they
# survive whatever happens to who sets them, and damage is loud.
set -eu
. "$(dirname "$0")/functions.sh"
requires python3 jq

root=$tmp/root
unpack_root v2-solo "$root"
mapfile -t uuid < <(uuids "$root")

gc_keeps() { # UUID WHY
	ckptfs gc -n --json "$root" | jq -e --arg u "$1" --arg why "$2" \
		'any(.kept[]; .uuid == $u and .why == $why) and all(.removed[]; . != $u)' >/dev/null
}
gc_removes() { # UUID
	ckptfs gc -n --json "$root" | jq -e --arg u "$1" 'any(.removed[]; . == $u)' >/dev/null
}
unchanged() { sha256_tree "$root" | diff "$tmp/before" -; }
remember() { sha256_tree "$root" >"$tmp/before"; }

holds() {
	ckptfs pin "$root" before-upgrade "${uuid[0]}"
	gc_keeps "${uuid[0]}" "pinned as before-upgrade"
	gc_removes "${uuid[1]}"
	remember
	expect_fail 75 "${uuid[0]} stays: pinned as before-upgrade" ckptfs remove "$root" "${uuid[0]}"
	unchanged
}
check "a pin holds against gc and remove" holds

on_disk() {
	jq -e --arg u "${uuid[0]}" '.version == 1 and .pins[0].name == "before-upgrade" and .pins[0].uuid == $u
		and .pins[0].expires == null and (.pins[0].created | type) == "string"' "$root/ckptfs-pins.json"
	[ "$(stat -c %u:%g:%F "$root/ckptfs-pins.json")" = "$(stat -c %u:%g "$root"):regular file" ]
	[ "$(stat -c %a "$root/ckptfs-pins.json")" = 644 ]
	[ ! -e "$root/ckptfs-pins.json.mut" ]
}
check "the file is as the format says, and belongs to the root's owner" on_disk

listed() {
	ckptfs pins "$root" | grep -E "^${uuid[0]} .* never +before-upgrade$"
	ckptfs pins --json "$root" | jq -e --arg u "${uuid[0]}" \
		'.pins == [.pins[0]] and .pins[0].name == "before-upgrade" and .pins[0].uuid == $u and .pins[0].expires == null'
}
check "pins lists it" listed

expires() {
	local until
	# Two seconds from now, and not near the turn of a second.
	until=$(($(date +%s) + 3))
	ckptfs pin "$root" short "${uuid[1]}" --expires "$(date -u -d "@$until" +%Y-%m-%dT%H:%M:%SZ)"
	gc_keeps "${uuid[1]}" "pinned as short"
	while [ "$(date +%s)" -lt "$until" ]; do
		gc_keeps "${uuid[1]}" "pinned as short" || [ "$(date +%s)" -ge "$until" ]
		sleep 0.2
	done
	gc_removes "${uuid[1]}"
	ckptfs pins --json "$root" | jq -e 'any(.pins[]; .name == "short" and .expired)'
	ckptfs pins "$root" | grep '(expired) *short$'
	ckptfs pin "$root" other "${uuid[2]}"
	ckptfs pins --json "$root" | jq -e '[.pins[].name] == ["before-upgrade","other"]'
	ckptfs unpin "$root" other
}
check "a pin expires to the second, and the next change drops it" expires

expiries() {
	local e
	for e in 7d 2w 1m 1y2m3d5h "$(date -d tomorrow +%Y-%m-%d)" 2999-12-24T18:00:00+01:00; do
		ckptfs pin "$root" e "${uuid[0]}" --expires "$e"
		ckptfs unpin "$root" e
	done
	# A day is held to its end, in the local time zone.
	TZ=Pacific/Auckland ckptfs pin "$root" e "${uuid[0]}" --expires 2999-12-24
	ckptfs pins --json "$root" | jq -e 'any(.pins[]; .expires == "2999-12-24T11:00:00.000Z")'
	ckptfs unpin "$root" e
	remember
	for e in '' 0d -1d 7 d 7x 1d1d 100001d tomorrow 2999-02-30 2999-12-24T18:00:00 99999-01-01; do
		expect_fail 2 "expires" ckptfs pin "$root" e "${uuid[0]}" "--expires=$e"
	done
	for e in 2020-01-01 2020-01-01T00:00:00Z 1969-12-31T23:59:59Z; do
		expect_fail 1 "in the future" ckptfs pin "$root" e "${uuid[0]}" --expires "$e"
	done
	unchanged
}
check "an expiry is a span, a day or a time that is to come" expiries

names() {
	local n
	remember
	for n in '' . .. / a/b ../x $'a\n' $'\e[1m' $'\xff' "$(printf 'a%.0s' {1..256})"; do
		expect_fail 2 "can't be the name of a pin" ckptfs pin -- "$root" "$n" "${uuid[0]}"
		expect_fail 2 "can't be the name of a pin" ckptfs unpin -- "$root" "$n"
	done
	expect_fail 1 "is a pin 'before-upgrade' already" ckptfs pin "$root" before-upgrade "${uuid[0]}"
	expect_fail 1 "is a pin 'before-upgrade' already" ckptfs pin "$root" before-upgrade "${uuid[1]}"
	expect_fail 1 "no pin 'none'" ckptfs unpin "$root" none
	expect_fail 1 "not in the catalog" ckptfs pin "$root" x 0199f0c2-25cd-786f-901a-66bdfec8ed80
	expect_fail 2 "not a uuid" ckptfs pin "$root" x "${uuid[0]%?}"
	expect_fail 2 "too few" ckptfs pin "$root" x
	unchanged
	for n in ... .hidden 'two words' -dash é "$(printf 'a%.0s' {1..255})"; do
		ckptfs pin -- "$root" "$n" "${uuid[0]}"
		ckptfs pins --json "$root" | jq -e --arg n "$n" 'any(.pins[]; .name == $n)'
		ckptfs unpin -- "$root" "$n"
	done
}
check "names that are paths, empty, too long or taken are refused" names

beside_a_pipeline() {
	hold_pidlock "$root"
	remember
	expect_fail 75 "process $pidlock_pid.*'ckptfs archive' keeps" timeout 5 ckptfs pin "$root" x "${uuid[1]}"
	expect_fail 75 "process $pidlock_pid.*'ckptfs archive' keeps" timeout 5 ckptfs unpin "$root" before-upgrade
	timeout 5 ckptfs pins "$root" | grep before-upgrade
	unchanged
	release_pidlock
}
check "beside a pipeline it is refused, and the archive is named" beside_a_pipeline

damage() {
	local text good
	good=$(cat "$root/ckptfs-pins.json")
	for text in '' '{' '[]' "${good%???}" "${good/before-upgrade/..}" "${good/\"version\":1/\"version\":2}" "$good$good"; do
		printf %s "$text" >"$root/ckptfs-pins.json"
		remember
		expect_fail 1 ckptfs-pins.json ckptfs gc "$root"
		expect_fail 1 ckptfs-pins.json ckptfs gc -n "$root"
		expect_fail 1 ckptfs-pins.json ckptfs gc "$root" --keep-last 3
		expect_fail 1 ckptfs-pins.json ckptfs remove "$root" "${uuid[1]}"
		expect_fail 1 ckptfs-pins.json ckptfs pin "$root" x "${uuid[1]}"
		expect_fail 1 ckptfs-pins.json ckptfs unpin "$root" before-upgrade
		expect_fail 1 ckptfs-pins.json ckptfs pins "$root"
		unchanged
	done
	rm "$root/ckptfs-pins.json"
	ln -s "$tmp/elsewhere" "$root/ckptfs-pins.json"
	expect_fail 1 ckptfs-pins.json ckptfs gc "$root"
	rm "$root/ckptfs-pins.json"
	mkdir "$root/ckptfs-pins.json"
	expect_fail 1 ckptfs-pins.json ckptfs gc "$root"
	rmdir "$root/ckptfs-pins.json"
	mkfifo "$root/ckptfs-pins.json"
	expect_fail 1 ckptfs-pins.json timeout 5 ckptfs gc "$root"
	rm "$root/ckptfs-pins.json"
	printf %s "$good" >"$root/ckptfs-pins.json"
	ckptfs sweep "$root"
	gc_keeps "${uuid[0]}" "pinned as before-upgrade"
}
check "a damaged or newer file stops gc and remove, and is never overwritten" damage

killed() {
	local i n was=1
	for ((i = 0; i < 50; i++)); do
		if [ "$was" = 1 ]; then
			ckptfs pin "$root" again "${uuid[2]}" &
		else
			ckptfs unpin "$root" again &
		fi
		sleep "0.0$((RANDOM % 4))$((RANDOM % 10))"
		kill -KILL $! 2>/dev/null || :
		wait $! || :
		n=$(ckptfs pins --json "$root" | jq '.pins | length')
		[ "$n" = 1 ] || [ "$n" = 2 ] || return 1
		was=$n
		gc_keeps "${uuid[0]}" "pinned as before-upgrade"
	done >/dev/null 2>&1
	[ "$was" = 1 ] || ckptfs unpin "$root" again
	ckptfs sweep "$root"
	[ ! -e "$root/ckptfs-pins.json.mut" ]
}
check "kill -9 leaves the old pins or the new ones" killed

by_rules() {
	ckptfs gc -n --json "$root" --keep-last 3 --keep-identifier 'step "3"*' | jq -e --argjson u "$(jq '[.[].uuid]' "$root/checkpoints.feldera")" '
		[.kept[].why] == ["pinned as before-upgrade", "last, identifier", "newest, last", "newest, last"]
		and .removed == $u[1:3]'
	ckptfs gc -n --json "$root" --keep-within 14d | jq -e '.removed == []'
	expect_fail 2 "keep-daily" ckptfs gc "$root" --keep-daily 0
	expect_fail 2 "keep-within" ckptfs gc "$root" --keep-within 14
	ckptfs gc "$root" --keep-last 3
	[ "$(jq length "$root/checkpoints.feldera")" = 4 ]
	ckptfs verify "$root"
	[ "$(ckptfs sweep --json "$root" | jq '.removed | length')" = 0 ]
}
check "gc keeps by rules, and says every reason" by_rules
