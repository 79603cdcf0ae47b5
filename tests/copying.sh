# shellcheck shell=bash
# copying.sh - tools and readers at checkpoints that are being removed
#
# For tests in which churn.py, or churn_archive.py, adds and removes checkpoints
# without a pause.  They read at $reading, a mount; $tmp/records tells what each
# checkpoint must be.  What is wrong is a line with WRONG in what these functions
# print.

reading=$tmp/one

# start_churn SHOWN OPTIONS PROGRAM [ARG...]: two mounts of it, $tmp/one and
# $tmp/two, and the program of tests/ that makes and removes checkpoints until
# $tmp/stop is there.
start_churn() {
	rm -f "$tmp/stop"
	mount_root "$1" "$tmp/one" "$2"
	mount_root "$1" "$tmp/two" "$2"
	CHURN_PAUSE=0.02 python3 "$CKPTFS_SRC/tests/$3" run "${@:4}" >"$tmp/churn.out" 2>&1 &
	churn_pid=$!
	cleanup_fn touch "$tmp/stop"
}

# stop_churn WHAT: its answers add up, and what is left in the end is sound, as the
# test's functions "answers" and "sound" say.
stop_churn() {
	local churned=0
	touch "$tmp/stop"
	wait "$churn_pid" || churned=$?
	cat "$tmp/churn.out"
	check "$1: every command was answered" test $churned = 0
	check "$1: nothing is lost or doubled, and every answer is one of those promised" answers
	check "$1: what is left is sound" sound
	umount_root "$tmp/one"
	umount_root "$tmp/two"
	wait_until 20 daemon_ended "$tmp/one"
	rm -rf "$tmp/root" "$tmp/archive" "$tmp/records" "$tmp/taken" "$tmp"/answers*
}

# In some answer, at least.
being_read() { jq -s -e 'any(.[].answer.kept[]?; .why == "being read")' "$tmp/answers" >/dev/null; }

# copy_by TOOL FROM TO
copy_by() {
	case $1 in
	rsync) rsync -aH "$2/" "$3/" ;;
	cp) cp -a "$2" "$3" ;;
	tar) mkdir "$3" && tar -C "$2" -cf "$3.tar" . && tar -C "$3" -xf "$3.tar" ;;
	esac
}

# check_copy UUID COPY WHO
check_copy() {
	churn whole "$tmp/records" "$1" "$2/storage" || echo "WRONG: $3 said that $1 was done"
	ckptfs verify "$2/storage" >"$2.out" 2>&1 || { echo "WRONG: $1 by $3"; cat "$2.out"; }
}

# Each is taken by one copy only, so that each copy has to be the first to look.
oldest_unread() {
	local uuid
	mkdir -p "$tmp/taken"
	# shellcheck disable=SC2045 # uuids
	for uuid in $(ls "$reading"); do
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
			if ! ls "$reading/$uuid/storage" >/dev/null 2>"$copy.err"; then
				grep -q 'Stale file handle' "$copy.err" || { echo "WRONG: $(cat "$copy.err")"; return; }
				stale=$((stale + 1))
				continue
			fi
		fi
		status=0
		copy_by "$tool" "$reading/$uuid" "$copy" 2>"$copy.err" || status=$?
		if [ $status = 0 ]; then
			check_copy "$uuid" "$copy" "$tool"
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

# copy_all RSYNC TAR CP STRAIGHT: so many copies of what was looked into first, by
# each tool, the last number straight by rsync, and a tenth of it by tar.
copy_all() {
	local status=0 pid pids=()
	copies rsync "$1" look >"$tmp/log.1" 2>&1 &
	pids+=($!)
	copies rsync "$4" straight >"$tmp/log.2" 2>&1 &
	pids+=($!)
	{
		copies tar "$2" look
		copies cp "$3" look
		copies tar $((($4 + 9) / 10)) straight
	} >"$tmp/log.3" 2>&1 &
	pids+=($!)
	for pid in "${pids[@]}"; do wait "$pid" || status=$?; done
	cat "$tmp"/log.?
	return $status
}
nothing_wrong() { ! grep -h -A 5 WRONG "$tmp"/log.?; }

# most_left_meanwhile ROOT N: more than N of what was copied; otherwise nothing
# was tested.
most_left_meanwhile() {
	local left=0 all=0 uuid
	# shellcheck disable=SC2045 # uuids
	for uuid in $(ls "$tmp/taken"); do
		all=$((all + 1))
		[ -d "$1/$uuid" ] || left=$((left + 1))
	done
	echo "$left of $all have left"
	[ $left -gt "$2" ]
}

# --- readers that stop ------------------------------------------------------

# As a person might: the tool is stopped in the middle, and goes on.
stopped_tool() { # tool, n
	local uuid copy=$tmp/stopped.$1.$2 pid status=0
	uuid=$(readlink "$reading/latest")
	copy_by "$1" "$reading/$uuid" "$copy" 2>"$copy.err" &
	pid=$!
	sleep "0.0$2"
	signal_tree STOP "$pid"
	sleep 3
	signal_tree CONT "$pid"
	wait "$pid" || status=$?
	if [ $status = 0 ]; then
		echo "$1: whole"
		check_copy "$uuid" "$copy" "$1"
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

# All at once: 9 that keep a file, a directory or nothing open, 15 tools.
stopping() {
	local n keeps tool pids=()
	rm -rf "$tmp"/stopped.*
	for n in 1 2 3; do
		for keeps in file dir nothing; do
			python3 "$CKPTFS_SRC/tests/slow_reader.py" "$reading" "$tmp/records" "$keeps" >"$tmp/stop.$keeps.$n" 2>&1 &
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
	grep -H . "$tmp"/stop.* | sed 's/.*stop\.//'
}
stops_right() { ! grep -h -q -e WRONG -e Traceback "$tmp"/stop.*; }
went_on() { ! cat "$tmp"/stop.file.? "$tmp"/stop.dir.? | grep -vx whole; }
