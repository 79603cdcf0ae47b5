# A small file is given to the kernel whole when it is opened first: nobody asks for its
# bytes, they are the file's, and behind its end there are zeros.  Only once: what the
# kernel has dropped since it asks for.  Many that open the same files at once do not wait
# for each other, and a file that was cut off is read to where it ends now; nothing is
# given of what is not finished.  Each also with the requests by io_uring, where the kernel
# has it.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires jq python3 strace

root=$tmp/root mnt=$tmp/mnt
sizes="0 1 100 4095 4096 4097 10000 65536 131071"

fresh() { # options
	local batch size
	! mountpoint -q "$mnt" || umount_root "$mnt"
	rm -rf "$root"
	python3 "$CKPTFS_SRC/tests/make-root.py" "$root" 2 9 131071
	set -- "$1" $sizes
	for batch in "$root"/w*.feldera; do
		truncate -s "$2" "$batch"
		set -- "$1" "${@:3}"
	done
	mount_root "$root" "$mnt" "$1"
	new=$(jq -r '.[-1].uuid' "$root/checkpoints.feldera")
}
reads() { jq .requests.read "$mnt/.ckptfs/status.json"; }
# How many requests for bytes a command takes, without those of asking for that.
asked() {
	local a b c
	a=$(reads) b=$(reads)
	"$@" >&2
	c=$(reads)
	echo $((c - b - (b - a)))
}
reader() { python3 "$CKPTFS_SRC/tests/given.py" "$1" "$root" "$mnt/$new/storage"; }

whole() {
	[ "$(asked reader whole)" = 0 ]
}
again() {
	[ "$(asked reader whole)" = 0 ]
	# Each but the empty one.
	[ "$(asked reader dropped)" -ge 8 ]
}
crowd() { timeout 120 python3 "$CKPTFS_SRC/tests/given.py" crowd "$root" "$mnt/$new/storage"; }
cut_off() {
	fresh "$1"
	ls "$mnt/$new/storage" >/dev/null # now they are held
	for batch in "$root"/w*.feldera; do
		truncate -s $(($(stat -c %s "$batch") / 3)) "$batch"
	done
	reader contents
}

# Cut off just when it is given: libfuse says so by perror(3).
stumbles() {
	local batch daemon tracer
	batch=$(cd "$root" && ls w*.feldera | tail -n 1)
	ls "$mnt/$new/storage" >/dev/null # now they are held
	daemon=$(daemon_of "$mnt")
	strace -f -qq -p "$daemon" -o "$tmp/trace" -e trace=fstat,newfstatat,dup \
		-e inject=fstat,newfstatat:delay_exit=1000000 &
	tracer=$!
	wait_until 60 grep -q '^TracerPid:.[1-9]' "/proc/$daemon/status"
	timeout 60 cat "$mnt/$new/storage/$batch" >"$tmp/read" &
	sleep 0.5
	truncate -s 5000 "$root/$batch"
	wait $!
	kill $tracer
	wait
	cmp "$tmp/read" "$root/$batch"
	grep -q 'dup(2' "$tmp/trace"
	umount_root "$mnt"
}

# It may yet be replaced, or grow: what it was when it was listed is not what it is.
unfinished() {
	local batch
	umount_root "$mnt"
	batch=$(cd "$root" && ls w*.feldera | tail -n 1)
	echo '{"circuit":null}' | tee "$root/state.json" >"$root/$(jq -r '.[0].uuid' "$root/checkpoints.feldera")/state.json"
	mount_root "$root" "$mnt" "$1"
	ls -l "$mnt/$new/storage" >/dev/null
	cat "$mnt/$new/storage/$batch" >/dev/null
	truncate -s 5000 "$root/$batch"
	[ "$(stat -c %s "$mnt/$new/storage/$batch")" = 5000 ]
	tr '\0' x <"$root/$batch" | dd of="$root/$batch" bs=5000 conv=notrunc status=none
	reader contents
}

kernel=$(uname -r)
for way in "" io_uring; do
	if [ "$way" ] && ! enable_uring; then
		skip_case_optional "the same by io_uring" "this kernel has none"
		continue
	fi
	fresh "$way"
	if printf '6.12\n%s\n' "$kernel" | sort -VC; then
		check "small files are given whole${way:+ ($way)}" whole
		check "and once; what was dropped is asked for${way:+ ($way)}" again
	else
		skip_case_optional "small files are given whole" "Linux 6.12 is the first that clears what is behind their ends"
		check "small files are read whole" reader whole
	fi
	fresh "$way"
	check "many open them at once${way:+ ($way)}" crowd
	check "what was cut off is read to its end${way:+ ($way)}" cut_off "$way"
	check "what is not finished is asked for each time${way:+ ($way)}" unfinished "$way"
done
fresh ""
check "what is cut off while it is given is read to its end, and nothing is said of the daemon" stumbles
