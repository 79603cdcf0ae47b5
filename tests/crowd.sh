# Two mounts and a command line on one root, all committing, gc-ing and reading:
# nothing waits for ever, nothing is lost, and every answer is one of those that
# are promised.
#
# CKPTFS_CROWD_SECONDS: how long (20).
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires python3 jq

seconds=${CKPTFS_CROWD_SECONDS:-20}
mkdir "$tmp/root" "$tmp/records"
churn make "$tmp/root" "$tmp/records" 4
mount_root "$tmp/root" "$tmp/one" lease=1
mount_root "$tmp/root" "$tmp/two" lease=1

# Readers go through whatever is listed.  A checkpoint that left before they
# looked into it is stale; once they have it open, all of it is there.
cat >"$tmp/read.py" <<'P'
import errno, hashlib, json, os, random, sys
records, stop, mounts = sys.argv[1], sys.argv[2], sys.argv[3:]
whole = stale = 0
while not os.path.exists(stop):
    mnt = random.choice(mounts)
    uuid = random.choice([n for n in os.listdir(mnt) if len(n) == 36])
    try:
        top = os.open(f"{mnt}/{uuid}/storage", os.O_RDONLY | os.O_DIRECTORY)
    except OSError as e:
        if e.errno != errno.ESTALE:
            sys.exit(f"{mnt}/{uuid}: {e}")
        stale += 1
        continue
    for path, sha in json.load(open(f"{records}/{uuid}.json")).items():
        with open(os.open(path, os.O_RDONLY, dir_fd=top), "rb") as f:
            if hashlib.sha256(f.read()).hexdigest() != sha:
                sys.exit(f"{mnt}/{uuid}: {path} has other bytes")
    os.close(top)
    whole += 1
print(f"{whole} read whole, {stale} stale")
if not whole:
    sys.exit("nothing was read")
P

readers=()
for n in 1 2 3; do
	timeout $((seconds + 60)) python3 "$tmp/read.py" "$tmp/records" "$tmp/stop" "$tmp/one" "$tmp/two" >"$tmp/reader.$n" 2>&1 &
	readers+=($!)
done
timeout $((seconds + 180)) python3 "$CKPTFS_SRC/tests/churn.py" run "$tmp/root" "$tmp/records" "$tmp/stop" "$tmp/answers" \
	"$tmp/one" "$tmp/two" >"$tmp/churn.out" 2>&1 &
crowd=$!
cleanup_fn touch "$tmp/stop"

# Whoever looks meanwhile gets an answer at once, from each of them.
slowest=0
for ((end = SECONDS + seconds; SECONDS < end; )); do
	kill -0 "$crowd" 2>/dev/null || break
	began=$(date +%s%3N)
	timeout 20 sh -c 'ls "$1" "$2" && ckptfs list "$3" && cat "$1/.ckptfs/status.json" "$2/.ckptfs/gc"' sh \
		"$tmp/one" "$tmp/two" "$tmp/root" >"$tmp/look.out" 2>&1 || { not_ok "looking failed"; cat "$tmp/look.out"; break; }
	took=$(($(date +%s%3N) - began))
	[ $took -le $slowest ] || slowest=$took
	sleep 0.2
done
touch "$tmp/stop"
churned=0 read=0
wait "$crowd" || churned=$?
for n in 1 2 3; do
	wait "${readers[n - 1]}" || read=1
	cat "$tmp/reader.$n"
done
cat "$tmp/churn.out"
echo "the slowest look took $slowest ms"

check "every command was answered" test $churned = 0
check "what was read was right and complete" test $read = 0
check "looking never had to wait" test "$slowest" -lt 10000
check "nothing is lost, and every answer is one of those promised" \
	churn answers "$tmp/records" "$tmp/root" "$tmp/answers"
kept_what_was_read() { jq -s -e 'any(.[].answer.kept[]?; .why == "being read")' "$tmp/answers" >/dev/null; }
check "a gc kept what was being read" kept_what_was_read
check "what is left is sound" ckptfs verify "$tmp/root"
no_more_readers() { [ "$(cat "$tmp"/{one,two}/.ckptfs/status.json | jq '.leases | length' | sort -u)" = 0 ]; }
wait_until 10 no_more_readers || not_ok "leases don't end"
two_are_left() {
	ckptfs gc "$tmp/root" >/dev/null
	[ "$(jq length "$tmp/root/checkpoints.feldera")" = 2 ]
	ckptfs verify "$tmp/root"
	[ "$(ckptfs sweep -n --json "$tmp/root" | jq -c .removed)" = '[]' ]
}
check "with nobody reading, a gc leaves two, and no garbage" two_are_left
