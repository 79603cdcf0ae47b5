# Copies of checkpoints that are being removed: commits and gcs run without a
# pause from the command line and the control files of two mounts, while tools
# copy the oldest checkpoint that nobody has read yet.  What was looked into
# before it left is copied whole; what left first is stale, and tried again.
# Readers that stop for longer than their lease go on where they have anything
# open, and otherwise go on or are told.
#
# CKPTFS_CONSISTENT: how many times as many copies (1: 100 by rsync, 20 each by
# tar and cp -a, and 12 readers that stop).
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires rsync tar jq python3

times=${CKPTFS_CONSISTENT:-1}
churn() { python3 "$CKPTFS_SRC/tests/churn.py" "$@"; }

# start_churn OPTIONS: a root, two mounts of it, and whoever changes it.
start_churn() {
	mkdir "$tmp/root" "$tmp/records"
	rm -f "$tmp/stop"
	churn make "$tmp/root" "$tmp/records" 4
	mount_root "$tmp/root" "$tmp/one" "$1"
	mount_root "$tmp/root" "$tmp/two" "$1"
	CHURN_PAUSE=0.02 python3 "$CKPTFS_SRC/tests/churn.py" run "$tmp/root" "$tmp/records" "$tmp/stop" "$tmp/answers" \
		"$tmp/one" "$tmp/two" >"$tmp/churn.out" 2>&1 &
	churn_pid=$!
	cleanup_fn touch "$tmp/stop"
}

# stop_churn WHAT: its answers add up, and what is left in the end is sound.
stop_churn() {
	local churned=0
	touch "$tmp/stop"
	wait "$churn_pid" || churned=$?
	cat "$tmp/churn.out"
	check "$1: every commit and gc was answered" test $churned = 0
	check "$1: nothing is lost, and every answer is one of those promised" \
		churn answers "$tmp/records" "$tmp/root" "$tmp/answers"
	check "$1: what is left is sound" ckptfs verify "$tmp/root"
	umount_root "$tmp/one"
	umount_root "$tmp/two"
	rm -rf "$tmp/root" "$tmp/records" "$tmp/answers"
}

# --- tools ------------------------------------------------------------------

copy_by() { # tool, from, to
	case $1 in
	rsync) rsync -aH "$2/" "$3/" ;;
	cp) cp -a "$2" "$3" ;;
	tar) mkdir "$3" && tar -C "$2" -cf "$3.tar" . && tar -C "$3" -xf "$3.tar" ;;
	esac
}

# Each is taken by one copy only, so that each copy has to be the first to look.
oldest_unread() {
	local uuid
	# shellcheck disable=SC2045 # uuids
	for uuid in $(ls "$tmp/one"); do
		if [ "$uuid" != latest ] && mkdir "$tmp/taken/$uuid" 2>/dev/null; then
			echo "$uuid"
			return
		fi
	done
}

# copies TOOL N LOOK: N copies; with LOOK storage/ is opened first, and from
# then on nothing may fail.  Without, a copy may be refused as stale, but then
# nothing of storage/ is in it.
copies() {
	local tool=$1 n=$2 look=$3 whole=0 stale=0 uuid copy status
	while [ $whole -lt "$n" ]; do
		kill -0 "$churn_pid" 2>/dev/null || { echo "WRONG: nothing changes any more"; return; }
		uuid=$(oldest_unread)
		[ -n "$uuid" ] || { sleep 0.02; continue; }
		copy=$tmp/copy.$tool.$look
		rm -rf "$copy" "$copy.tar"
		if [ "$look" = look ]; then
			if ! ls "$tmp/one/$uuid/storage" >/dev/null 2>"$copy.err"; then
				grep -q 'Stale file handle' "$copy.err" || { echo "WRONG: $(cat "$copy.err")"; return; }
				stale=$((stale + 1))
				continue
			fi
		fi
		status=0
		copy_by "$tool" "$tmp/one/$uuid" "$copy" 2>"$copy.err" || status=$?
		if [ $status = 0 ]; then
			churn whole "$tmp/records" "$uuid" "$copy/storage" || echo "WRONG: $tool said that $uuid was done"
			ckptfs verify "$copy/storage" >"$copy.out" 2>&1 || { echo "WRONG: $uuid by $tool"; cat "$copy.out"; }
			whole=$((whole + 1))
			continue
		fi
		stale=$((stale + 1))
		if [ "$look" = look ] || ! grep -q 'Stale file handle' "$copy.err"; then
			echo "WRONG: $tool failed on $uuid: $(cat "$copy.err")"
		elif [ -n "$(find "$copy" -path '*/storage/*' -type f)" ]; then
			echo "WRONG: $tool failed on $uuid in the middle: $(cat "$copy.err")"
		fi
	done
	echo "$tool ($look): $whole whole, $stale stale"
}

