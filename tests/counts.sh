# What fixed work costs, in requests and system calls instead of time: the same on
# a busy machine.  What the kernel knows already it does not ask again, an idle
# mount does nothing, and costs grow with the work and not faster.
#
# CKPTFS_COUNTED: how many checkpoints a listing has, a tenth of it beside (2000;
# at most 1000 are listed with all nodes).
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires jq python3 strace

root=$tmp/root mnt=$tmp/mnt
n=${CKPTFS_COUNTED:-2000}

fresh() { # checkpoints batches size
	! mountpoint -q "$mnt" || umount_root "$mnt"
	rm -rf "$root"
	python3 "$CKPTFS_SRC/tests/make-root.py" "$root" "$1" "$2" "$3"
	mount_root "$root" "$mnt"
	# Not the newest, to which the root's first state.json may yet come.
	new=$(jq -r '.[-2].uuid' "$root/checkpoints.feldera")
}
daemon() { pgrep -f "^mount.ckptfs $root $mnt"; }

counts() { jq -c .requests "$mnt/.ckptfs/status.json"; }

# requests CMD [ARG...]: how many of each kind it took, without those that reading
# status.json takes.
requests() {
	local a b c
	counts >/dev/null
	sleep 0.2 # the closing of a file is not waited for
	a=$(counts)
	sleep 0.2
	b=$(counts)
	"$@" >/dev/null
	sleep 0.5
	c=$(counts)
	jq -n --argjson a "$a" --argjson b "$b" --argjson c "$c" \
		'[$b | keys[] as $k | { key: $k, value: ($c[$k] - $b[$k] - ($b[$k] - $a[$k])) }] | from_entries'
}
# is FILTER CMD...: the filter is true of the requests that the command takes.
# Tried again where it isn't: others on this machine may drop the kernel's caches.
is() {
	local filter=$1 got try
	shift
	for try in 1 2 3 4 5; do
		got=$(requests "$@")
		! jq -e "$filter" <<<"$got" >/dev/null || return 0
		printf 'try %s: not so: %s\nof %s\nby %s\n' "$try" "$filter" "$(jq -c . <<<"$got")" "$*"
	done
	return 1
}

# --- a find ------------------------------------------------------------------

sizes() { find "$mnt/$new" -printf '%s %p\n'; }
# Four directories: opened, since that leases the checkpoint, closed, and looked
# at, since the kernel takes a listing for an access that changes their times.
only_directories='.opendir == 4 and .releasedir == 4 and .getattr <= 4 and
	([del(.opendir, .releasedir, .getattr, .statfs)[]] | add) == 0'

first_find() { # batches
	local got
	got=$(requests sizes)
	echo "$1 batches: $(jq -c . <<<"$got")"
	# No look-up for a file: the listing has it all.
	jq -e --argjson n "$1" '.lookup <= 8 and .getattr <= 8 and .open == 0 and .read == 0 and .readdir == 0 and
		.readdirplus <= 12 + $n / 50' <<<"$got" >/dev/null
}
fresh 2 200 100
check "a first find asks for listings, not for files" first_find 200
check "a second one asks only for directories" is "$only_directories" sizes
fresh 2 2000 100
check "ten times the files: ten times the listings, and no more" first_find 2000
check "and nothing the second time" is "$only_directories" sizes

# --- holding ------------------------------------------------------------------

table() { awk '$1 == "FDSize:" { print $2 }' "/proc/$(daemon)/status"; }
fresh 2 2000 100
held() { # with a descriptor for each
	local before
	before=$(table)
	ls "$mnt/$new/storage" >/dev/null
	[ "$(jq .held.files "$mnt/.ckptfs/status.json")" -ge 2000 ]
	echo "a table of $before descriptors"
	[ "$(table)" = "$before" ]
}
check "2000 files are held without a larger table of descriptors" held

# Each file is opened and looked at once, or only looked at where there is no descriptor
# for it: before it is listed, since as many are as are held.
traced() { # options opened
	local opened looks
	umount_root "$mnt"
	strace -f -qq -o "$tmp/trace" -e trace=openat2,statx mount.ckptfs "$root" "$mnt" -o "$1" &
	wait_until 60 mountpoint -q "$mnt"
	find "$mnt/$new/storage" -printf '%s %p\n' >/dev/null
	umount_root "$mnt"
	wait
	opened=$(grep -c 'openat2.*"w[0-9].*feldera"' "$tmp/trace")
	looks=$(grep -c 'statx(' "$tmp/trace")
	mount_root "$root" "$mnt"
	echo "2000 files: $opened are opened, $looks are looked at"
	[ "$opened" = "$2" ]
	[ "$looks" -ge 2000 ] && [ "$looks" -le 2200 ]
}
check "a first find looks at each file once" traced hold-files=5000 2000
check "also where half of them can't be held" traced hold-files=1000 1000

# --- reading ----------------------------------------------------------------

small() { cat "$mnt/$new"/storage/w*; }
# The kernel is given their bytes when they are opened (tests/given.sh).
bytes=0
printf '6.12\n%s\n' "$(uname -r)" | sort -VC || bytes=2000
check "2000 small files: two requests each" is ".open == 2000 and .release >= 1990 and .release <= 2000 and
	.read == $bytes and .lookup <= 4 and .getattr <= 4" small
