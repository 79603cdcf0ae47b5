# What checkpoints hold, and what came and went between two of them.
set -eu
. "$(dirname "$0")/functions.sh"
requires jq python3 xz

found() { find "$1" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }'; }

# as_counted RECORD ROOT: du's numbers by another way, from dependencies.json and
# what was recorded.
as_counted() {
	ckptfs du --json "$2" >"$tmp/du.json"
	python3 - "$CKPTFS_SRC/tests/data/roots/$1.json" "$2" "$tmp/du.json" <<-'P'
		import json, os, sys
		from collections import Counter
		d, root, du = json.load(open(sys.argv[1])), sys.argv[2], json.load(open(sys.argv[3]))
		size = lambda p: os.path.getsize(os.path.join(root, p))
		uses = Counter(b for c in d["checkpoints"].values() for b in set(c["batches"]))
		for have, e in zip(du["checkpoints"], d["catalog"], strict=True):
		    u = e["uuid"]
		    batches = set(d["checkpoints"][u]["batches"])
		    want = {
		        "uuid": u,
		        "state_bytes": sum(size(f"{u}/{n}") for n in os.listdir(os.path.join(root, u))),
		        "batch_bytes": sum(map(size, batches)),
		        "batch_bytes_alone": sum(size(b) for b in batches if uses[b] == 1),
		    }
		    wrong = {k: (v, have[k]) for k, v in want.items() if have[k] != v}
		    assert not wrong, wrong
	P
}
sums_up() {
	[ "$(jq .total_bytes "$tmp/du.json")" = "$(found "$1")" ]
	jq -e '([.checkpoints[] | .state_bytes + .batch_bytes_alone] | add // 0)
		+ .shared_batch_bytes + .garbage_bytes + .other_bytes == .total_bytes' "$tmp/du.json"
	[ "$(jq .garbage_bytes "$tmp/du.json")" = "$(ckptfs sweep -n --json "$1" | jq .bytes)" ]
	[ "$(jq .gc.bytes "$tmp/du.json")" = "$(ckptfs gc -n --json "$1" | jq .bytes)" ]
}

for root in v1-solo v1-legacy v1-upgraded v2-solo v2-gc v2-garbage; do
	unpack_root $root "$tmp/$root"
	check "$root: du counts what each checkpoint holds" as_counted $root "$tmp/$root"
	check "$root: du adds up to the sizes of all files" sums_up "$tmp/$root"
done
has_garbage() {
	ckptfs du --json "$tmp/v2-garbage" | jq -e '.garbage_bytes > 0'
	ckptfs sweep "$tmp/v2-garbage"
	ckptfs du --json "$tmp/v2-garbage" | jq -e '.garbage_bytes == 0'
}
check "what a sweep would remove is garbage" has_garbage
writes_nothing() {
	find "$tmp/v2-gc" -printf '%P %C@\n' | sort >"$tmp/before"
	ckptfs du "$tmp/v2-gc"
	find "$tmp/v2-gc" -printf '%P %C@\n' | sort | diff "$tmp/before" -
}
check "du writes nothing" writes_nothing
deeper_files() {
	mkdir -p "$tmp/v2-gc/adhoc-tmp/a/b"
	head -c 1234 /dev/zero >"$tmp/v2-gc/adhoc-tmp/a/b/c"
	[ "$(ckptfs du --json "$tmp/v2-gc" | jq .total_bytes)" = "$(found "$tmp/v2-gc")" ]
}
check "files at any depth count" deeper_files
truly_free() {
	local before
	ckptfs du --json "$tmp/v2-solo" | jq -e '.gc.checkpoints == 4 and .gc.bytes > 0 and .gc.free_bytes == .gc.bytes'
	ckptfs archive "$tmp/v2-solo" "$tmp/archive" --all
	ckptfs du --json "$tmp/v2-solo" | jq -e '.gc.bytes > 0 and .gc.free_bytes == 0'
	ckptfs du "$tmp/v2-solo" | grep -q "and free 0 B"
	before=$(du -s --block-size=1 "$tmp" | cut -f1)
	ckptfs gc "$tmp/v2-solo"
	# Directories only.
	[ $((before - $(du -s --block-size=1 "$tmp" | cut -f1))) -le $((4 * 8192)) ]
}
check "what a gc truly frees is nothing while an archive has the files" truly_free
shown_mounted() {
	local mnt=$tmp/mnt
	mount_root "$1" "$mnt"
	diff <(ckptfs du --json "$1" 2>/dev/null) "$mnt/.ckptfs/usage.json"
	"${@:2}"
	[ "$(stat -c %a "$mnt/.ckptfs/usage.json")" = 400 ]
	# It is computed when it is opened.
	: >"$1/x.feldera"
	head -c 777 /dev/zero >"$1/y.feldera"
	diff <(ckptfs du --json "$1" 2>/dev/null) "$mnt/.ckptfs/usage.json"
	rm "$1/x.feldera" "$1/y.feldera"
	umount_root "$mnt"
}
usage_json() {
	local root
	for root in v1-legacy v2-solo v2-gc; do
		shown_mounted "$tmp/$root" jq -e '.total_bytes > 0' "$tmp/mnt/.ckptfs/usage.json"
	done
}
if [ -r /dev/fuse ] && [ -w /dev/fuse ]; then
	check "usage.json is what du says" usage_json
else
	skip_case "usage.json is what du says" "/dev/fuse is not there, or not for this user"
