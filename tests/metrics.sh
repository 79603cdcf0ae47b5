# Metrics say what list, du, pins and status.json say, and nothing where nothing is
# known; both of Prometheus's text formats read them; being watched disturbs nobody.
set -eu
. "$(dirname "$0")/functions.sh"
requires jq python3 xz

metrics() { python3 "$CKPTFS_SRC/tests/metrics.py" "$@"; }
# One whose python has the other parsers.
with_parsers=
for p in python3 /usr/bin/python3; do
	if [ -z "$with_parsers" ] && $p -c 'import prometheus_client' 2>/dev/null; then with_parsers=$p; fi
done

# readable FILE: by all that reads it.
readable() {
	if command -v promtool >/dev/null; then promtool check metrics <"$1"; fi
	if [ -n "$with_parsers" ]; then $with_parsers "$CKPTFS_SRC/tests/metrics.py" strict "$1"; fi
}
# get FILE NAME [LABEL=VALUE]: the value, or nothing.
get() {
	local label=${3:+,${3%%=*}=\"${3#*=}\"}
	sed -n "s|^ckptfs_$2{root=\"[^\"]*\"$label} \(.*\)|\1|p" "$1"
}
# value NAME [LABEL=VALUE]: of the mount, now.
value() { get "$tmp/mnt/.ckptfs/metrics" "$@"; }
is() { # expected name [label=value]
	local have
	have=$(value "${@:2}")
	[ "${have:-absent}" = "$1" ] || { echo "${*:2}: $have, not $1"; return 1; }
}

if ! command -v promtool >/dev/null; then
	skip_case "promtool check metrics" "promtool is not here (scripts/install-deps test)"
fi
if [ -z "$with_parsers" ]; then
	skip_case "the parsers of prometheus_client" "no python3 has prometheus_client"
fi

# --- roots --------------------------------------------------------------------

all_agree() { # root [archive]
	metrics root "$@"
	ckptfs metrics "$@" >"$tmp/text"
}
for root in v1-solo v1-legacy v1-upgraded v2-solo v2-gc v2-garbage; do
	unpack_root $root "$tmp/$root"
	check "$root: metrics say what list, du and pins say" all_agree "$tmp/$root"
done
check "both text formats read them" readable "$tmp/text"
mkdir "$tmp/empty" "$tmp/fresh"
echo '[]' >"$tmp/empty/checkpoints.feldera"
: >"$tmp/fresh/feldera.pidlock"
absent() { # root family...
	local f
	ckptfs metrics "$1" 2>/dev/null >"$tmp/text"
	# shellcheck disable=SC2086 # a name and a label
	for f in "${@:2}"; do [ -z "$(get "$tmp/text" $f)" ] || { echo "$f is there"; return 1; }; done
}
nothing_there() {
	all_agree "$1"
	absent "$1" newest_checkpoint_timestamp_seconds
	get "$tmp/text" checkpoints | grep -qx 0
}
check "a root without a checkpoint has no newest one" nothing_there "$tmp/empty"
check "nor has one without a catalog" nothing_there "$tmp/fresh"

pinned() {
	local u file=$tmp/v2-solo/ckptfs-pins.json
	u=$(jq -r '.[1].uuid' "$tmp/v2-solo/checkpoints.feldera")
	ckptfs pin "$tmp/v2-solo" one "$u" --expires 7d
	ckptfs pin "$tmp/v2-solo" two "$u" --expires 7d
	jq -c '.pins[0].expires = "2020-01-01T00:00:00.000Z"' "$file" >"$tmp/pins"
	cp "$tmp/pins" "$file"
	all_agree "$tmp/v2-solo"
	get "$tmp/text" pins_expired | grep -qx 1
}
check "pins, and those that have expired" pinned
archived() {
	ckptfs archive "$tmp/v2-solo" "$tmp/archive" "$(jq -r '.[2].uuid' "$tmp/v2-solo/checkpoints.feldera")"
	all_agree "$tmp/v2-solo" "$tmp/archive"
	all_agree "$tmp/v2-solo" "$tmp/empty"
	expect_fail 1 "No such file" ckptfs metrics "$tmp/v2-solo" "$tmp/nowhere" >"$tmp/text"
	[ ! -s "$tmp/text" ]
}
check "an archive that is named is looked at too" archived
finished_only() {
	local r=$tmp/unfinished u
	cp -a "$tmp/v2-solo" "$r"
	u=$(jq -r '.[3].uuid' "$r/checkpoints.feldera")
	jq '{circuit: .[3]}' "$r/checkpoints.feldera" >"$r/state.json"
	all_agree "$r"
	ckptfs list "$r" --json | jq -r ".checkpoints[] | select(.uuid == \"$u\") | .created_at" >"$tmp/when"
	[ "$(date -d "$(cat "$tmp/when")" +%s.%3N)" = "$(get "$tmp/text" newest_checkpoint_timestamp_seconds)" ]
}
check "the newest is one that is finished" finished_only
damaged() {
	local r=$tmp/damaged
	cp -a "$tmp/v1-solo" "$r"
	echo '{' >"$r/$(jq -r '.[2].uuid' "$r/checkpoints.feldera")/dependencies.json"
	metrics root "$r"
	absent "$r" garbage_files "stored_bytes kind=batches" "stored_bytes kind=garbage"
	get "$tmp/text" damaged_checkpoints | grep -qx 1
	readable "$tmp/text"
}
check "damage is counted, and what is not known is absent" damaged
unreadable() {
	local r=$tmp/unreadable
	cp -a "$tmp/v1-solo" "$r"
	echo '{' >"$r/ckptfs-pins.json"
	ckptfs metrics "$r" 2>"$tmp/said" >"$tmp/text"
	grep -q ckptfs-pins.json "$tmp/said"
	get "$tmp/text" root_ok | grep -qx 0
	absent "$r" pins pins_expired
	rm "$r/ckptfs-pins.json"
	echo '{' >"$r/state.json"
	ckptfs metrics "$r" 2>"$tmp/said" >"$tmp/text"
	get "$tmp/text" root_ok | grep -qx 0
	absent "$r" newest_checkpoint_timestamp_seconds
	readable "$tmp/text"
	rm "$r/state.json" "$r/checkpoints.feldera"
	expect_fail 1 "rebuild" ckptfs metrics "$r" >"$tmp/text"
	[ ! -s "$tmp/text" ]
}
check "what can't be read is said, and nothing is made up" unreadable
refused() {
	expect_fail 2 "not JSON" ckptfs metrics "$tmp/v1-solo" --json
	expect_fail 1 "no storage root" ckptfs metrics "$tmp"
}
check "no JSON, no root: refused" refused

# --- text ---------------------------------------------------------------------

named() { # name as-shown
	local r
	r="$tmp/names/$1"
	mkdir -p "$r"
	echo '[]' >"$r/checkpoints.feldera"
	ckptfs metrics "$r" "$r" >"$tmp/text"
	readable "$tmp/text"
	diff <(metrics root-label "$tmp/text") <(printf '%s' "$tmp/names/$2")
	grep -q ',archive="' "$tmp/text"
}
names() {
	named $'a"b' $'a"b'
	named $'a\\b\\' $'a\\b\\'
	named $'new\nline' $'new\nline'
	named $'b\xffd\xc3' $'b\\xffd\\xc3'
	named $'esc\e[31m' $'esc\\x1b[31m'
	named $'turn\u202e' $'turn\\xe2\\x80\\xae'
	named $'snö{},= #' $'snö{},= #'
	# Not one of them begins a line of its own.
	named $'x\nckptfs_root_ok{root="y"} 7' $'x\nckptfs_root_ok{root="y"} 7'
}
check "a root may have any name" names
no_names() {
	cp -a "$tmp/v1-solo" "$tmp/few"
	ckptfs metrics "$tmp/few" >"$tmp/before"
	ckptfs commit "$tmp/few" --allow-empty --identifier $'evil"}\nckptfs_root_ok 7 {\\'
	ckptfs pin "$tmp/few" 'evil"pin' "$(jq -r '.[0].uuid' "$tmp/few/checkpoints.feldera")"
	ckptfs metrics "$tmp/few" >"$tmp/text"
	readable "$tmp/text"
	if grep -iE 'evil|[0-9a-f]{8}-[0-9a-f]{4}-' "$tmp/text"; then return 1; fi
	diff <(sed 's/ [^ ]*$//' "$tmp/before") <(sed 's/ [^ ]*$//' "$tmp/text")
}
check "no identifier, pin or uuid is in it: as many series, however many checkpoints" no_names

# --- the textfile collector ---------------------------------------------------

textfile=$CKPTFS_SRC/examples/prometheus/ckptfs-textfile
whole() {
	local d=$tmp/collector f i
	mkdir "$d"
	f=$d/ckptfs.prom
	"$textfile" "$f" ckptfs metrics "$tmp/v2-gc"
	readable "$f"
	[ "$(stat -c %a "$f")" = 644 ]
	: >"$tmp/go"
	(while [ -e "$tmp/go" ]; do "$textfile" "$f" ckptfs metrics "$tmp/v2-gc"; done) &
	for i in $(seq 200); do [ "$(tail -n 1 "$f")" = "# EOF" ] || break; done
	rm "$tmp/go"
	wait
	[ "$i" = 200 ] && [ "$(tail -n 1 "$f")" = "# EOF" ]
	cp "$f" "$tmp/before"
	expect_fail 1 "No such file" "$textfile" "$f" ckptfs metrics "$tmp/nowhere"
	expect_fail 3 "" "$textfile" "$f" sh -c 'echo half; exit 3'
	cmp "$f" "$tmp/before"
	[ "$(ls "$d")" = ckptfs.prom ]
}
check "the textfile is whole at any moment, or as it was" whole

# --- a mount ------------------------------------------------------------------

if [ ! -r /dev/fuse ] || [ ! -w /dev/fuse ]; then
	skip_case "of a mount" "/dev/fuse is not there, or not for this user"
	exit 0
fi
ctl=$tmp/mnt/.ckptfs
mount_says() { # root
	mount_root "$1" "$tmp/mnt"
	metrics mount "$tmp/mnt"
	metrics mount "$tmp/mnt" usage
	readable "$ctl/metrics"
	umount_root "$tmp/mnt"
}
for root in v1-upgraded v2-garbage v2-solo empty damaged; do
	check "$root: a mount's metrics say what status.json and usage.json say" mount_says "$tmp/$root"
done
mount_names() {
	mount_root "$tmp/names/"$'new\nline' "$tmp/mnt"
	readable "$ctl/metrics"
	umount_root "$tmp/mnt"
	mount_root "$tmp/names/"$'b\xffd\xc3' "$tmp/mnt"
	readable "$ctl/metrics"
	umount_root "$tmp/mnt"
}
check "a root with any name may be mounted" mount_names

mount_root "$tmp/v2-gc" "$tmp/mnt" lease=3600
documented() {
	local page
	page=$(mandoc -T ascii -O width=1000 "$CKPTFS_SRC/man/ckptfs.5" | col -b | sed -n '/^METRICS/,/^EXAMPLES/p')
	{ metrics families "$ctl/metrics"; ckptfs metrics "$tmp/v2-gc" "$tmp/archive" >"$tmp/text"; metrics families "$tmp/text"; } |
		sed 's/^ckptfs_//' | sort -u >"$tmp/families"
	sed -n 's/^     \([a-z_][a-z_, ]*[a-z_]\)\(  .*\)\{0,1\}$/\1/p' <<<"$page" | grep -oE '[a-z_]+' | sort -u | diff - "$tmp/families"
}
if command -v mandoc >/dev/null; then
	check "ckptfs(5) has every family, and no other" documented
else
	skip_case "ckptfs(5) has every family, and no other" "mandoc is not installed"
fi
no_lease() {
	for _ in 1 2 3; do cat "$ctl/metrics" >/dev/null; done
	is 0 leases
	is 0 reader_files
}
check "a look at the metrics leases nothing" no_lease
newest=$(readlink "$tmp/mnt/latest")
batch=$(find "$tmp/mnt/$newest/dependencies" -type l -printf '%f\n' | sort | head -n 1)
size=$(stat -c %s "$tmp/v2-gc/$batch")
held() {
	metrics mount "$tmp/mnt"
	is 1 leases
	is 0 held_deleted_files
	# A pipeline's gc knows no lease.
	mv "$tmp/v2-gc/$batch" "$tmp/batch"
	metrics mount "$tmp/mnt"
	is 0 held_deleted_files
	cp -a "$tmp/batch" "$tmp/copy"
	rm "$tmp/batch"
	metrics mount "$tmp/mnt"
	is 1 held_deleted_files
	is "$size" held_deleted_bytes
}
check "leases, what is held, and what of it was deleted" held
errors() {
	local n
	is 0 request_errors_total error=EIO
	echo release >"$ctl/control"
	is 0 leases
	is 0 held_files
	expect_fail any "Input/output error" md5sum "$tmp/mnt/$newest/storage/$batch"
	n=$(value request_errors_total error=EIO)
	[ "$n" -gt 0 ]
	expect_fail any "No such file" cat "$tmp/mnt/nothing"
	expect_fail any "Read-only" touch "$tmp/mnt/nothing"
	is "$n" request_errors_total error=EIO
	is 0 request_errors_total error=ESTALE
	is 0 request_errors_total error=other
	cp -a "$tmp/copy" "$tmp/v2-gc/$batch"
	echo release >"$ctl/control"
}
check "a read that fails is counted" errors
refuses() { expect_fail any "$1" bash -c "echo '$2' >'$ctl/control'"; }
counted() {
	local c
	for c in commit gc sweep verify remove pin unpin pins; do
		is 0 command_duration_seconds_count command=$c
		is 0 command_failures_total command=$c
	done
	echo gc dry-run >"$ctl/control"
	cat "$ctl/gc" "$ctl/sweep" "$ctl/usage.json" >/dev/null
	is 0 command_duration_seconds_count command=gc
	echo gc >"$ctl/control"
	is 1 command_duration_seconds_count command=gc
	is 2 checkpoints
	echo commit allow-empty >"$ctl/control"
	is 1 command_duration_seconds_count command=commit
	is 3 checkpoints
	refuses "No such file" "remove 01990000-0000-7000-8000-000000000001"
	is 1 command_failures_total command=remove
	is 1 command_errors_total error=ENOENT
	refuses "Invalid" "nonsense"
	refuses "Invalid" "gc dry-run nonsense"
	is 2 command_errors_total error=EINVAL
	is 0 command_failures_total command=gc
	hold_pidlock "$tmp/v2-gc"
	refuses "busy" gc
	release_pidlock
	is 1 command_failures_total command=gc
	is 2 command_duration_seconds_count command=gc
	is 1 command_errors_total error=EBUSY
	is 0 command_failures_total command=commit
	metrics mount "$tmp/mnt"
}
check "commands are counted, those that fail too, and dry runs not" counted
as_long_as_true() {
	local t
	is absent stored_bytes kind=state
	cat "$ctl/usage.json" >/dev/null
	metrics mount "$tmp/mnt" usage
	t=$(value usage_timestamp_seconds)
	head -c 777 /dev/zero >"$tmp/v2-gc/y.feldera"
	is "$t" usage_timestamp_seconds # not looked at
	is 0 garbage_files
	metrics mount "$tmp/mnt" usage
	is 777 stored_bytes kind=garbage
	is 1 garbage_files
	echo sweep >"$ctl/control"
	is absent garbage_files
	metrics mount "$tmp/mnt" usage
	is 0 garbage_files
	ckptfs commit "$tmp/v2-gc" --allow-empty # by somebody else
	wait_until 10 is 4 checkpoints
	is absent stored_bytes kind=state
	metrics mount "$tmp/mnt" usage
}
check "the sums of usage.json are shown as long as they are true" as_long_as_true
not_ok_now() {
	mv "$tmp/v2-gc/checkpoints.feldera" "$tmp/catalog"
	wait_until 10 is 0 root_ok
	is 4 checkpoints
	mv "$tmp/catalog" "$tmp/v2-gc/checkpoints.feldera"
	wait_until 10 is 1 root_ok
	metrics mount "$tmp/mnt"
}
check "a catalog that vanishes is seen, and what was last read stays" not_ok_now
umount_root "$tmp/mnt"