# With a lease that is short enough for most of what was read to leave meanwhile.
start_churn lease=2
mkdir "$tmp/taken"
copiers=()
copies rsync $((50 * times)) look >"$tmp/log.1" 2>&1 &
copiers+=($!)
copies rsync $((50 * times)) straight >"$tmp/log.2" 2>&1 &
copiers+=($!)
{
	copies tar $((20 * times)) look
	copies cp $((20 * times)) look
	copies tar $((5 * times)) straight
} >"$tmp/log.3" 2>&1 &
copiers+=($!)
status=0
for pid in "${copiers[@]}"; do wait "$pid" || status=$?; done
cat "$tmp"/log.?
check "the copying went through" test $status = 0
nothing_wrong() { ! grep -h -A 5 WRONG "$tmp"/log.?; }
check "no copy of what was looked into failed, and every copy that was done is whole" nothing_wrong
most_left_meanwhile() { # otherwise nothing was tested
	local left=0 uuid
	# shellcheck disable=SC2045 # uuids
	for uuid in $(ls "$tmp/taken"); do
		[ -d "$tmp/root/$uuid" ] || left=$((left + 1))
	done
	# shellcheck disable=SC2012
	echo "$left of $(ls "$tmp/taken" | wc -l) have left"
	[ $left -gt $((50 * times)) ]
}
check "most of what was copied has been removed since" most_left_meanwhile
being_read() { jq -s -e 'any(.[].answer.kept[]?; .why == "being read")' "$tmp/answers" >/dev/null; }
check "a gc kept what was being read, and said so" being_read
stop_churn "copies"

# --- readers that stop ------------------------------------------------------

# reader.py MNT RECORDS N: look into the newest checkpoint, stop for three
# seconds, in which it leaves, and go on, with something of it open or nothing.
cat >"$tmp/reader.py" <<'P'
import errno, hashlib, json, os, sys, time
mnt, records, keeps = sys.argv[1:4]
def sha(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while part := f.read(4096):
            h.update(part)
    return h.hexdigest()
uuid = os.readlink(mnt + "/latest")
top = f"{mnt}/{uuid}/storage"
record = json.load(open(f"{records}/{uuid}.json"))
names = sorted(record)
open_file = open_dir = None
seen = {}
if keeps == "file":
    # It has read a part of it.
    open_file = open(f"{top}/{names[-1]}", "rb")
    part = open_file.read(100)
elif keeps == "dir":
    open_dir = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
for n in names[:3]:
    seen[n] = sha(f"{top}/{n}")
time.sleep(3)
try:
    listed = set(os.listdir(top)) | {f"{uuid}/{n}" for n in os.listdir(f"{top}/{uuid}")}
    if missing := set(names) - listed:
        sys.exit(f"WRONG: {uuid} is listed without {missing}")
    for n in names:
        seen[n] = sha(f"{top}/{n}")
    if open_file:
        h = hashlib.sha256(part)
        h.update(open_file.read())
        seen[names[-1]] = h.hexdigest()
    if open_dir is not None and not set(os.listdir(open_dir)) <= listed:
        sys.exit("WRONG: the open directory lists something else")
    print("whole")
except OSError as e:
    if keeps != "nothing" or e.errno != errno.ESTALE:
        sys.exit(f"WRONG: {keeps} was open: {e}")
    print("stale")
if wrong := [n for n in seen if seen[n] != record[n]]:
    sys.exit(f"WRONG: other bytes in {wrong}")
P

# As a person might: the tool is stopped in the middle, and goes on.
stopped_tool() { # tool, n
	local uuid copy=$tmp/stopped.$1.$2 pid status=0
	uuid=$(readlink "$tmp/one/latest")
	copy_by "$1" "$tmp/one/$uuid" "$copy" 2>"$copy.err" &
	pid=$!
	sleep "0.0$2"
	signal_tree STOP "$pid"
	sleep 3
	signal_tree CONT "$pid"
	wait "$pid" || status=$?
	if [ $status = 0 ]; then
		echo "$1: whole"
		churn whole "$tmp/records" "$uuid" "$copy/storage" || echo "WRONG: $1 said that $uuid was done"
		ckptfs verify "$copy/storage" || echo "WRONG: $1 said that $uuid was done"
	elif grep -q 'Stale file handle' "$copy.err"; then
		echo "$1: stale"
	else
		echo "WRONG: $1 failed: $(cat "$copy.err")"
	fi
}

signal_tree() { # signal, pid
	local child
	for child in $(pgrep -P "$2"); do signal_tree "$1" "$child"; done
	kill "-$1" "$2" 2>/dev/null || :
}

start_churn lease=1
stopping() {
	local n pids=()
	for n in 1 2 3; do
		for keeps in file dir nothing; do
			python3 "$tmp/reader.py" "$tmp/one" "$tmp/records" "$keeps" >"$tmp/stop.$keeps.$n" 2>&1 &
			pids+=($!)
		done
		sleep 0.2
	done
	for n in 1 2 3 4 5; do
		for tool in rsync tar cp; do
			stopped_tool "$tool" "$n" >"$tmp/stop.$tool.$n" 2>&1 &
			pids+=($!)
		done
		sleep 0.1
	done
	for n in "${pids[@]}"; do wait "$n" || :; done
}
for ((n = 0; n < times; n++)); do
	rm -rf "$tmp"/stopped.*
	stopping
	grep -H . "$tmp"/stop.* | sed 's/.*stop\.//'
	stops_right() { ! grep -h -q -e WRONG -e Traceback "$tmp"/stop.*; }
	check "whoever stops goes on, or is told that it left" stops_right
	went_on() { ! cat "$tmp"/stop.file.? "$tmp"/stop.dir.? | grep -vx whole; }
	check "with a file or a directory open, it goes on" went_on
done
stop_churn "readers that stop"
