# What is printed of checkpoints: for people and as JSON.
set -eu
. "$(dirname "$0")/functions.sh"
requires jq

root=$tmp/root
unpack_root v2-gc "$root"
catalog=$root/checkpoints.feldera
newest=$(jq -r '.[-1].uuid' "$catalog")
oldest=$(jq -r '.[0].uuid' "$catalog")

one_line_each() {
	[ "$(ckptfs list "$root" | tail -n +2 | awk '{ print $1 }')" = "$(jq -r '.[].uuid' "$catalog")" ]
	ckptfs list "$root" | head -n 1 | grep -q '^UUID .*CREATED .*IDENTIFIER$'
	ckptfs list "$root" | sed -n 2p | grep -qE ' 20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8}Z .* KiB '
}
check "a line each, oldest first, under a head" one_line_each

# The entry's own text comes first and unchanged, so that a text comparison
# sees every digit; jq would round them.
json_is_the_entry() {
	local own
	ckptfs list --json "$root" >"$tmp/list.json"
	jq -e '.checkpoints | length == 3' "$tmp/list.json"
	own=$(sed -E 's/^\[(\{[^}]*)\}.*/\1/' "$catalog")
	grep -qF "{\"checkpoints\":[$own,\"created_at\":\"2" "$tmp/list.json"
	jq -e '.checkpoints[0] | keys_unsorted - ["uuid", "identifier", "fingerprint", "size", "steps",
		"processed_records", "created_at"] == []' "$tmp/list.json"
}
check "as JSON an entry keeps its own text" json_is_the_entry

long_adds() {
	ckptfs list -l --json "$root" >"$tmp/long.json"
	jq -e --slurpfile recorded "$CKPTFS_SRC/tests/data/roots/v2-gc.json" '
		.checkpoints | all(.finished == true and .complete == true and .batches > 0 and
		.batch_bytes > 0 and .state_bytes > 0)' "$tmp/long.json"
	[ "$(jq '.checkpoints[0].state_bytes' "$tmp/long.json")" = \
		"$(find "$root/$oldest" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')" ]
	[ "$(jq '.checkpoints[0].batches' "$tmp/long.json")" = \
		"$(jq '.batches | length' "$root/$oldest/dependencies.json")" ]
	# Digit by digit, as jq does not compare.
	ckptfs show --json "$root" "$oldest" | grep -qF "$(sed 's/^{"checkpoints":\[\({[^}]*\)}.*/\1/' "$tmp/long.json"),"
}
check "-l adds what the files say, and show begins as one of these" long_adds

unknown_members() {
	cp -a "$root" "$tmp/unknown"
	python3 - "$tmp/unknown/checkpoints.feldera" <<-'P'
		import sys
		text = open(sys.argv[1]).read()
		extra = r'"new":{"a":[18446744073709551615,1e400,"\u00e9"]},"complete":"mine",'
		open(sys.argv[1], "w").write(text.replace('"size"', extra + '"size"', 1))
	P
	ckptfs list -l --json "$tmp/unknown" >"$tmp/unknown.json"
	grep -qF '"new":{"a":[18446744073709551615,1e400,"\u00e9"]},"complete":"mine",' "$tmp/unknown.json"
	[ "$(grep -o '"complete":' "$tmp/unknown.json" | wc -l)" = 3 ]
}
requires python3
check "unknown members are printed, and none is added twice" unknown_members

damaged() { # one of three, another one incomplete
	cp -a "$root" "$tmp/damaged"
	echo '{"batches":[' >"$tmp/damaged/$oldest/dependencies.json"
	rm "$tmp/damaged/$newest/CHECKPOINT"
	ckptfs list -l "$tmp/damaged" >"$tmp/out" 2>"$tmp/err"
	[ "$(awk 'NR > 1 { print $4 }' "$tmp/out" | tr '\n' ' ')" = "damaged finished incomplete " ]
	grep -q "^ckptfs: .*$oldest/dependencies.json" "$tmp/err"
	ckptfs list -l --json "$tmp/damaged" 2>/dev/null |
		jq -e '[.checkpoints[].complete] == [false, true, false]'
	ckptfs show "$tmp/damaged" "$oldest" 2>/dev/null | grep -qE '^state +damaged$'
	ckptfs list "$tmp/damaged" | grep -q "$oldest"
}
check "one damaged checkpoint hides none of the sound ones" damaged

verifies() {
	ckptfs verify "$root" | grep -q "^3 checkpoints verified: all files are there$"
	ckptfs verify --json "$root" "$newest" | jq -e '. == {ok: true, problems: []}'
	expect_fail 1 "" ckptfs verify --json "$tmp/damaged" >"$tmp/out"
	jq -e --arg o "$oldest" --arg n "$newest" '.ok == false and ([.problems[].uuid] == [$o, $n]) and
		([.problems[].file] == ["dependencies.json", "CHECKPOINT"]) and all(.problems[]; .what | length > 10)' "$tmp/out"
	expect_fail 1 "" ckptfs verify "$tmp/damaged" >"$tmp/out"
	grep -q "3 checkpoints verified: 2 problems" "$tmp/out"
	expect_fail 1 "" ckptfs verify "$root" --fingerprint 17 >"$tmp/out"
	ckptfs verify "$root" --fingerprint "$(grep -oE '"fingerprint":[0-9]+' "$catalog" | head -n 1 | tr -dc 0-9)"
}
check "verify is ok, or lists the problems and fails" verifies

