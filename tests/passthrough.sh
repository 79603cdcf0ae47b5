# Batch and state files are read by the kernel itself, and everything is as it is
# without that: the same bytes, what was deleted is read on, a killed daemon
# leaves a dead mount point and no process, other files and roots are read the
# other way.  Each also with the requests by io_uring, where the kernel has it.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires_root
requires jq python3

root=$tmp/root mnt=$tmp/mnt
seen=$mnt/.ckptfs/status.json
uring=/sys/module/fuse/parameters/enable_uring
owner=daemon

# Two checkpoints that share three batches of 8 MiB.
fresh() { # options
	! mountpoint -q "$mnt" || umount_root "$mnt"
	wait_until 10 no_process
	rm -rf "$root"
	python3 "$CKPTFS_SRC/tests/make-root.py" "$root" 2 3 $((8 << 20))
	chown -R $owner: "$root"
	mount_root "$root" "$mnt" "$1"
	old=$(jq -r '.[0].uuid' "$root/checkpoints.feldera")
	new=$(jq -r '.[1].uuid' "$root/checkpoints.feldera")
	batch=$(cd "$root" && ls w*.feldera | head -n 1)
}
asked() { jq "$1" "$seen"; }
is_on() { [ "$(asked .passthrough)" = true ]; }
reads() { asked .requests.read; }
# Reading status.json is a request or two of its own.
reads_beside() {
	local a b
	a=$(reads) b=$(reads)
	echo $((b - a))
}
all_given_back() { [ "$(asked .backing_files.open)" = 0 ]; }
same() { [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ]; }

daemon() { pgrep -f "^mount.ckptfs $root $mnt"; }
no_process() { ! pgrep -f "(mount.ckptfs|ckptfs-unmount) .*$tmp" >/dev/null; }

by_the_kernel() {
	local before own
	own=$(reads_beside)
	before=$(reads)
	same "$mnt/$new/storage/$batch" "$root/$batch"
	same "$mnt/$new/storage/$new/z1-0.dat" "$root/$new/z1-0.dat"
	[ $(($(reads) - before)) = "$own" ]
	[ "$(asked .backing_files.registered)" = 2 ]
	wait_until 5 all_given_back
	is_on
}

shared() { # both are open at once
	local before own
	exec 4<"$mnt/$old/storage/$batch" 5<"$mnt/$new/storage/$batch" 6<"$mnt/$new/storage/$batch"
	[ "$(asked .backing_files.open)" = 2 ]
	own=$(reads_beside)
	before=$(reads)
	cmp <(cat <&4) "$root/$batch" && cmp <(cat <&5) "$root/$batch" && cmp <(cat <&6) "$root/$batch"
	exec 4<&- 5<&- 6<&-
	[ $(($(reads) - before)) = "$own" ]
	wait_until 5 all_given_back
}

attributes() { # are ours, before and after
	local format='%i %s %Y %a %U %h' before
	before=$(stat -c "$format" "$mnt/$new/storage/$batch")
	cat "$mnt/$new/storage/$batch" >/dev/null
	[ "$(stat -c "$format" "$mnt/$new/storage/$batch")" = "$before" ]
	[ "$(stat -c %s "$mnt/$new/storage/$batch")" = $((8 << 20)) ]
}

cat >"$tmp/crowd.py" <<'P'
# Eight processes open, read and close one file at once, again and again.
import os, sys
path, want = sys.argv[1], open(sys.argv[2], "rb").read()
children = []
for n in range(8):
    pid = os.fork()
    if pid == 0:
        try:
            for i in range(60):
                with open(path, "rb", buffering=0) as f:
                    at = (i * 7919 + n * 4096) % (len(want) - 5000)
                    f.seek(at)
                    if f.read(5000) != want[at:at + 5000]:
                        print("other bytes")
                        os._exit(1)
        except OSError as e:
            print(e)
            os._exit(1)
        os._exit(0)
    children.append(pid)
sys.exit(any(os.waitpid(pid, 0)[1] for pid in children))
P
crowd() {
	python3 "$tmp/crowd.py" "$mnt/$new/storage/$batch" "$root/$batch"
	wait_until 5 all_given_back
	is_on
}

