# Pins and retention through the control file: the same words, the same file, in
# force for everybody at once, and there after a remount.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires jq

root=$tmp/root
unpack_root v2-solo "$root"
mapfile -t uuid < <(uuids "$root")
mount_root "$root" "$tmp/one"
mount_root "$root" "$tmp/two"

refused() { # ERRNO MOUNT COMMAND
	local answer
	! answer=$(ask "$2" "$3") || return 1
	[ "$(jq -r .error.errno <<<"$answer")" = "$1" ]
}

pinned() {
	ask "$tmp/one" "pin before ${uuid[0]}" | jq -e '.pins[0].name == "before" and .pins[0].expires == null'
	ask "$tmp/one" "pin \"two words\" ${uuid[1]} expires=7d" | jq -e '.pins | length == 2'
	ckptfs pins --json "$root" | jq -e '[.pins[].name] == ["before","two words"]'
	ask "$tmp/two" pins | jq -e '[.pins[].name] == ["before","two words"]'
}
check "a pin set by control is seen everywhere" pinned

# links MOUNT: what pins/ has, a line each.
links() {
	find "$1/.ckptfs/pins" -mindepth 1 -printf '%y %f %l\n' | sort
}
# has_links MOUNT [LINE...]: these and no others.
has_links() {
	local mount=$1
	shift
	[ "$(links "$mount")" = "$(printf '%s\n' "$@")" ]
}
shown() {
	has_links "$tmp/one" "l before ../../${uuid[0]}" "l two words ../../${uuid[1]}"
	# The mount that did not do it hears of it.
	wait_until 1 has_links "$tmp/two" "l before ../../${uuid[0]}" "l two words ../../${uuid[1]}"
	[ "$(jq -r .uuid "$tmp/two/.ckptfs/pins/two words/metadata.json")" = "${uuid[1]}" ]
	[ "$(stat -c %a "$tmp/two/.ckptfs/pins")" = 500 ]
	expect_fail any "" stat "$tmp/two/.ckptfs/pins/none"
}
check "pins/ has a link for each" shown

follows() {
	ask "$tmp/one" "pin moving ${uuid[0]}"
	[ "$(readlink "$tmp/one/.ckptfs/pins/moving")" = "../../${uuid[0]}" ]
	wait_until 1 test -L "$tmp/two/.ckptfs/pins/moving"
	ask "$tmp/one" "unpin moving"
	[ ! -L "$tmp/one/.ckptfs/pins/moving" ]
	ask "$tmp/one" "pin moving ${uuid[1]}"
	[ "$(readlink "$tmp/one/.ckptfs/pins/moving")" = "../../${uuid[1]}" ]
	moved() { [ "$(readlink "$tmp/two/.ckptfs/pins/moving")" = "../../${uuid[1]}" ]; }
	wait_until 1 moved
	ckptfs unpin "$root" moving
	left() { [ ! -L "$1/.ckptfs/pins/moving" ]; }
	wait_until 1 left "$tmp/one"
	wait_until 1 left "$tmp/two"
}
check "pins/ follows pin and unpin, here and elsewhere" follows

expires() {
	local at
	at=$(date -u -d '+3 seconds' +%Y-%m-%dT%H:%M:%SZ)
	ask "$tmp/one" "pin short ${uuid[0]} expires=$at"
	[ "$(readlink "$tmp/one/.ckptfs/pins/short")" = "../../${uuid[0]}" ]
	while [ "$(date +%s)" -lt "$(date -d "$at" +%s)" ]; do sleep 0.05; done
	[ ! -L "$tmp/one/.ckptfs/pins/short" ]
	[ ! -L "$tmp/two/.ckptfs/pins/short" ]
	has_links "$tmp/one" "l before ../../${uuid[0]}" "l two words ../../${uuid[1]}"
	# The file still has it.
	ask "$tmp/one" "unpin short"
}
check "a pin leaves pins/ in the second in which it expires" expires

kept() {
	grep -F "keep ${uuid[0]}: pinned as before" "$tmp/two/.ckptfs/gc"
	ask "$tmp/two" "gc keep-last=3" | jq -e --arg a "${uuid[0]}" --arg b "${uuid[1]}" \
		'[.kept[] | select(.uuid == $a or .uuid == $b) | .why] == ["pinned as before", "pinned as two words"]'
	[ "$(jq length "$root/checkpoints.feldera")" = 5 ]
	refused EBUSY "$tmp/two" "remove ${uuid[0]}"
	[ -e "$root/${uuid[0]}/CHECKPOINT" ]
}
check "it holds against a gc and a remove of another mount" kept

refusals() {
	sha256_tree "$root" >"$tmp/before"
	refused EEXIST "$tmp/one" "pin before ${uuid[1]}"
	refused EINVAL "$tmp/one" "pin a/b ${uuid[1]}"
	refused EINVAL "$tmp/one" "pin x ${uuid[1]} expires=2020-01-01"
	refused EINVAL "$tmp/one" "gc keep-daily=0"
	refused ENOENT "$tmp/one" "unpin x"
	refused ENOENT "$tmp/one" "pin x ${uuid[2]}" # gone since the gc
	sha256_tree "$root" | diff "$tmp/before" -
}
check "what can't be is refused, each with its errno, and nothing changes" refusals

remounted() {
	umount_root "$tmp/one"
	mount_root "$root" "$tmp/one"
	has_links "$tmp/one" "l before ../../${uuid[0]}" "l two words ../../${uuid[1]}"
	ask "$tmp/one" pins | jq -e '.pins | length == 2'
	ask "$tmp/one" gc | jq -e --arg a "${uuid[0]}" 'any(.kept[]; .uuid == $a and .why == "pinned as before")'
	ask "$tmp/one" "unpin before" | jq -e '[.pins[].name] == ["two words"]'
	ask "$tmp/two" gc | jq -e --arg a "${uuid[0]}" '.removed == [$a]'
}
check "it survives a remount, and holds until it is taken away" remounted

damaged() {
	local good
	good=$(cat "$root/ckptfs-pins.json")
	printf '{' >"$root/ckptfs-pins.json"
	refused EIO "$tmp/one" gc
	grep "would fail: .*ckptfs-pins.json" "$tmp/one/.ckptfs/gc"
	[ "$(cat "$root/ckptfs-pins.json")" = "{" ]
	[ "$(jq length "$root/checkpoints.feldera")" = 3 ]
	expect_fail any "Input/output error" ls "$tmp/one/.ckptfs/pins"
	expect_fail any "Input/output error" stat "$tmp/one/.ckptfs/pins/two words"
	jq -e '.ok == false and (.error | contains("ckptfs-pins.json"))' "$tmp/one/.ckptfs/status.json"
	sha256_tree "$tmp/one/${uuid[1]}" >"$tmp/reads"
	printf %s "$good" >"$root/ckptfs-pins.json"
	has_links "$tmp/one" "l two words ../../${uuid[1]}"
	jq -e '.ok == true' "$tmp/one/.ckptfs/status.json"
}
check "a damaged file stops gc and pins/, says so, and nothing else ends" damaged
