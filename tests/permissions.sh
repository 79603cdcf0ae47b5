# Who may read what in a mount for everybody (-o allow_other): whom the modes in
# the root allow it, and nobody else; and nothing of ours gives anybody rights.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires_root
requires jq runuser unshare python3

user=daemon
group=$(id -g $user)
root=$tmp/root
mnt=$tmp/mnt
unpack_root v2-solo "$root"
chown -R $user: "$root"
chmod 755 "$root"
# as USER CMD...
as() { runuser -u "$1" -- "${@:2}"; }

newest=$(jq -r '.[-1].uuid' "$root/checkpoints.feldera")
oldest=$(jq -r '.[0].uuid' "$root/checkpoints.feldera")
mapfile -t batch < <(jq -r '.batches[]' "$root/$newest/dependencies.json")
[ "${#batch[@]}" -ge 4 ] || fail "too few batches"
echo '{"state": 1}' >"$root/$newest/state.json"
echo '{"state": 0}' >"$root/$oldest/state.json"
cp "$root/$newest/state.json" "$root/state.json"
chown $user: "$root/$newest/state.json" "$root/$oldest/state.json" "$root/state.json"
chmod 600 "$root/${batch[0]}"
chmod 640 "$root/${batch[1]}"
chown $user:nogroup "$root/${batch[1]}" # nobody's group
chmod 4755 "$root/${batch[2]}"
chmod 444 "$root/${batch[3]}"
chmod 700 "$root/$oldest"

mount_root "$root" "$mnt" allow_other
at=$mnt/$newest/storage

like_on_disk() {
	(cd "$root" && stat -c '%n %a %u %g' ./*.feldera ./*/*  ./*-*/) |
		sed 's|/ | |' |
		grep -v '^./checkpoints.feldera' | sort >"$tmp/disk"
	(cd "$mnt" && find . -path './*/storage/*' ! -name checkpoints.feldera ! -name steps.bin ! -type l -printf '%P %m %U %G\n') |
		sed 's|^[^/]*/storage/|./|' | sort -u >"$tmp/shown"
	[ "$(wc -l <"$tmp/shown")" -gt 40 ]
	# All that is shown is so on the disk, but for one file: its directory is shut.
	comm -13 "$tmp/disk" "$tmp/shown" >"$tmp/other"
	grep -v "^./state.json " "$tmp/other" | diff - <(echo "./$oldest/state.json 600 $(id -u $user) $group")
	grep -q " 4755 " "$tmp/shown"
	grep -q " 640 $(id -u $user) $(id -g nobody)" "$tmp/shown"
}
check "modes and owners are those on the disk" like_on_disk
who_may_read() {
	as nobody cat "$at/${batch[3]}" "$at/${batch[1]}" "$mnt/$newest/metadata.json" "$at/checkpoints.feldera" \
		"$at/state.json" "$at/$newest/CHECKPOINT" >/dev/null
	expect_fail any "Permission denied" as nobody cat "$at/${batch[0]}"
	as $user cat "$at/${batch[0]}" >/dev/null
	# Neither its owner nor of its group.
	expect_fail any "Permission denied" as games cat "$at/${batch[1]}"
}
check "files are read by whom their modes let" who_may_read
shut_directory() {
	expect_fail any "Permission denied" as nobody ls "$root/$oldest"
	expect_fail any "Permission denied" as nobody ls "$mnt/$oldest/storage/$oldest"
	expect_fail any "Permission denied" as nobody cat "$mnt/$oldest/storage/$oldest/CHECKPOINT"
	expect_fail any "Permission denied" as nobody cat "$mnt/$oldest/storage/state.json"
	as $user cat "$mnt/$oldest/storage/$oldest/CHECKPOINT" "$mnt/$oldest/storage/state.json" >/dev/null
}
check "a checkpoint's directory that is shut is shut in the mount" shut_directory
stays_shut() { # while a reader holds it, and it is gone
	local status
	exec 4<"$mnt/$oldest/storage/$oldest/CHECKPOINT"
	mv "$root/$oldest" "$tmp/away"
	cp "$root/checkpoints.feldera" "$tmp/catalog"
	jq -c 'del(.[0])' "$tmp/catalog" >"$root/checkpoints.feldera"
	wait_until 10 sh -c "! ls '$mnt' | grep -q $oldest"
	expect_fail any "Permission denied|Stale" as nobody cat "$mnt/$oldest/storage/$oldest/CHECKPOINT"
	expect_fail any "Permission denied|Stale" as nobody cat "$mnt/$oldest/storage/state.json"
	as $user cat "$mnt/$oldest/storage/$oldest/CHECKPOINT" "$mnt/$oldest/storage/state.json" >/dev/null
	exec 4<&-
}
check "and stays so when it was removed and is still read" stays_shut
no_privileges() {
	grep -q " $mnt .*nosuid,nodev.* - fuse.ckptfs .*default_permissions,allow_other" /proc/self/mountinfo
}
check "the kernel checks the modes, and heeds no setuid bit" no_privileges
nobody_writes() {
	local who
	for who in nobody $user; do
		expect_fail any "Read-only|Permission denied" as $who touch "$mnt/new" "$at/new"
		expect_fail any "Read-only|Permission denied" as $who rm -f "$at/${batch[3]}"
		expect_fail any "Read-only|not permitted|Permission denied" as $who chmod 777 "$at/${batch[3]}"
	done
	expect_fail any "Read-only" touch "$mnt/new"
	expect_fail any "Read-only" chown nobody "$at/${batch[3]}"
}
check "nobody writes, not even root" nobody_writes

