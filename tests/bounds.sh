# At its bounds the mount is slower or refuses, never wrong, and gives back what
# it took: files held for readers, descriptors of the process, free space.
#
# CKPTFS_BOUNDS_CHECKPOINTS: how many checkpoints there are (250; with fewer than
# 200 the bound of 200 descriptors is not reached).
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires jq python3

checkpoints=${CKPTFS_BOUNDS_CHECKPOINTS:-250}
ctl=$tmp/mnt/.ckptfs
status() { jq -e "$1" "$ctl/status.json" >/dev/null; }

# How many files its daemon has open.
descriptors() { find "/proc/$(daemon_of "$tmp/mnt")/fd" -mindepth 1 | wc -l; }
descriptors_are() { [ "$(descriptors)" -le "$1" ]; }

# read_all.py MNT RECORDS: every file of every checkpoint; what can be read has
# the bytes that were recorded.  Prints how many could not be opened, and by
# which errors.
cat >"$tmp/read_all.py" <<'P'
import errno, hashlib, json, os, sys
mnt, records, allowed = sys.argv[1], sys.argv[2], sys.argv[3:]
read, errors = 0, {}
def failed(e):
    name = errno.errorcode[e.errno]
    errors[name] = errors.get(name, 0) + 1
    if name not in allowed:
        sys.exit(f"WRONG: {e}")
for uuid in sorted(n for n in os.listdir(mnt) if len(n) == 36):
    record = json.load(open(f"{records}/{uuid}.json"))
    top = f"{mnt}/{uuid}/storage"
    try:
        listed = set(os.listdir(top)) | {f"{uuid}/{n}" for n in os.listdir(f"{top}/{uuid}")}
        if not listed >= set(record):
            sys.exit(f"WRONG: {uuid} lists {len(listed)} names")
    except OSError as e:
        failed(e)
    for path, sha in record.items():
        try:
            with open(f"{top}/{path}", "rb") as f:
                if hashlib.sha256(f.read()).hexdigest() != sha:
                    sys.exit(f"WRONG: {uuid}/{path} has other bytes")
            read += 1
        except OSError as e:
            failed(e)
print(f"{read} files read, refused: {errors}")
if not read:
    sys.exit("nothing could be read")
P

export CHURN_BATCH=2048
mkdir "$tmp/root" "$tmp/records"
churn make "$tmp/root" "$tmp/records" "$checkpoints"

# --- held files -------------------------------------------------------------

mount_root "$tmp/root" "$tmp/mnt" lease=3,hold-files=50
wait_until 10 is_watched "$tmp/mnt"
idle=$(descriptors)
few_holds() {
	(cd "$tmp/mnt" && find . -path '*/storage/*' -type f -exec cat {} + | sha256sum) >"$tmp/cat" &
	python3 "$tmp/read_all.py" "$tmp/mnt" "$tmp/records"
	wait $!
	status '.held.files <= 50 and .held.not_held > 0 and (.held.why | test("hold-files"))'
	(cd "$tmp/mnt" && find . -path '*/storage/*' -type f -exec cat {} + | sha256sum) | diff - "$tmp/cat"
}
check "with 50 held files everything reads right" few_holds
nothing_taken() { status '(.leases | length) == 0 and .held.files == 0' && descriptors_are "$idle"; }
check "afterwards the descriptors are back" wait_until 20 nothing_taken

# What is not held, and deleted by somebody who knows no lease, is stale: every
# byte that can be read is right, and no listing is short.
not_held_and_deleted() {
	local uuid name n=0
	uuid=$(jq -r '.[0].uuid' "$tmp/root/checkpoints.feldera")
	umount_root "$tmp/mnt"
	mount_root "$tmp/root" "$tmp/mnt" lease=3,hold-files=4
	exec 5<"$tmp/mnt/$uuid/storage"
	jq -c 'del(.[0])' "$tmp/root/checkpoints.feldera" >"$tmp/root/checkpoints.feldera.mut"
	mv "$tmp/root/checkpoints.feldera.mut" "$tmp/root/checkpoints.feldera"
	for name in $(jq -r 'keys[]' "$tmp/records/$uuid.json"); do
		grep -q "$name" "$tmp"/records/"$(jq -r '.[0].uuid' "$tmp/root/checkpoints.feldera")".json || rm "$tmp/root/$name"
	done
	rm -r "${tmp:?}/root/$uuid"
	for name in $(jq -r 'keys[]' "$tmp/records/$uuid.json"); do
		if cat "$tmp/mnt/$uuid/storage/$name" >"$tmp/one" 2>"$tmp/err"; then
			[ "$(sha256sum <"$tmp/one" | cut -d' ' -f1)" = "$(jq -r ".\"$name\"" "$tmp/records/$uuid.json")" ]
		else
			grep -q 'Stale file handle' "$tmp/err" || { cat "$tmp/err"; return 1; }
			n=$((n + 1))
		fi
	done
	exec 5<&-
	[ $n -gt 0 ]
}
check "what is not held and gone is stale, the rest is right" not_held_and_deleted
umount_root "$tmp/mnt"
wait_until 20 daemon_ended "$tmp/mnt"

# --- the process's own bound ------------------------------------------------