state_decides() { # what the root's state.json says is finished
	cp -a "$root" "$tmp/state"
	local middle
	middle=$(jq -r '.[1].uuid' "$catalog")
	python3 - "$tmp/state" "$middle" <<-'P'
		import sys
		root, uuid = sys.argv[1:]
		entry = '{"uuid":"%s","fingerprint":18446744073709551615}' % uuid
		open(f"{root}/state.json", "w").write('{"circuit":%s}' % entry)
	P
	[ "$(ckptfs list -l "$tmp/state" | awk 'NR > 1 { print $4 }' | tr '\n' ' ')" = "finished unfinished unfinished " ] ||
		[ "$(ckptfs list -l "$tmp/state" | awk 'NR > 1 { print $4 }' | tr '\n' ' ')" = "finished finished unfinished " ]
	expect_fail 75 "state.json" ckptfs remove "$tmp/state" "$middle"
	ckptfs gc -n "$tmp/state" | grep -q "^keep $middle: "
}
check "unfinished checkpoints are said to be so" state_decides

no_escapes() {
	ckptfs commit "$root" --allow-empty --identifier "$(printf 'a\033[31m\nb\tc')" >/dev/null
	ckptfs list "$root" >"$tmp/out"
	ckptfs show "$root" "$(jq -r '.[-1].uuid' "$catalog")" >>"$tmp/out"
	! grep -q "$(printf '\033')" "$tmp/out" || return 1
	[ "$(grep -cF 'a\x1b[31m\x0ab' "$tmp/out")" = 2 ]
	ckptfs list --json "$root" | jq -e '.checkpoints[-1].identifier == "a\u001b[31m\nb\tc"'
}
check "an identifier can't speak to a terminal" no_escapes

removes() {
	local middle
	middle=$(jq -r '.[1].uuid' "$catalog")
	ckptfs remove -n --json "$root" "$middle" >"$tmp/dry.json"
	jq -e --arg u "$middle" '.dry_run and .removed == [$u]' "$tmp/dry.json"
	[ -d "$root/$middle" ]
	ckptfs remove --json "$root" "$middle" >"$tmp/real.json"
	[ "$(jq -c 'del(.dry_run, .items)' "$tmp/dry.json")" = "$(jq -c . "$tmp/real.json")" ]
	[ ! -e "$root/$middle" ]
	! ckptfs list "$root" | grep "$middle" || return 1
	ckptfs verify "$root"
}
check "remove takes out the one that is named, as announced" removes

rebuilds() {
	local fingerprint
	cp -a "$root" "$tmp/lost"
	fingerprint=$(grep -oE '"fingerprint":[0-9]+' "$catalog" | head -n 1 | tr -dc 0-9)
	rm "$tmp/lost/checkpoints.feldera"
	expect_fail 1 "rebuild" ckptfs gc "$tmp/lost"
	ckptfs list "$tmp/lost" 2>&1 | grep -q "rebuild"
	expect_fail 1 "rebuild" ckptfs verify "$tmp/lost"
	expect_fail 1 "--fingerprint" ckptfs rebuild "$tmp/lost" --yes
	ckptfs rebuild "$tmp/lost" --fingerprint "$fingerprint" -n --json >"$tmp/dry.json"
	[ ! -e "$tmp/lost/checkpoints.feldera" ]
	ckptfs rebuild "$tmp/lost" --fingerprint "$fingerprint" --yes | tail -n 1 | grep -q "^wrote a catalog of 3 "
	[ "$(ckptfs list --json "$tmp/lost" | jq -c '[.checkpoints[].uuid]')" = "$(jq -c '[.[].uuid]' "$catalog")" ]
	jq -e --slurpfile c "$catalog" '[.checkpoints[].uuid] == [$c[0][].uuid]' "$tmp/dry.json"
	grep -q "\"fingerprint\":$fingerprint" "$tmp/lost/checkpoints.feldera"
	ckptfs verify "$tmp/lost"
	# Damaged as well as gone, and also where no pipeline ever was.
	echo '[{' >"$tmp/lost/checkpoints.feldera"
	rm -f "$tmp/lost/feldera.pidlock"
	ckptfs rebuild "$tmp/lost" --fingerprint "$fingerprint" --yes
	ckptfs verify "$tmp/lost"
}
check "rebuild brings a lost catalog back" rebuilds

new_root() {
	mkdir -p "$tmp/new/lost+found"
	ckptfs commit "$tmp/new" --fingerprint 18446744073709551615 --allow-empty --json >"$tmp/entry.json"
	grep -q '"fingerprint":18446744073709551615' "$tmp/entry.json"
	[ "$(ckptfs list --json "$tmp/new" | jq -c '.checkpoints[0].uuid')" = "$(jq -c .uuid "$tmp/entry.json")" ]
	jq -e '.[0].created_at == null' "$tmp/new/checkpoints.feldera"
	ckptfs commit "$tmp/new" --allow-empty --steps 18446744073709551615 | grep -q '^committed '
	grep -q '"steps":18446744073709551615' "$tmp/new/checkpoints.feldera"
}
check "commit makes a root of an empty directory" new_root
staged_root() { # a pipeline has left its files, and no catalog yet
	local uuid=019f0000-0000-7000-8000-000000000001
	mkdir -p "$tmp/staged/$uuid"
	echo s >"$tmp/staged/$uuid/pspine-0.dat"
	expect_fail 1 "rebuild" ckptfs sweep "$tmp/staged"
	ckptfs commit "$tmp/staged" --uuid $uuid --fingerprint 1
	ckptfs verify "$tmp/staged" $uuid
}
check "commit takes the directory that it is given" staged_root