fi
damaged() {
	local u
	u=$(jq -r '.[2].uuid' "$tmp/v1-solo/checkpoints.feldera")
	echo '{' >"$tmp/v1-solo/$u/dependencies.json"
	ckptfs du --json "$tmp/v1-solo" 2>"$tmp/said" | jq -e '.garbage_bytes == null and .checkpoints[2].readable == false'
	grep -q "not known" "$tmp/said"
	[ "$(ckptfs du --json "$tmp/v1-solo" 2>/dev/null | jq .total_bytes)" = "$(found "$tmp/v1-solo")" ]
	if [ -r /dev/fuse ] && [ -w /dev/fuse ]; then
		shown_mounted "$tmp/v1-solo" jq -e '.garbage_bytes == null' "$tmp/mnt/.ckptfs/usage.json"
	fi
}
check "a damaged checkpoint is said, and the rest counted" damaged

# --- diff -------------------------------------------------------------------

unpack_root v2-solo "$tmp/r"
mapfile -t u < <(uuids "$tmp/r")

differs() { # before, after, from, to
	ckptfs diff -l --json "$1" "$3" ${5:+"$2"} "$4" >"$tmp/diff.json"
	python3 - "$CKPTFS_SRC/tests/data/roots/v2-solo.json" "$tmp/diff.json" "$3" "$4" <<-'P'
		import json, sys
		d, diff = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
		a, b = sys.argv[3:]
		size = lambda ns: sum(d["files"][n]["size"] for n in ns)
		before, after = (set(d["checkpoints"][x]["batches"]) for x in (a, b))
		for how, names in ("came", after - before), ("went", before - after), ("stayed", before & after):
		    have = diff["batches"][how]
		    assert have == {"files": len(names), "bytes": size(names), "names": sorted(names)}, (how, have)
		entry = {e["uuid"]: e for e in d["catalog"]}
		for key in "steps", "processed_records":
		    assert diff[key] == entry[b][key] - entry[a][key], key
		own = lambda x: [p for p in d["files"] if p.startswith(x + "/") and not p.endswith("/dependencies.json")]
		assert diff["bytes"] == size(after) + size(own(b)) - size(before) - size(own(a)), diff["bytes"]
		files = [set(p.split("/")[1] for p in own(x)) for x in (a, b)]
		for how, names in ("came", files[1] - files[0]), ("went", files[0] - files[1]), ("stayed", files[0] & files[1]):
		    assert diff["state_files"][how]["names"] == sorted(names), how
	P
}
check "diff says what came, went and stayed" differs "$tmp/r" "$tmp/r" "${u[0]}" "${u[4]}"
check "diff goes backwards too" differs "$tmp/r" "$tmp/r" "${u[4]}" "${u[1]}"
ckptfs archive "$tmp/r" "$tmp/ra" "${u[5]}" >/dev/null
check "diff compares with a checkpoint of another root" differs "$tmp/r" "$tmp/ra" "${u[2]}" "${u[5]}" two
the_same() {
	ckptfs diff --json "$tmp/r" "${u[5]}" "$tmp/ra" "${u[5]}" |
		jq -e '.batches.came.files == 0 and .batches.went.files == 0 and .bytes == 0 and .milliseconds == 0
			and .state_files.resized == 0 and .state_files.came.files + .state_files.went.files == 0'
}
check "an archived checkpoint differs in nothing" the_same
in_words() {
	ckptfs diff "$tmp/r" "${u[0]}" "${u[1]}" >"$tmp/text"
	grep -q '^batch files' "$tmp/text"
	grep -q '^steps: +1$' "$tmp/text"
	if grep -q "w0-" "$tmp/text"; then return 1; fi
	[ "$(ckptfs diff -l "$tmp/r" "${u[0]}" "${u[1]}" | grep -c '^came batch')" = \
		"$(ckptfs diff --json "$tmp/r" "${u[0]}" "${u[1]}" | jq .batches.came.files)" ]
}
check "diff speaks to people" in_words
all_64_bits() {
	mkdir "$tmp/big"
	cp -a "$tmp/r/." "$tmp/big"
	jq -c '.' "$tmp/r/checkpoints.feldera" |
		sed 's/"steps":0,/"steps":18446744073709551615,/; s/"steps":1,/"steps":3,/' >"$tmp/big/checkpoints.feldera"
	ckptfs diff --json "$tmp/big" "${u[0]}" "${u[1]}" | grep -q '"steps":-18446744073709551612,'
	ckptfs diff --json "$tmp/big" "${u[1]}" "${u[0]}" | grep -q '"steps":18446744073709551612,'
}
check "differences have all 64 bits and a sign" all_64_bits
refusals() {
	expect_fail 2 "uuid" ckptfs diff "$tmp/r" "${u[0]}" nonsense
	expect_fail 2 "uuid" ckptfs diff "$tmp/r" "$tmp/ra" "${u[0]}"
	expect_fail 2 "too few" ckptfs diff "$tmp/r" "${u[0]}"
	expect_fail 1 "not in the catalog" ckptfs diff "$tmp/r" "${u[0]}" 01990000-0000-7000-8000-000000000001
	expect_fail 1 "$tmp/ra: checkpoint ${u[1]} is not in the catalog" ckptfs diff "$tmp/r" "${u[0]}" "$tmp/ra" "${u[1]}"
	expect_fail 1 "No such file" ckptfs diff "$tmp/r" "${u[0]}" "$tmp/nowhere" "${u[1]}"
	expect_fail 1 "no storage root" ckptfs diff "$tmp/r" "${u[0]}" "$tmp/r/${u[0]}" "${u[1]}"
}
check "diff refuses what it does not know" refusals