mapped() { # also after the file was closed; and sent on by the kernel
	python3 - "$mnt/$new/storage/$batch" "$root/$batch" <<-'P'
		import mmap, os, sys
		want = open(sys.argv[2], "rb").read()
		f = os.open(sys.argv[1], os.O_RDONLY)
		m = mmap.mmap(f, 0, prot=mmap.PROT_READ)
		out = os.memfd_create("out")
		sent = 0
		while sent < len(want):
		    sent += os.sendfile(out, f, sent, len(want) - sent)
		os.close(f)
		assert m[:] == want and os.pread(out, len(want), 0) == want
	P
	wait_until 5 all_given_back
}

no_writing() { # not by way of the file behind it either
	expect_fail any "Read-only file system" dd if=/dev/zero of="$mnt/$new/storage/$batch" bs=1 count=1 conv=notrunc
	same "$mnt/$new/storage/$batch" "$root/$batch"
}

deleted() { # as a pipeline deletes a checkpoint that is being read
	local want before own
	want=$(sha256sum <"$root/$batch")
	own=$(reads_beside)
	exec 4<"$mnt/$old/storage/$batch" 5<"$mnt/$new/storage/$batch"
	before=$(reads)
	python3 -c 'import json, sys
entries = json.load(open(sys.argv[1]))
json.dump(entries[1:], open(sys.argv[1] + ".mut", "w"), separators=(",", ":"))' "$root/checkpoints.feldera"
	chown $owner: "$root/checkpoints.feldera.mut"
	mv "$root/checkpoints.feldera.mut" "$root/checkpoints.feldera"
	rm -r "${root:?}/$batch" "${root:?}/$old"
	[ "$(sha256sum <&4)" = "$want" ]
	[ "$(sha256sum <&5)" = "$want" ]
	[ $(($(reads) - before)) = "$own" ]
	exec 4<&- 5<&-
	# What is held can be opened anew, too.
	[ "$(sha256sum <"$mnt/$old/storage/$batch")" = "$want" ]
	wait_until 5 all_given_back
}

short() { # a file that was cut off ends there
	exec 4<"$mnt/$new/storage/$new/z1-0.dat"
	truncate -s 1000 "$root/$new/z1-0.dat"
	[ "$(wc -c <&4)" = 1000 ]
	exec 4<&-
}

privileges() {
	local pid broker
	pid=$(daemon)
	broker=$(pgrep -P "$pid")
	[ "$(stat -c %U "/proc/$pid")" = $owner ]
	[ "$(sed -n 's/^CapEff:\t//p' "/proc/$pid/status")" = 0000000000000000 ]
	[ "$(sed -n 's/^CapPrm:\t//p' "/proc/$broker/status")" = 0000000000200004 ]
}

killed() { # while a file is open and while it is being read
	local pid reader
	exec 4<"$mnt/$new/storage/$batch"
	(while [ ! -e "$tmp/stop" ]; do cat "$mnt/$new/storage/$batch" || exit 0; done >/dev/null 2>&1) &
	reader=$!
	cleanup_fn touch "$tmp/stop"
	pid=$(daemon)
	kill -KILL "$pid"
	wait_until 10 no_process
	wait "$reader"
	expect_fail any "$nobody_there" ls "$mnt"
	# The right bytes, or an error.
	! cat <&4 >"$tmp/read" 2>/dev/null || cmp "$tmp/read" "$root/$batch"
	exec 4<&-
	umount "$mnt"
}

all_of_it() { # options, words for the names
	fresh "$1"
	cat "$mnt/$new/storage/checkpoints.feldera" >/dev/null
	if ! is_on; then
		skip_optional "no passthrough here: $(asked .no_passthrough)"
	fi
	check "$2the kernel reads batch and state files itself" by_the_kernel
	check "$2two checkpoints share a batch" shared
	check "$2attributes are what they were" attributes
	check "$2many open one file at once" crowd
	check "$2mmap and sendfile" mapped
	check "$2nothing can be written" no_writing
	check "$2the daemon has no privilege, the broker one" privileges
	check "$2what was deleted is read on" deleted
	check "$2a file that was cut off ends there" short
	fresh "$1"
	check "$2a killed daemon leaves a dead mount point and no process" killed
}
all_of_it defaults ""

