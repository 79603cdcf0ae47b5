# What a sweep must leave alone on a real file system.
set -eu
. "$(dirname "$0")/functions.sh"
requires_root
requires jq

unpack_root v2-garbage "$tmp/root"
mkdir -p "$tmp/root/mounted" "$tmp/root/outer/inner" "$tmp/root/lost+found"
mount -t tmpfs none "$tmp/root/mounted"
cleanup_fn unmount_quietly "$tmp/root/mounted"
mount -t tmpfs none "$tmp/root/outer/inner"
cleanup_fn unmount_quietly "$tmp/root/outer/inner"
touch "$tmp/root/mounted/a.feldera" "$tmp/root/outer/inner/b.feldera" "$tmp/root/lost+found/c.feldera"
rm -f "$tmp/root/steps.bin"
mkdir "$tmp/root/steps.bin"
touch "$tmp/root/steps.bin/0.bin"

ckptfs sweep -n --json "$tmp/root" >"$tmp/dry.json"
ckptfs sweep --json "$tmp/root" >"$tmp/real.json"

check "steps.bin survives as a directory" test -e "$tmp/root/steps.bin/0.bin"
check "a mounted file system survives" test -e "$tmp/root/mounted/a.feldera"
check "one mounted deeper survives, and the directory above it" test -e "$tmp/root/outer/inner/b.feldera"
check "lost+found survives" test -e "$tmp/root/lost+found/c.feldera"
check "the coordinator's files survive" test -e "$tmp/root/coordinator/a.feldera"
check "notes survive" test -e "$tmp/root/notes.txt"
what_stays_is_said() {
	jq -e '(.left | sort == ["lost+found", "mounted", "outer"]) and .left == [.left_why[].name]
		and all(.left_why[]; .why | length > 10)' "$tmp/real.json"
}
check "what is left is said, and why" what_stays_is_said
dry_is_real() { diff <(jq -S 'del(.dry_run, .items)' "$tmp/dry.json") <(jq -S . "$tmp/real.json"); }
check "the dry run said the same" dry_is_real
garbage_goes() {
	[ ! -e "$tmp/root/01990000-0000-7000-8000-000000000001" ]
	[ ! -e "$tmp/root/w1-01990000-0000-7000-8000-000000000003.feldera.mut" ]
	[ ! -e "$tmp/root/w0-01990000-0000-7000-8000-000000000002.feldera" ]
	ckptfs verify "$tmp/root"
}
check "the garbage is gone" garbage_goes
usage_is_true() {
	[ "$(jq .usage "$tmp/real.json")" = "$(find "$tmp/root" -maxdepth 1 -type f ! -name feldera.pidlock -printf '%s\n' | awk '{ n += $1 } END { print n }')" ]
}
check "usage is what lies at the top level" usage_is_true
full_disk() {
	mkdir "$tmp/full"
	mount -t tmpfs -o size=4m none "$tmp/full"
	cleanup_fn unmount_quietly "$tmp/full"
	unpack_root v2-garbage "$tmp/full/root"
	dd if=/dev/zero of="$tmp/full/filler" bs=4k 2>/dev/null || :
	ckptfs sweep "$tmp/full/root"
	[ ! -e "$tmp/full/root/01990000-0000-7000-8000-000000000001" ]
}
check "it works on a full disk" full_disk
