# One client that opens and never reads, floods control, or holds 20,000
# descriptors does not keep another from looking; at the bound of descriptors the
# mount says so, and afterwards it is as before.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires jq python3

ctl=$tmp/mnt/.ckptfs
status() { jq -e "$1" "$ctl/status.json" >/dev/null; }
export CHURN_BATCH=2048
mkdir "$tmp/root" "$tmp/records"
churn make "$tmp/root" "$tmp/records" 60
mapfile -t uuids < <(uuids "$tmp/root")

# greedy.py MNT WHAT N: take what can be had of N, say how much, and keep it until
# it is killed.  Files and directories are opened, and never read; in several
# processes, since one may not have so many.
cat >"$tmp/greedy.py" <<'P'
import errno, itertools, os, resource, sys, time
mnt, what, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
share = 4000
def paths():
    for u in sorted(x for x in os.listdir(mnt) if len(x) == 36):
        top = f"{mnt}/{u}/storage"
        if what == "directories":
            yield top
            yield f"{mnt}/{u}/dependencies"
        else:
            for name in sorted(os.listdir(top)):
                if name.endswith(".feldera"):
                    yield f"{top}/{name}"
def take(first, count):
    got = 0
    refused = {}
    # What was refused once is asked for again at the end: it is no matter of luck.
    for path in itertools.islice(itertools.cycle(found), first, first + count):
        try:
            os.open(path, os.O_RDONLY)
            got += 1
        except OSError as e:
            name = errno.errorcode[e.errno]
            refused[name] = refused.get(name, 0) + 1
    return got, refused
found = list(paths())
for i in range(0, n, share):
    r, w = os.pipe()
    if os.fork() == 0:
        os.close(r)
        got, refused = take(i, min(share, n - i))
        os.write(w, f"{got} {refused}\n".encode())
        os.close(w)
        while os.getppid() != 1:
            time.sleep(0.1)
        os._exit(0)
    os.close(w)
    print(os.read(r, 1000).decode(), end="", flush=True)
    os.close(r)
print("ready", flush=True)
time.sleep(3600)
P
greedy() { # WHAT N: in the background, until release; its words are in $tmp/greedy
	rm -f "$tmp/greedy" # the last one was ready, too
	python3 "$tmp/greedy.py" "$tmp/mnt" "$1" "$2" >"$tmp/greedy" 2>&1 &
	greedy_pid=$!
	cleanup_fn kill_quietly "$greedy_pid"
	wait_until 120 grep -q ready "$tmp/greedy" || fail "no greedy client: $(cat "$tmp/greedy")"
	cat "$tmp/greedy"
}
release() {
	kill_quietly "$greedy_pid"
	wait "$greedy_pid" 2>/dev/null || :
}
# What somebody else does meanwhile: a look at everything, one checkpoint read.
looks() {
	timeout 60 ls -R "$tmp/mnt" >"$tmp/ls"
	[ "$(grep -c '^/.*/storage:$' "$tmp/ls")" = 60 ]
	timeout 60 cat "$tmp/mnt/latest/metadata.json" "$ctl/status.json" >/dev/null
	for u in "${uuids[0]}" "${uuids[30]}" "${uuids[59]}"; do
		timeout 60 python3 "$CKPTFS_SRC/tests/churn.py" whole "$tmp/records" "$u" "$tmp/mnt/$u/storage"
	done
}
daemon_pid() {
	local p
	for p in /proc/[0-9]*; do
		case $(tr '\0' ' ' 2>/dev/null <"$p/cmdline") in
		*mount.ckptfs*" $tmp/mnt "*) echo "${p#/proc/}" ;;
		esac
	done | sort -n | tail -n 1
}
descriptors() { find "/proc/$(daemon_pid)/fd" -mindepth 1 | wc -l; }
as_before() { status '.leases == [] and .descriptors.open == 0 and .descriptors.refusing == false' && [ "$(descriptors)" -le "$idle" ]; }

# --- as many as one may have ------------------------------------------------------

mount_root "$tmp/root" "$tmp/mnt" lease=1
wait_until 10 is_watched "$tmp/mnt"
idle=$(descriptors)
greedy files 20000
check "beside 20,000 open files others look and read" looks
release
check "afterwards the descriptors are back" wait_until 60 as_before
greedy directories 20000
check "beside 20,000 open directories others look and read" looks
release
check "and they are back too" wait_until 60 as_before

# Commands, and questions what they would do, more at once than may wait.
flood() {
	local i pids=()
	for i in {1..150}; do
		(
			exec 2>/dev/null
			while [ ! -e "$tmp/stop" ]; do
				case $((i % 3)) in
				0) echo verify >"$ctl/control" ;;
				1) cat "$ctl/gc" "$ctl/usage.json" >/dev/null ;;
				2) echo refresh >"$ctl/control" ;;
				esac || :
			done
		) &
		pids+=($!)
	done
	"$@" || return 1
	touch "$tmp/stop"
	wait "${pids[@]}" || :
}
check "beside a flood of commands others look and read" flood looks
(exec 3<>"$ctl/control"; echo verify >&3; jq -e .ok <&3 >/dev/null) || not_ok "a command afterwards"
umount_root "$tmp/mnt"
# The next one's descriptors are counted.
wait_until 60 daemon_ended "$tmp/mnt"

# --- fewer than are wanted --------------------------------------------------------

(
	ulimit -n 400
	mount.ckptfs "$tmp/root" "$tmp/mnt" -o lease=1,hold-files=20
)
cleanup_fn unmount_quietly "$tmp/mnt"
wait_until 10 is_watched "$tmp/mnt"
idle=$(descriptors)
greedy files 3000
check "at the bound a client is refused" grep -q EMFILE "$tmp/greedy"
only_emfile() { ! grep -oE "[A-Z]{4,}" "$tmp/greedy" | grep -v EMFILE; }
check "by that error only" only_emfile
says_so() { status '.descriptors.refused > 0 and .descriptors.refusing and .descriptors.bound == 300'; }
check "status.json says so" says_so
logged() { [ "$(grep -c 'no more files can be opened for readers' "$ctl/log")" = "$1" ]; }
check "the log says it once" logged 1
others_look() { timeout 60 ls -R "$tmp/mnt" >"$tmp/ls" && [ "$(grep -c '^/.*/storage:$' "$tmp/ls")" = 60 ]; }
check "others look at every checkpoint" others_look
check "commands work" eval '(exec 3<>"$ctl/control"; echo verify >&3; jq -e .ok <&3 >/dev/null)'
release
check "afterwards it is as before" wait_until 60 as_before
check "the log says that too" grep -q 'can be opened for readers again' "$ctl/log"
check "and nothing is refused" looks