# --- the other way ----------------------------------------------------------

by_us() { # reason
	local before own
	own=$(reads_beside)
	before=$(reads)
	same "$mnt/$new/storage/$batch" "$root/$batch"
	[ $(($(reads) - before)) -gt "$own" ]
	[ "$(asked .passthrough)" = false ]
	asked .no_passthrough | grep -q -e "$1"
	python3 "$tmp/crowd.py" "$mnt/$new/storage/$batch" "$root/$batch"
}
fresh no_passthrough
check "-o no_passthrough: read through ckptfs" by_us "-o no_passthrough"

others_file() { # the broker takes only what the daemon could write
	local before own
	chown nobody "$root/$batch"
	own=$(reads_beside)
	before=$(reads)
	same "$mnt/$new/storage/$batch" "$root/$batch"
	[ $(($(reads) - before)) -gt "$own" ]
	before=$(reads)
	same "$mnt/$new/storage/$new/z1-0.dat" "$root/$new/z1-0.dat"
	[ $(($(reads) - before)) = "$own" ]
	[ "$(asked .backing_files.refused)" -ge 1 ]
	is_on
}
fresh defaults
check "a file of somebody else is read through ckptfs" others_file
umount_root "$mnt"

# The kernel keeps what is registered: only what was given back becomes free.
given_back() {
	used() { df --output=used -k "$tmp/disk" | tail -n 1; }
	cat "$mnt/$new/storage/$batch" "$mnt/$old/storage/$batch" >/dev/null
	[ "$(asked .backing_files.registered)" = 2 ]
	[ "$(used)" -gt 24000 ]
	rm -r "$root"/w*.feldera
	nearly_empty() { [ "$(used)" -lt 20000 ]; }
	wait_until 10 nearly_empty
	kill -0 "$(daemon)"
}
mkdir "$tmp/disk"
mount -t tmpfs none "$tmp/disk"
cleanup_fn umount "$tmp/disk"
root=$tmp/disk/root
fresh lease=0
check "what nobody has open is given back to the kernel" given_back
umount_root "$mnt"
root=$tmp/root

mkdir "$tmp/overlay" "$tmp/upper" "$tmp/work"
if mount -t tmpfs none "$tmp/upper" && mkdir "$tmp/upper/u" "$tmp/upper/w" &&
	mount -t overlay overlay -o "lowerdir=$tmp/work,upperdir=$tmp/upper/u,workdir=$tmp/upper/w" "$tmp/overlay" 2>/dev/null; then
	cleanup_fn umount "$tmp/upper"
	cleanup_fn umount "$tmp/overlay"
	root=$tmp/overlay/root
	fresh defaults
	check "a root on a stacked file system is read through ckptfs" by_us stacked
	umount_root "$mnt"
	root=$tmp/root
else
	skip_case_optional "a root on a stacked file system is read through ckptfs" "this kernel has no overlay"
fi

# --- io_uring ---------------------------------------------------------------

fresh io_uring
not_there() {
	same "$mnt/$new/storage/checkpoints.feldera" "$mnt/$new/storage/checkpoints.feldera"
	[ "$(asked .io_uring)" = false ] && [ "$(asked .no_io_uring)" != null ]
}
if [ "$(cat "$uring" 2>/dev/null)" != Y ]; then
	check "-o io_uring without io_uring: as ever, and said" not_there
fi
enable_uring || :
fresh io_uring
cat "$mnt/$new/storage/checkpoints.feldera" >/dev/null
if [ "$(asked .io_uring)" = true ]; then
	ok "-o io_uring: requests come by it"
	all_of_it io_uring "by io_uring: "
	fresh io_uring,no_passthrough
	check "by io_uring: -o no_passthrough" by_us "-o no_passthrough"
else
	skip_case_optional "-o io_uring: requests come by it" "$(asked .no_io_uring)"
fi
umount_root "$mnt"
