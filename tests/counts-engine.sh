#!/bin/bash
# How many system calls the engine's commands make for a fixed work, each with
# its bound, and that ten times the work takes ten times the calls.  Time is not
# looked at (scripts/bench does).
set -eu
. "$(dirname "$0")/functions.sh"
requires strace python3

new_root() { # CHECKPOINTS BATCHES NEW [GARBAGE]
	rm -rf "$tmp/root" "$tmp/archive"
	python3 "$CKPTFS_SRC/tests/counts_root.py" "$tmp/root" "$@"
}

# count COMMAND...: its system calls, one "name calls" a line, in $tmp/counts
count() {
	strace -f -qq -c -U name,calls -o "$tmp/table" "$@" >"$tmp/out" 2>&1 || { cat "$tmp/out"; return 1; }
	awk 'NF == 2 && $2 ~ /^[0-9]+$/ && $1 != "total" { print $1, $2 }' "$tmp/table" >"$tmp/counts"
}
calls() { # of all that are named
	local name sum=0 n
	for name; do
		n=$(awk -v name="$name" '$1 == name { print $2 }' "$tmp/counts")
		sum=$((sum + ${n:-0}))
	done
	echo $sum
}
at_most() { # WHAT GOT BOUND
	[ "$2" -le "$3" ] && return
	echo "$1: $2, at most $3 allowed"
	cat "$tmp/counts"
	return 1
}
exactly() {
	[ "$2" = "$3" ] && return
	echo "$1: $2, not $3"
	cat "$tmp/counts"
	return 1
}
# A fixed part, and so many calls for each: at ten times the size, ten times
# the second and no more of the first.
linear() { # WHAT SMALL LARGE
	at_most "$1 at ten times the size" "$3" $(($2 * 10))
}

# traced CALLS COMMAND...: the lines of these calls in $tmp/trace
traced() {
	strace -f -qq -e trace="$1" -o "$tmp/trace" "${@:2}" >"$tmp/out" 2>&1 || { cat "$tmp/out"; return 1; }
}
listings() { grep '"\."' "$tmp/trace" | grep -vcE 'O_PATH|O_TMPFILE' || :; } # of the root
opened() { grep -c "\"[^\"]*$1\"" "$tmp/trace" || :; }

# Files that a process opens to begin with: libraries, mostly.
started=40
! sanitized || started=50

# --- gc ---------------------------------------------------------------------

# N checkpoints of 20 batches, 2 of them new, and 4 files each.
gc_counts() { # N
	local n=$1 go=$(($1 - 2)) files
	new_root "$n" 20 2
	count ckptfs gc "$tmp/root" --json
	# Two batches, the files, and the directory of each that goes; each once, and
	# the name that the catalog had while it was written is not unlinked.
	files=$((go * (2 + 4 + 1)))
	at_most unlinks "$(calls unlink unlinkat rmdir)" $files
	at_most "looks at files" "$(calls statx newfstatat fstat lstat stat)" $((15 * n + 90))
	at_most "files opened" "$(calls open openat openat2)" $((5 * n + started))
	at_most syncs "$(calls fsync fdatasync syncfs sync)" 3
	calls statx newfstatat fstat lstat stat open openat openat2 unlink unlinkat >"$tmp/gc.$n"
}
gc_once() { gc_counts 30; }
gc_ten() {
	gc_counts 300
	linear "calls of a gc" "$(cat "$tmp/gc.30")" "$(cat "$tmp/gc.300")"
}
check "gc unlinks each file by one call, and looks at each a bounded number of times" gc_once
check "ten times the checkpoints cost ten times the calls" gc_ten
gc_reads_once() {
	new_root 30 20 2
	traced openat2 ckptfs gc "$tmp/root" --json
	at_most "reads of dependencies" "$(opened dependencies.json)" 30
	exactly "listings of the root" "$(listings)" 0
}
check "gc reads each dependencies file once" gc_reads_once

# --- sweep ------------------------------------------------------------------

