# The options of leases and holds, what is wrong with them said in a sentence;
# a checkpoint that can't be leased is loud, and stops nobody else; "release"
# lets go; and polling sees what watching sees.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires jq python3

ctl=$tmp/mnt/.ckptfs
unpack_root v2-solo "$tmp/root"
mkdir "$tmp/mnt"

# --- options ----------------------------------------------------------------

refused() { # OPTION, PATTERN: exit 1, a sentence that names it, nothing mounted, nothing changed
	expect_fail 1 "^ckptfs: .*$2" mount.ckptfs "$tmp/root" "$tmp/mnt" -o "$1" || return 1
	[ "$(wc -l <"$ckptfs_stderr")" = 1 ]
	mountpoint -q "$tmp/mnt" && return 1
	[ "$(sha256_tree "$tmp/root")" = "$untouched" ]
}
untouched=$(sha256_tree "$tmp/root")
for option in lease=-1 lease=1.5 lease=abc lease= lease=86401 lease=18446744073709551617 "lease=1 " lease=0x10 \
	poll=0 poll=-1 poll=x poll= poll=86401 \
	hold-files=0 hold-files=-1 hold-files=many hold-files=99999999999999999999 \
	hold-free=100 hold-free=-1 hold-free=5% hold-free=; do
	check "-o $option is refused" refused "$option" "${option%%=*}"
done
too_many() {
	local max
	max=$(ulimit -Hn)
	if [ "$max" = unlimited ]; then
		max=100000
		ulimit -n $max
	fi
	refused "hold-files=$max" hold-files
	refused "hold-files=$((max + 1))" hold-files
}
check "more held files than the process may open are refused" too_many
bounds_are_taken() {
	local option
	for option in lease=0 lease=86400 hold-files=1 hold-free=0 hold-free=99 poll=1 poll=86400; do
		mount.ckptfs "$tmp/root" "$tmp/mnt" -o $option
		cat "$tmp/mnt"/*/storage/w* >/dev/null
		umount_root "$tmp/mnt"
	done
}
check "the smallest and the largest are taken" bounds_are_taken

# --- release ----------------------------------------------------------------

fails() { # ERRNO COMMAND
	local status=0
	ask "$tmp/mnt" "$2" >"$tmp/answer" || status=$?
	[ $status != 0 ]
	jq -e ".error.errno == \"$1\" and (.error.message | length) > 10" "$tmp/answer" >/dev/null
}
status() { jq -e "$1" "$ctl/status.json" >/dev/null; }

mount_root "$tmp/root" "$tmp/mnt" lease=600
pid=$(daemon_of "$tmp/mnt")
descriptors() { find "/proc/$pid/fd" -mindepth 1 | wc -l; }
wait_until 10 is_watched "$tmp/mnt"
idle=$(descriptors)
mapfile -t uuid < <(uuids "$tmp/root")
look() { for u; do ls "$tmp/mnt/$u/storage" >/dev/null; done; }

not_leased_first() { fails ENOENT "release ${uuid[0]}"; }
check "release of one that is not leased is ENOENT" not_leased_first
check "release of one that never was is ENOENT" fails ENOENT "release 019f0000-0000-7000-8000-000000000001"
check "release of rubbish is EINVAL" fails EINVAL "release 1234"
check "release of two is EINVAL" fails EINVAL "release ${uuid[0]} ${uuid[1]}"
check "release of nothing, with nothing leased, is no failure" ask "$tmp/mnt" release

look "${uuid[0]}" "${uuid[1]}"
two_held() { status '(.leases | length) == 2 and .held.files > 20 and .held.not_held == 0'; }
check "what is looked into is leased and held" two_held
release_one() {
	local before
	before=$(jq .held.files "$ctl/status.json")
	jq -e .ok < <(ask "$tmp/mnt" "release ${uuid[0]}") >/dev/null
	wait_until 5 status "(.leases | length) == 1 and .leases[0].uuid == \"${uuid[1]}\" and .held.files < $before and .held.files > 0"
	ckptfs gc -n --json "$tmp/root" | jq -e "any(.removed[]; . == \"${uuid[0]}\")" >/dev/null
}
check "release UUID ends that lease and its held files" release_one
release_all() {
	ask "$tmp/mnt" release >/dev/null
	wait_until 5 status '(.leases | length) == 0 and .held.files == 0'
	[ "$(descriptors)" -le "$idle" ]
}
check "release ends them all, and gives the descriptors back" release_all

# Something of it is open: its held files go, the lease doesn't.
release_open() {
	local file
	file=$(find "$tmp/mnt/${uuid[0]}/storage" -name 'w*.feldera' | head -n 1)
	exec 4<"$file"
	ask "$tmp/mnt" "release ${uuid[0]}" >/dev/null
	wait_until 5 status '.held.files == 0'
	sleep 1
	status "(.leases | length) == 1 and .leases[0].open == 1"
	ckptfs gc --json "$tmp/root" --except "${uuid[1]}" --except "${uuid[2]}" --except "${uuid[3]}" |
		jq -e ".kept[] | select(.uuid == \"${uuid[0]}\") | .why == \"being read\"" >/dev/null
	# Let go of means closed, whatever else of it is open.
	[ "$(descriptors)" -le $((idle + 2)) ]
	cmp - "$tmp/root/$(basename "$file")" <&4
}
check "release of one with a file open lets go of the others" release_open
deleted_open() { # what it has open stays readable even if it is deleted now
	local file name
	file=$(find "$tmp/mnt/${uuid[0]}/storage" -name 'w*.feldera' | head -n 1)
	name=$(basename "$file")
	cp "$tmp/root/$name" "$tmp/kept"
	exec 4<"$file"
	mv "$tmp/root/$name" "$tmp/away"
	ask "$tmp/mnt" "release ${uuid[0]}" >/dev/null
	cmp "$tmp/kept" - <&4
	mv "$tmp/away" "$tmp/root/$name"
}
check "an open file is read to its end, whatever is let go" deleted_open
exec 4<&-
ask "$tmp/mnt" release >/dev/null

# A shared file that is held for several checkpoints is on the disk once.
bytes_once() {
	local on_disk
	look "${uuid[@]}"
	on_disk=$(find "$tmp/root" -name '*.feldera' -name 'w*' -printf '%s\n' -o -path '*-*/*' -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
	status ".held.bytes <= $on_disk"
}
check "held bytes count a shared file once" bytes_once
umount_root "$tmp/mnt"

