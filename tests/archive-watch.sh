# An archiver that stays follows its root, through all that happens to both.
set -eu
. "$(dirname "$0")/functions.sh"
requires jq

commit() { ckptfs commit "$tmp/root" --allow-empty --json | jq -r .uuid; }
has() { [ -e "$1/checkpoints.feldera" ] && grep -q "$2" "$1/checkpoints.feldera"; }

# watch ARCHIVE [ARG...]: start one; its process is $watcher.
watch() {
	local arch=$1
	shift
	ckptfs archive "$tmp/root" "$arch" --watch "$@" >"$tmp/out" 2>"$tmp/err" &
	watcher=$!
	cleanup_fn kill_quietly "$watcher"
}
# ends: on SIGTERM, with 0.
ends() {
	kill -TERM "$watcher"
	wait "$watcher"
	cat "$tmp/err"
}
ended() { ! running 2>/dev/null; }
running() { kill -0 "$watcher"; }

unpack_root v2-solo "$tmp/root"
newest=$(uuids "$tmp/root" | tail -n 1)
watch "$tmp/arch" --json
check "it begins with the newest finished one" wait_until 10 has "$tmp/arch" "$newest"
follows() {
	local u
	for _ in 1 2 3; do
		u=$(commit)
		wait_until 5 has "$tmp/arch" "$u"
	done
	[ "$(uuids "$tmp/arch")" = "$(uuids "$tmp/root" | tail -n 4)" ]
	[ "$(jq -rs 'map(.added[]) | join(" ")' "$tmp/out")" = "$(uuids "$tmp/arch" | paste -sd ' ')" ]
}
check "each new one is added, and said in a line" follows
catalog_vanishes() {
	local u
	mv "$tmp/root/checkpoints.feldera" "$tmp/aside"
	sleep 0.7
	running
	mv "$tmp/aside" "$tmp/root/checkpoints.feldera"
	u=$(commit)
	wait_until 5 has "$tmp/arch" "$u"
}
check "it survives that the catalog vanishes for a moment" catalog_vanishes
unfinished_waits() {
	local u
	cp "$tmp/root/checkpoints.feldera" "$tmp/entries"
	jq -c '{circuit: .[-1]}' "$tmp/entries" >"$tmp/root/state.json"
	u=$(commit)
	sleep 1
	if has "$tmp/arch" "$u"; then return 1; fi
	jq -c '{circuit: .[-1]}' "$tmp/root/checkpoints.feldera" >"$tmp/root/$u/state.json"
	cp "$tmp/root/$u/state.json" "$tmp/root/state.json.mut"
	mv "$tmp/root/state.json.mut" "$tmp/root/state.json"
	wait_until 5 has "$tmp/arch" "$u"
	wait_until 5 cmp -s "$tmp/root/state.json" "$tmp/arch/state.json"
}
check "one that is not finished waits for its state.json" unfinished_waits
# Not in a subshell: it is this shell's child.
if ends; then ok "it ends on SIGTERM"; else not_ok "it ends on SIGTERM"; fi
check "and left an archive that is whole" ckptfs verify "$tmp/arch"
nothing_left() { ckptfs sweep -n --json "$tmp/arch" | jq -e '.removed == [] and .missing == []'; }
check "and no garbage" nothing_left