sweep_counts() { # N
	new_root 3 20 2 "$1"
	count ckptfs sweep "$tmp/root" --json
	exactly unlinks "$(calls unlink unlinkat)" "$1"
	at_most "looks at files" "$(calls statx newfstatat fstat lstat stat)" $(($1 + 150))
	at_most syncs "$(calls fsync fdatasync syncfs sync)" 1
	calls statx newfstatat fstat lstat stat open openat openat2 unlink unlinkat >"$tmp/sweep.$1"
}
sweep_once() { sweep_counts 300; }
sweep_ten() {
	sweep_counts 3000
	linear "calls of a sweep" "$(cat "$tmp/sweep.300")" "$(cat "$tmp/sweep.3000")"
}
check "sweep unlinks each file by one call, and looks at each once" sweep_once
check "ten times the garbage costs ten times the calls" sweep_ten
sweep_lists_once() {
	new_root 3 20 2 300
	traced openat2 ckptfs sweep "$tmp/root" --json
	exactly "listings of the root" "$(listings)" 1
}
check "sweep lists the root once" sweep_lists_once

sweep_in_order() {
	new_root 3 20 2
	python3 - "$tmp/root" <<-'P'
		import hashlib, sys
		for i in range(400):
		    name = "w9-%s.feldera" % hashlib.md5(str(i).encode()).hexdigest()
		    open(sys.argv[1] + "/" + name, "w").close()
	P
	ls -i1 "$tmp/root" >"$tmp/inodes"
	traced unlinkat ckptfs sweep "$tmp/root" --json
	python3 - "$tmp/inodes" "$tmp/trace" "$tmp/out" <<-'P'
		import json, re, sys
		ino = {name: int(n) for n, name in (line.split() for line in open(sys.argv[1]))}
		gone = json.load(open(sys.argv[3]))["removed"]
		assert len(gone) == 400 and gone == sorted(gone), "what is printed is in no order"
		threads = {}
		for pid, name in re.findall(r'^(\d+) +unlinkat\(\d+, "(w9-[^"]*)"', open(sys.argv[2]).read(), re.M):
		    threads.setdefault(pid, []).append(ino[name])
		assert sum(map(len, threads.values())) == 400, threads
		assert all(t == sorted(t) for t in threads.values()), "not in the order of inodes"
	P
}
check "sweep removes files in the order of their inodes, and says them in that of their names" sweep_in_order

# --- commit -----------------------------------------------------------------

commit_counts() { # N batches
	local u
	new_root 2 "$1" 1
	u=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[-1]["uuid"])' "$tmp/root/checkpoints.feldera")
	python3 - "$tmp/root/checkpoints.feldera" <<-'P'
		import json, sys
		c = json.load(open(sys.argv[1]))
		open(sys.argv[1], "w").write(json.dumps(c[:-1], separators=(",", ":")))
	P
	count ckptfs commit "$tmp/root" --uuid "$u"
	# Each batch and each of three state files once; dependencies, the directory,
	# the catalog; the root before, between and after.
	at_most syncs "$(calls fsync fdatasync)" $(($1 + 3 + 6))
	at_most "syncs of the whole file system" "$(calls syncfs sync)" 0
	at_most "files opened" "$(calls open openat openat2)" $(($1 + 150))
	at_most "looks at files" "$(calls statx newfstatat fstat lstat stat)" $(($1 + 200))
	calls fsync statx open openat openat2 >"$tmp/commit.$1"
}
commit_once() { commit_counts 100; }
commit_ten() {
	commit_counts 1000
	linear "calls of a commit" "$(cat "$tmp/commit.100")" "$(cat "$tmp/commit.1000")"
}
check "commit syncs each file once" commit_once
check "ten times the batches cost ten times the calls" commit_ten

# --- a stage of the library --------------------------------------------------