# --- what can't be leased ---------------------------------------------------

# loud UUID ERROR: reading below its storage/ fails with it, in a moment; a list
# of the mount and the other checkpoints go on.
loud() {
	local u status
	for u in "$tmp/mnt/$1/storage" "$tmp/mnt/$1/dependencies" "$tmp/mnt/$1/storage/$1"; do
		status=0
		timeout 10 ls "$u" >"$tmp/ls.out" 2>"$tmp/ls.err" || status=$?
		[ $status != 0 ] && [ $status != 124 ]
		grep -qE "$2" "$tmp/ls.err" || { cat "$tmp/ls.err"; return 1; }
		[ ! -s "$tmp/ls.out" ]
	done
	expect_fail any "$2" timeout 10 cat "$tmp/mnt/$1/storage/checkpoints.feldera" || return 1
	expect_fail any "" timeout 10 tar -C "$tmp/mnt/$1" -cf "$tmp/x.tar" . || return 1
	[ "$(timeout 10 find "$tmp/mnt" -mindepth 1 -maxdepth 1 -type d | wc -l)" = 6 ]
	for u in "${uuid[@]}"; do
		[ "$u" = "$1" ] || timeout 20 sh -c 'find "$1" -type f -exec cat {} + >/dev/null' sh "$tmp/mnt/$u" || return 1
	done
	status .ok
}
fresh() {
	! mountpoint -q "$tmp/mnt" || umount_root "$tmp/mnt"
	rm -rf "${tmp:?}/root"
	unpack_root v2-solo "$tmp/root"
}
marker=$tmp/root/${uuid[1]}/CHECKPOINT

