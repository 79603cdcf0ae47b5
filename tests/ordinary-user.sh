# An ordinary user mounts a root of his own, reads it, prunes it, and unmounts it
# with fusermount3, as fuse lets him.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires_root
requires fusermount3 runuser unshare jq

user=daemon
unpack_root v2-solo "$tmp/root"
mkdir "$tmp/mnt" "$tmp/bin"
mkdir -m 700 "$tmp/shut"
cp "$CKPTFS_BUILD/ckptfs" "$CKPTFS_BUILD/mount.ckptfs" "$tmp/bin"
chown -R $user: "$tmp/root" "$tmp/mnt"
chmod 755 "$tmp/bin"
# Where only root may open /dev/fuse, he gets one of his own, in a namespace of
# mounts that ends with the test.
mknod -m 666 "$tmp/fuse" c 10 229

cat >"$tmp/as-user" <<'S'
set -eu
cd "$1"
PATH=$1/bin:$PATH
mount.ckptfs root mnt && echo "ok an ordinary user mounts" || exit 1
[ "$(ls mnt | wc -l)" = 7 ] && cat mnt/latest/metadata.json >/dev/null && echo "ok and reads" || exit 1
[ "$(jq -r '"\(.passthrough) \(.no_passthrough)"' mnt/.ckptfs/status.json)" = "false only root may register files for it" ] &&
	echo "ok and is told why nothing is passed through" || exit 1
echo gc >mnt/.ckptfs/control && [ "$(ls mnt | wc -l)" = 3 ] && echo "ok and prunes" || exit 1
ckptfs verify root >/dev/null && echo "ok and what is left is sound" || exit 1
fusermount3 -u mnt && ! mountpoint -q mnt && echo "ok fusermount3 -u unmounts" || exit 1
mount.ckptfs root mnt
pid=$(pgrep -u "$(id -u)" -n -f "mount.ckptfs root")
kill -TERM "$pid"
for _ in 1 2 3 4 5 6 7 8 9 10; do mountpoint -q mnt || break; sleep 0.2; done
! mountpoint -q mnt && echo "ok SIGTERM unmounts" || exit 1
status=0
out=$(ckptfs list shut 2>&1) || status=$?
[ $status = 1 ] && [ "${out#*shut*Permission denied}" != "$out" ] && echo "ok a root that he can't read is refused" || exit 1
status=0
out=$(mount.ckptfs shut mnt 2>&1) || status=$?
[ $status = 32 ] && [ "${out#*shut*Permission denied}" != "$out" ] && ! mountpoint -q mnt && echo "ok and is not mounted" || exit 1
S
chmod 644 "$tmp/as-user"
"$CKPTFS_SRC/tests/own-mounts" sh -c "mount --bind '$tmp/fuse' /dev/fuse &&
	exec runuser -u $user -- bash '$tmp/as-user' '$tmp'"
