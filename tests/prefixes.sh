# A checkpoint may be named by the beginning of its uuid, or as "latest", wherever
# it is only read, and nowhere else.
set -eu
. "$(dirname "$0")/functions.sh"
requires jq

root=$tmp/root
unpack_root v2-gc "$root"
newest=$(jq -r '.[-1].uuid' "$root/checkpoints.feldera")
middle=$(jq -r '.[1].uuid' "$root/checkpoints.feldera")
oldest=$(jq -r '.[0].uuid' "$root/checkpoints.feldera")
# All three begin with 01a20b74-c6.
short=${newest:0:12}
[ "$short" != "${middle:0:12}" ] || fail "the recorded root has other uuids"

shown() { [ "$(ckptfs show --json "$root" "$@" | jq -r .uuid)" = "$newest" ]; }
names() {
	shown "$short"
	shown "${short^^}"
	shown "${newest:0:35}"
	shown "$newest"
	shown latest
	shown
	[ "$(ckptfs show --json "$root" "${middle:0:13}" | jq -r .uuid)" = "$middle" ]
}
check "show takes the beginning, in upper case too, and shows the latest without a name" names

verifies() {
	rm "$root/$middle/CHECKPOINT"
	ckptfs verify "$root" latest "${oldest:0:13}" | grep -q '^2 checkpoints verified: all'
	expect_fail 1 "" ckptfs verify "$root" "${middle:0:13}" --json >"$tmp/out"
	jq -e --arg u "$middle" '[.problems[].uuid] == [$u]' "$tmp/out"
	: >"$root/$middle/CHECKPOINT"
	ckptfs verify "$root" latest --deep | grep -q '^1 checkpoint verified'
}
check "verify looks at those that are meant" verifies

diffs() {
	ckptfs diff "$root" "$oldest" "$newest" --json >"$tmp/whole"
	ckptfs diff "$root" "${oldest:0:13}" latest --json | diff "$tmp/whole" -
	ckptfs archive "$root" "$tmp/other" "${oldest:0:13}"
	# Each in its own root.
	ckptfs diff "$root" latest "$tmp/other" latest --json | jq -e --arg a "$newest" --arg b "$oldest" \
		'[.. | strings] | contains([$a, $b])'
}
check "diff and archive take them, each of its own root" diffs

unfinished() { # what the root resumes from is the last that is finished
	cp -a "$root" "$tmp/state"
	printf '{"circuit":{"uuid":"%s","fingerprint":1}}' "$middle" >"$tmp/state/state.json"
	[ "$(ckptfs show --json "$tmp/state" latest | jq -r .uuid)" = "$middle" ]
	printf '{"circuit":null}' >"$tmp/state/state.json"
	expect_fail 1 "no finished checkpoint that 'latest' could name" ckptfs show "$tmp/state"
}
check "latest is the newest finished one" unfinished

listed() { # pattern word
	expect_fail 1 "^ckptfs: .*$1" ckptfs show "$root" "$2"
}
candidates() {
	listed "is the beginning of 3 checkpoints' uuids: $newest, $middle, $oldest$" 01a2
	listed "is the beginning of 3 checkpoints' uuids" 01a20b74-c6
	listed "'01a' is too short a beginning of a uuid \(4 digits at least\): $newest, $middle, $oldest$" 01a
	listed "no checkpoint's uuid begins with 'ffff'" ffff
	listed "no checkpoint's uuid begins with 'f'" f
	local word
	for word in x 01a20b74c64c 01a20b74-c64g latest1 LATEST "$newest"0 00000000-0000-0000-0000-000000000000 ''; do
		expect_fail 2 "^ckptfs: show: not a uuid" ckptfs show "$root" "$word"
	done
	expect_fail 1 "no checkpoint's uuid begins" ckptfs verify "$root" latest ffff
	# Too short is too short, also where there is only one.
	expect_fail 1 "too short" ckptfs show "$tmp/other" 01a
}
check "what could be several, or is too short, is answered by a list of them" candidates

many() { # no more than a person reads
	local i
	mkdir "$tmp/many"
	: >"$tmp/many/feldera.pidlock"
	for i in $(seq 10 99); do printf ',{"uuid":"0199f0c2-0000-7000-8000-0000000000%s","fingerprint":1}' "$i"; done |
		sed 's/^,/[/; s/$/]/' >"$tmp/many/checkpoints.feldera"
	expect_fail 1 "is the beginning of 90 .*000099, .*000098, .*000094 and 84 older$" ckptfs show "$tmp/many" 0199
	[ "$(ckptfs show "$tmp/many" 0199f0c2-0000-7000-8000-00000000004 2>&1 | grep -c 'of 10 checkpoints')" = 1 ]
}
check "of many the newest are listed, and how many more there are" many

whole() { # verb and words: refused, and nothing is changed
	expect_fail 2 "not a uuid.*nothing shorter will do|nothing shorter will do" ckptfs "$@"
	sha256_tree "$root" | diff "$tmp/before" -
}
changes() {
	local word
	sha256_tree "$root" >"$tmp/before"
	for word in latest "$short" "${newest:0:35}"; do
		whole remove "$root" "$word"
		whole pin "$root" name "$word"
		whole gc "$root" --except "$word"
		whole commit "$root" --uuid "$word"
	done
}
check "what removes or changes takes the whole uuid, and says why" changes

control() {
	local mnt=$tmp/mnt
	mount_root "$root" "$mnt"
	ask "$mnt" "verify latest" | jq -e '.ok'
	ask "$mnt" "verify $short" | jq -e '.ok'
	ask "$mnt" "verify 01a2" | jq -e --arg u "$oldest" '.error.errno == "EINVAL" and (.error.message | contains($u))'
	ask "$mnt" "verify ffff" | jq -e '.error.errno == "ENOENT"'
	ask "$mnt" "remove latest" | jq -e '.error.errno == "EINVAL" and (.error.message | contains("36 characters"))'
	ask "$mnt" "pin name $short" | jq -e '.error.errno == "EINVAL"'
	ask "$mnt" "gc except=$short" | jq -e '.error.errno == "EINVAL"'
	# To let go of it lets a gc have it.
	ask "$mnt" "release latest" | jq -e '.error.errno == "EINVAL"'
	umount_root "$mnt"
}
if { [ -r /dev/fuse ] && [ -w /dev/fuse ]; } && { is_root || command -v fusermount3 >/dev/null; }; then
	check "the control file of a mount takes them where it reads" control
else
	skip_case "the control file of a mount takes them where it reads" "there is no /dev/fuse for this user"
fi