marker_missing() {
	fresh
	rm "$marker"
	mount_root "$tmp/root" "$tmp/mnt" lease=1
	loud "${uuid[1]}" "Input/output error"
	grep -q "${uuid[1]}" "$ctl/log"
}
check "a CHECKPOINT that is missing" marker_missing
marker_a_directory() {
	fresh
	rm "$marker"
	mkdir "$marker"
	mount_root "$tmp/root" "$tmp/mnt" lease=1
	loud "${uuid[1]}" "Input/output error"
	grep -q "${uuid[1]}" "$ctl/log"
}
check "a CHECKPOINT that is a directory" marker_a_directory
marker_a_fifo() { # opening it must not wait
	fresh
	rm "$marker"
	mkfifo "$marker"
	mount_root "$tmp/root" "$tmp/mnt" lease=1
	loud "${uuid[1]}" "Input/output error"
}
check "a CHECKPOINT that is a fifo" marker_a_fifo
marker_a_symlink() {
	fresh
	rm "$marker"
	ln -s "../${uuid[2]}/CHECKPOINT" "$marker"
	mount_root "$tmp/root" "$tmp/mnt" lease=1
	loud "${uuid[1]}" "Input/output error"
}
check "a CHECKPOINT that is a symlink" marker_a_symlink

# The daemon of root goes on as the root's owner, who can't read this one.
marker_unreadable() {
	fresh
	chown -R nobody: "$tmp/root"
	chmod 000 "$marker"
	mount_root "$tmp/root" "$tmp/mnt" lease=1
	loud "${uuid[1]}" "Permission denied|Input/output error"
}
if is_root; then
	check "a CHECKPOINT that can't be read" marker_unreadable
else
	skip_case "a CHECKPOINT that can't be read" "this needs root"
fi

marker_locked() {
	local pid
	fresh
	mount_root "$tmp/root" "$tmp/mnt" lease=1
	rm -f "$tmp/locked"
	python3 -c '
import fcntl, os, sys, time
f = os.open(sys.argv[1], os.O_RDWR)
fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
open(sys.argv[2], "w").close()
time.sleep(3600)' "$marker" "$tmp/locked" >/dev/null &
	pid=$!
	cleanup_fn kill_quietly $pid
	wait_until 10 test -e "$tmp/locked"
	loud "${uuid[1]}" "Stale file handle|Input/output error"
	# A gc passes it by, too, and doesn't wait.
	timeout 20 ckptfs gc -n --json "$tmp/root" | jq -e ".kept[] | select(.uuid == \"${uuid[1]}\") | .why == \"being read\"" >/dev/null
	kill_quietly $pid
	# It is not for good.
	wait_until 5 ls "$tmp/mnt/${uuid[1]}/storage" >/dev/null 2>&1
	sha256_tree "$tmp/mnt/${uuid[1]}" >/dev/null
}
check "a CHECKPOINT that a stranger has locked" marker_locked

# --- polling ----------------------------------------------------------------

fresh
mount_root "$tmp/root" "$tmp/mnt" poll=1
check "status.json says that it polls" status '.watch == "poll"'
shows() { [ "$(find "$tmp/mnt" -mindepth 1 -maxdepth 1 -type d | wc -l)" = "$1" ]; }
latest_is() { [ "$(readlink "$tmp/mnt/latest")" = "$1" ]; }
polls() {
	local u
	u=$(ckptfs commit "$tmp/root" --allow-empty --json | jq -r .uuid)
	wait_until 3 latest_is "$u"
	shows 7
	ckptfs gc "$tmp/root" >/dev/null
	wait_until 3 shows 2
}
check "with poll=1 changes show within some seconds" polls
slow_poll() { # and not sooner than asked for, unless asked
	umount_root "$tmp/mnt"
	mount_root "$tmp/root" "$tmp/mnt" poll=3600
	ckptfs commit "$tmp/root" --allow-empty >/dev/null
	sleep 1
	shows 2
	ask "$tmp/mnt" refresh >/dev/null
	shows 3
}
check "with poll=3600 refresh forces it" slow_poll
umount_root "$tmp/mnt"
mount_root "$tmp/root" "$tmp/mnt"
check "without it, the root is watched" status '.watch == "inotify"'