strangers() {
	local who f
	for who; do
		for f in control gc sweep status.json usage.json metrics log; do
			expect_fail any "Permission denied" as "$who" cat "$mnt/.ckptfs/$f"
		done
		expect_fail any "Permission denied" as "$who" sh -c "echo gc >'$mnt/.ckptfs/control'"
		expect_fail any "Permission denied" as "$who" ls "$mnt/.ckptfs/pins"
	done
}
check "no other user, nor the root's owner, gets at the control files" strangers nobody $user
# Handed a descriptor by the mounter, another user is still another user.
by_descriptor() {
	cat "$mnt/.ckptfs/status.json" >"$tmp/before"
	python3 - "$mnt/.ckptfs/control" <<-'P'
		import os, sys
		fd = os.open(sys.argv[1], os.O_RDWR)
		os.setresuid(65534, 65534, 65534)
		for what in (lambda: os.write(fd, b"gc"), lambda: os.read(fd, 100)):
		    try:
		        what()
		        sys.exit("it was let")
		    except PermissionError:
		        pass
	P
	jq .checkpoints "$tmp/before" | diff - <(jq .checkpoints "$mnt/.ckptfs/status.json")
}
check "each command is asked for its own user, not for who opened control" by_descriptor
umount_root "$mnt"

only_the_mounter() {
	mount_root "$root" "$mnt"
	expect_fail any "Permission denied" as nobody ls "$mnt"
	expect_fail any "Permission denied" as $user ls "$mnt"
	umount_root "$mnt"
}
check "without allow_other nobody else gets in" only_the_mounter

# An ordinary user's mount for everybody, where the machine's root has allowed it.
mkdir "$tmp/bin" "$tmp/theirs" "$tmp/again"
cp "$CKPTFS_BUILD/ckptfs" "$CKPTFS_BUILD/mount.ckptfs" "$tmp/bin"
chmod 755 "$tmp/bin"
chown $user: "$tmp/theirs"
mknod -m 666 "$tmp/fuse" c 10 229
echo user_allow_other >"$tmp/fuse.conf"
cat >"$tmp/theirs.sh" <<'S'
set -eu
. "$CKPTFS_SRC/tests/functions.sh"
tmp=$1 user=$2 mnt=$1/theirs
as() { runuser -u "$1" -- "${@:2}"; }
as $user "$tmp/bin/mount.ckptfs" "$tmp/root" "$mnt" -o allow_other
ls "$mnt" >/dev/null
as nobody ls "$mnt" >/dev/null
as $user sh -c "echo verify >$mnt/.ckptfs/control"
for f in control status.json log; do
	expect_fail any "Permission denied" cat "$mnt/.ckptfs/$f"
	expect_fail any "Permission denied" as nobody cat "$mnt/.ckptfs/$f"
done
expect_fail any "Permission denied" sh -c "echo gc >$mnt/.ckptfs/control"
as $user cat "$mnt/.ckptfs/log" >"$tmp/log"
grep -q "only who mounted it" "$tmp/log"
as $user fusermount3 -u "$mnt"
S
users_own() {
	requires fusermount3
	"$CKPTFS_SRC/tests/own-mounts" sh -c "mount --bind '$tmp/fuse' /dev/fuse &&
		mount --bind '$tmp/fuse.conf' /etc/fuse.conf && TMPDIR='$tmp/again' exec bash '$tmp/theirs.sh' '$tmp' '$user'"
}
check "an ordinary user's control files are his, and not root's" users_own

nothing_setuid() {
	! find "$CKPTFS_SRC" "$CKPTFS_BUILD" -xdev \( -perm /6000 -type f -o -perm /4000 \) -print 2>/dev/null | grep . || return 1
	make -C "$CKPTFS_BUILD" install DESTDIR="$tmp/inst" >"$tmp/log" 2>&1 || { tail "$tmp/log"; return 1; }
	[ -x "$tmp/inst/usr/local/sbin/mount.ckptfs" ]
	! find "$tmp/inst" -perm /6000 | grep . || return 1
	! find "$tmp/inst" -type f -exec getcap {} + 2>/dev/null | grep . || return 1
}
check "nothing in the tree or installed is setuid, setgid or has capabilities" nothing_setuid