limited_mount() { # as mount_root, but the daemon may have only 200 files open
	(
		ulimit -n 200
		mount.ckptfs "$tmp/root" "$tmp/mnt" -o "$1"
	)
}
limited_mount lease=1
wait_until 10 is_watched "$tmp/mnt"
idle=$(descriptors)
is_limited() { grep -q '^Max open files *200 ' "/proc/$(daemon_of "$tmp/mnt")/limits"; }
check "the daemon is limited" is_limited
few_descriptors() {
	local pid
	python3 "$tmp/read_all.py" "$tmp/mnt" "$tmp/records" EMFILE >"$tmp/reader" 2>&1 &
	pid=$!
	python3 "$tmp/read_all.py" "$tmp/mnt" "$tmp/records" EMFILE ENFILE
	wait $pid
	cat "$tmp/reader"
	# It still answers, and is no worse for it.
	status .ok
	ls "$tmp/mnt" >/dev/null
}
check "with 200 descriptors it is slower or refused, never wrong" few_descriptors
check "afterwards these are back too" wait_until 20 nothing_taken
all_again() { # a few at a time, so that leases end in between
	local uuid
	for uuid in $(jq -r '.[:5][].uuid' "$tmp/root/checkpoints.feldera"); do
		churn whole "$tmp/records" "$uuid" "$tmp/mnt/$uuid/storage"
	done
}
check "and nothing is refused any more" all_again
commands_work() { (exec 3<>"$ctl/control"; echo verify >&3; jq -e .ok <&3 >/dev/null); }
check "commands work" commands_work
umount_root "$tmp/mnt"

# --- a disk that is nearly full ---------------------------------------------

if ! is_root || ! losetup -f >/dev/null 2>&1 || ! command -v mkfs.ext4 >/dev/null; then
	skip_case "a disk that is nearly full" "this needs root, a loop device and mkfs.ext4"
	exit
fi
rm -rf "$tmp/root" "$tmp/records"
make_filesystem ext4 "$tmp/disk" 100
mkdir "$tmp/records"
mkdir "$tmp/disk/root"
CHURN_BATCH=2000000 churn make "$tmp/disk/root" "$tmp/records" 6
root=$tmp/disk/root
mount_root "$root" "$tmp/mnt" lease=60,hold-free=20
available() { df --output=avail -B1 "$tmp/disk" | tail -n 1; }
size() { df --output=size -B1 "$tmp/disk" | tail -n 1; }

# pipeline_deletes UUID: it leaves the catalog, and its files go, whoever reads.
pipeline_deletes() {
	local name
	jq -c "map(select(.uuid != \"$1\"))" "$root/checkpoints.feldera" >"$root/checkpoints.feldera.mut"
	mv "$root/checkpoints.feldera.mut" "$root/checkpoints.feldera"
	for name in $(cd "$root" && ls -- *.feldera); do
		grep -qs "$name" "$root"/*-*/dependencies.json && ! grep -ls "$name" "$root"/*-*/dependencies.json | grep -qv "$1" || continue
		rm "$root/$name"
	done
	rm -r "${root:?}/$1"
}

uuid=$(jq -r '.[0].uuid' "$root/checkpoints.feldera")
ls "$tmp/mnt/$uuid/storage" >/dev/null
before=$(available)
pipeline_deletes "$uuid"
held_and_deleted() { status '.held.deleted_bytes > 1000000'; }
check "with room on the disk, what a pipeline deletes is held" held_and_deleted
still_reads() { churn whole "$tmp/records" "$uuid" "$tmp/mnt/$uuid/storage"; }
check "and still read" still_reads
not_freed() { [ "$(available)" -lt $((before + 1000000)) ]; }
check "so its bytes are not free" not_freed
deleted=$(jq .held.deleted_bytes "$ctl/status.json")
# A reader that stops in the middle of one of its files.
small=$(jq -r 'keys[] | select(endswith("pspine-0.dat"))' "$tmp/records/$uuid.json")
exec 6<"$tmp/mnt/$uuid/storage/$small"

fill() { # until less than 20 % are free
	fallocate -l $(($(available) - $(size) * 10 / 100)) "$tmp/disk/filler"
	filled=$(available)
}
fill
freed() { [ "$(available)" -ge $((filled + deleted - 100000)) ]; }
check "with the disk nearly full, they are freed, although a small one of them is open" wait_until 10 freed
let_go() { status '.held.files == 0 and .held.deleted_bytes == 0'; }
check "and status.json says so" wait_until 5 let_go
logged() { grep -q 'let go of' "$ctl/log"; }
check "and the log" logged
open_one_reads() { [ "$(sha256sum <&6 | cut -d' ' -f1)" = "$(jq -r ".\"$small\"" "$tmp/records/$uuid.json")" ]; }
check "what a reader has open is read to its end" open_one_reads
exec 6<&-
stale_now() {
	local name
	name=$(jq -r 'keys[] | select(startswith("w"))' "$tmp/records/$uuid.json" | head -n 1)
	[ -e "$root/$name" ] || expect_fail any 'Stale file handle' cp "$tmp/mnt/$uuid/storage/$name" "$tmp/one"
	expect_fail any 'Stale file handle' cp -a "$tmp/mnt/$uuid" "$tmp/copy"
}
check "what was let go is stale, and a copy fails" stale_now
no_new_hold() {
	local u
	u=$(jq -r '.[0].uuid' "$root/checkpoints.feldera")
	churn whole "$tmp/records" "$u" "$tmp/mnt/$u/storage"
	status '.held.files == 0'
}
check "meanwhile nothing new is held, and what is there reads right" no_new_hold