seldom() {
	local n
	watch "$tmp/seldom" --every 1h
	wait_until 10 has "$tmp/seldom" "$(uuids "$tmp/root" | tail -n 1)"
	n=$(uuids "$tmp/seldom" | wc -l)
	commit >/dev/null
	commit >/dev/null
	sleep 1
	[ "$(uuids "$tmp/seldom" | wc -l)" = "$n" ]
	ends
	# Nor because it starts anew.
	watch "$tmp/seldom" --every 1h
	sleep 1
	[ "$(uuids "$tmp/seldom" | wc -l)" = "$n" ]
	ends
}
rm -f "$tmp/root/state.json"
commit >/dev/null # younger than the hour
check "--every 1h adds one an hour, also when it starts anew" seldom
sometimes() {
	local a n began=$SECONDS
	watch "$tmp/sometimes" --every 1s
	# Ten in three seconds; more where that takes longer, until it had a turn in between.
	for ((n = 0; n < 10 || (n < 100 && $(uuids "$tmp/sometimes" | wc -l) < 3); n++)); do
		commit >/dev/null
		sleep 0.3
	done
	# The last one too, though nothing comes after it.
	wait_until 30 has "$tmp/sometimes" "$(uuids "$tmp/root" | tail -n 1)"
	a=$(uuids "$tmp/sometimes" | wc -l)
	echo "$a of $n in $((SECONDS - began)) seconds"
	[ "$a" -ge 3 ] && [ "$a" -le $((SECONDS - began + 2)) ]
	ends
}
check "--every 1s adds at most one a second, and the last" sometimes
prunes() {
	local u
	watch "$tmp/prunes" --every 1s --keep-last 2
	# With the one that is there already it is five.
	wait_until 10 has "$tmp/prunes" "$(uuids "$tmp/root" | tail -n 1)"
	for _ in 1 2 3 4; do
		u=$(commit)
		wait_until 5 has "$tmp/prunes" "$u"
	done
	# The line comes when the retention has run.
	wait_until 30 grep -q "^archived $u" "$tmp/out"
	ends
	[ "$(uuids "$tmp/prunes" | wc -l)" = 2 ]
	[ "$(grep -c "^removed " "$tmp/out")" = 3 ]
	[ -z "$(uuids "$tmp/prunes" | grep -F -f <(sed -n 's/^removed //p' "$tmp/out"))" ]
	ckptfs verify "$tmp/prunes"
}
check "with a retention it holds what that keeps, and says what it removed" prunes

if is_root; then
	fills_up() {
		local u
		mkdir "$tmp/small"
		mount -t tmpfs -o size=64k none "$tmp/small"
		cleanup_fn unmount_quietly "$tmp/small"
		head -c 100000 /dev/zero >"$tmp/root/w0-01990000-0000-7000-8000-00000000000a.feldera"
		watch "$tmp/small"
		wait_until 10 test -e "$tmp/small/checkpoints.feldera"
		u=01a30000-0000-7000-8000-000000000001
		mkdir "$tmp/root/$u"
		echo '{"files":["w0-01990000-0000-7000-8000-00000000000a.feldera"]}' >"$tmp/root/$u/pspine-batches-0.dat"
		ckptfs commit "$tmp/root" --uuid $u >/dev/null
		wait_until 10 grep -q "No space left" "$tmp/err"
		running
		ckptfs verify "$tmp/small"
		mount -o remount,size=16m "$tmp/small"
		wait_until 15 has "$tmp/small" $u
		ends
		[ "$(grep -c "No space left" "$tmp/err")" = 1 ]
		ckptfs verify "$tmp/small"
	}
	check "a full disk is said once, and with space it goes on" fills_up
fi
# --- an archive that is in use ----------------------------------------------

# Somebody changes it just when the archiver begins.
waits_for_the_first_lock() { # ARG...
	rm -rf "$tmp/used"
	mkdir "$tmp/used"
	hold_pidlock "$tmp/used"
	watch "$tmp/used" "$@"
	wait_until 10 grep -q "in use by.*it is tried again" "$tmp/err"
	release_pidlock
	wait_until 10 has "$tmp/used" "$(uuids "$tmp/root" | tail -n 1)"
	ends
}
check "an archive that is in use as it begins is waited for" waits_for_the_first_lock
check "with --all, too" waits_for_the_first_lock --all
gives_up() {
	rm -rf "$tmp/used"
	mkdir "$tmp/used"
	hold_pidlock "$tmp/used"
	watch "$tmp/used"
	wait_until 30 ended
	grep -q "in use by" "$tmp/err"
	release_pidlock
}
check "but not where a pipeline runs on it" gives_up

removed() {
	cp -a "$tmp/root" "$tmp/kept"
	watch "$tmp/last"
	wait_until 10 test -e "$tmp/last/checkpoints.feldera"
	rm -rf "$tmp/root"
	local status=0
	wait_until 20 ended
	wait "$watcher" || status=$?
	[ $status = 1 ] && grep -q "was removed" "$tmp/err"
}
check "it ends with a sentence when the root is removed" removed