again() { cat "$mnt/$new"/storage/w*; }
check "and no data again the second time" is '.open == 2000 and .read == 0 and .lookup == 0' again
check "nor a look for when they were read" is '.getattr <= 4 and .lookup <= 4' sizes

fresh 2 1 $((32 << 20))
big() { cat "$mnt/$new"/storage/w*; }
if [ "$(jq .passthrough "$mnt/.ckptfs/status.json")" = true ]; then
	check "a large file is opened and closed, not read" is '.open == 1 and .read == 0' big
else
	skip_case_optional "a large file is opened and closed, not read" \
		"no passthrough here: $(jq .no_passthrough "$mnt/.ckptfs/status.json")"
	check "a large file is read in large pieces" is '.open == 1 and .read <= 300' big
fi

# --- an idle mount -----------------------------------------------------------

wakeups() { # of all threads of the daemon and the broker
	local pid=$1
	cat /proc/"$pid"/task/*/status $(pgrep -P "$pid" | sed 's|.*|/proc/&/status|') | awk '/ctxt_switches/ { n += $2 } END { print n }'
}
idle() {
	local pid before
	pid=$(daemon)
	sleep 1
	before=$(wakeups "$pid")
	sleep 5
	[ "$(wakeups "$pid")" = "$before" ]
}
umount_root "$mnt"
mount_root "$root" "$mnt" lease=0
cat "$mnt/$new/storage/checkpoints.feldera" >/dev/null
check "an idle mount does nothing in five seconds" idle
ticks() { # of the processor, taken by the daemon
	awk '{ print $14 + $15 }' "/proc/$(daemon)/stat"
}
open_idle() { # where a lease ends at once too
	local before
	exec 4<"$mnt/$new/storage/checkpoints.feldera"
	before=$(ticks)
	sleep 3
	echo "$before before, $(ticks) after"
	[ "$(ticks)" -le $((before + 10)) ]
	exec 4<&-
	wait_until 5 jq -e '.leases == []' "$mnt/.ckptfs/status.json" >/dev/null
}
check "nor does one of which a file is open, and its lease ends with it" open_idle

# --- many checkpoints --------------------------------------------------------

# The kernel makes an inode of every node that it is given: of names that nobody
# looks at it must not be given 50,000.
names() { ls -U "$mnt"; }
looks() { ls -lU "$mnt"; }
# first FILTER CMD...: as is, of a mount that was not looked at before.
first() {
	local filter=$1 got try
	shift
	for try in 1 2 3; do
		umount_root "$mnt"
		mount_root "$root" "$mnt"
		got=$(requests "$@")
		echo "try $try: $(jq -c . <<<"$got") by $*"
		! jq -e "$filter" <<<"$got" >/dev/null || return 0
	done
	return 1
}
listing=".readdir == 0 and .readdirplus <= 6 + $n / 100"
fresh "$n" 0 0
check "a listing of $n names asks for nothing else" first "$listing and .lookup <= 1 and .getattr <= 4" names
check "and leaves no inodes of them" is '.lookup == 1' stat "$mnt/$new"
check "whoever looks at each of them, as ls -l does, is given them all" \
	first "$listing and .lookup <= 10 and .getattr <= 10" looks

# Traced from its beginning, so by a mount of its own.
listed() { # how many
	local reads bytes looks
	! mountpoint -q "$mnt" || umount_root "$mnt"
	rm -rf "$root"
	python3 "$CKPTFS_SRC/tests/make-root.py" "$root" "$1" 0 0
	strace -f -qq -o "$tmp/trace" -e trace=openat,openat2,pread64,statx,newfstatat mount.ckptfs "$root" "$mnt" &
	wait_until 60 mountpoint -q "$mnt"
	[ "$(ls "$mnt" | wc -l)" = $(($1 + 1)) ]
	ls "$mnt" >/dev/null
	umount_root "$mnt"
	wait
	reads=$(grep -c 'open.*"checkpoints.feldera"' "$tmp/trace")
	bytes=$(awk '/pread64\(/ && $NF ~ /^[0-9]+$/ { n += $NF } END { print n + 0 }' "$tmp/trace")
	looks=$(grep -cE "statat|statx" "$tmp/trace")
	echo "$1 checkpoints: the catalog is opened $reads times, $bytes bytes are read, it has $(stat -c %s "$root/checkpoints.feldera"); $(grep -c openat "$tmp/trace") files are opened, $looks looked at"
	# For the first picture; once more it is only looked at, when the watch stands.
	[ "$reads" -le 2 ]
	[ "$bytes" -le $(($(stat -c %s "$root/checkpoints.feldera") + 10000)) ]
	# Nothing is opened or looked at for a checkpoint that nobody looks into.
	[ "$(grep -c openat "$tmp/trace")" -le 200 ]
	[ "$looks" -le 150 ]
}
check "a mount and two listings of $((n / 10)) checkpoints read the catalog once" listed $((n / 10))
check "those of $n, too" listed "$n"