stage_counts() { # N states, and as many batches
	rm -rf "$tmp/root"
	mkdir "$tmp/root"
	count "$CKPTFS_BUILD/tests/stage_many" "$tmp/root" "$1" "$1"
	# Each file once; the empty catalog and the root before; CHECKPOINT,
	# dependencies, the directory, the root, the catalog, and the root again.  The
	# lock syncs the root.
	at_most syncs "$(calls fsync fdatasync)" $((2 * $1 + 9))
	at_most "syncs of the whole file system" "$(calls syncfs sync)" 0
	# Its directory for each state; all once more to be synced.
	at_most "files opened" "$(calls open openat openat2)" $((7 * $1 + 150))
	at_most "looks at files" "$(calls statx newfstatat fstat lstat stat)" $((10 * $1 + 200))
	at_most "names made" "$(calls link linkat rename renameat renameat2)" $((2 * $1 + 9))
	calls fsync statx newfstatat openat2 linkat write >"$tmp/stage.$1"
}
stage_once() { stage_counts 100; }
stage_ten() {
	stage_counts 1000
	linear "calls of a stage" "$(cat "$tmp/stage.100")" "$(cat "$tmp/stage.1000")"
}
check "a stage syncs each state and each batch once, and its directories as often as a commit" stage_once
check "ten times the states and batches cost ten times the calls" stage_ten

# --- archive ----------------------------------------------------------------

# On a file system that is known well the files are synced all at once, and a
# listing of each root tells what they share.
known_well() {
	case $(stat -f -c %T "$tmp") in
	ext2/ext3 | xfs | btrfs | tmpfs) ;;
	*) return 1 ;;
	esac
}
archive_counts() { # batches
	local looks=$((2 * $1 + 150))
	known_well && looks=200
	new_root 3 "$1" 2
	mkdir "$tmp/archive"
	ckptfs archive "$tmp/root" "$tmp/archive" "$(ls "$tmp/root" | grep '^019b' | head -n 1)" >/dev/null
	count ckptfs archive "$tmp/root" "$tmp/archive" "$(ls "$tmp/root" | grep '^019b' | sed -n 2p)"
	# The two new batches, and the checkpoint's files but for its own CHECKPOINT.
	at_most links "$(calls link linkat)" $((2 + 3 + 4))
	at_most "looks at files" "$(calls statx newfstatat fstat lstat stat)" $looks
	at_most syncs "$(calls fsync fdatasync)" 30
	exactly "syncs of the whole file system" "$(calls syncfs sync)" 0
}
archive_once() { archive_counts 200; }
archive_ten() { archive_counts 2000; }
check "an archive syncs and links only what is new, and lists what is shared" archive_once
check "it looks at no more files where ten times as many are shared" archive_ten

first_archive() {
	new_root 1 300 2
	mkdir "$tmp/archive"
	count ckptfs archive "$tmp/root" "$tmp/archive"
	# It is linked as it was opened to be held.
	at_most opens "$(calls open openat openat2)" $((300 + 60 + started))
	if known_well; then
		at_most syncs "$(calls fsync fdatasync)" 10
		exactly "syncs of the whole file system" "$(calls syncfs)" 1
	else
		at_most syncs "$(calls fsync fdatasync)" 330
		exactly "syncs of the whole file system" "$(calls syncfs)" 0
	fi
}
check "a first archive of many files syncs them all at once" first_archive

unwritten() {
	rm -rf "$tmp/archive"
	mkdir "$tmp/archive"
	traced fsync,syncfs -e inject=syncfs:error=EIO ckptfs archive "$tmp/root" "$tmp/archive"
	[ "$(grep -c 'fsync(' "$tmp/trace")" -ge 300 ]
	ckptfs verify "$tmp/archive" >/dev/null
}
check "where not all that others wrote can be synced, each file of an archive is" unwritten

# --- list -------------------------------------------------------------------

list_reads_once() {
	new_root 300 3 1
	traced openat2 ckptfs list "$tmp/root" --json
	exactly "reads of the catalog" "$(opened checkpoints.feldera)" 1
	exactly "reads of dependencies" "$(opened dependencies.json)" 0
	count ckptfs list "$tmp/root" --json
	at_most "all files opened" "$(calls open openat openat2)" $started
	at_most "looks at files" "$(calls statx newfstatat fstat lstat stat)" 60
}
check "list reads the catalog once, and nothing of the checkpoints" list_reads_once
