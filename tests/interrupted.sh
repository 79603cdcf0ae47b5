# Ctrl-C in the middle: what was done is said and sound, the next run finishes.
#
# strace sends the signal at a chosen system call of the first thread (the others
# block it), so it comes in the middle whatever the machine is busy with.
set -eu
. "$(dirname "$0")/functions.sh"
requires strace python3 jq
strace -o "$tmp/probe" -e inject=fsync:retval=0 true 2>"$tmp/why" || skip_optional "strace can't inject: $(cat "$tmp/why")"

make_root() { python3 "$CKPTFS_SRC/tests/make-root.py" "$@"; }

# interrupted SIGNAL CALL COUNT PATTERN VERB ARG...: it fails, and says so.  Each
# of the calls named by $slow takes a while.
interrupted() {
	local signal=$1 call=$2 count=$3 pattern=$4
	shift 4
	expect_fail 1 "^ckptfs: .*$pattern" strace -f -qq -o /dev/null -e "trace=$call" \
		-e "inject=$call:signal=$signal:when=$count" ${slow:+-e "trace=$call,$slow"} \
		${slow:+-e "inject=$slow:delay_enter=500"} ckptfs "$@" >"$tmp/out" || { cat "$tmp/out"; return 1; }
}
checkpoints() { ckptfs list "$1" --no-header -o uuid | wc -l; }

make_root "$tmp/many" 540 3 600

gc_looking() {
	ckptfs sweep "$tmp/many" # for its lock file
	sha256_tree "$tmp/many" >"$tmp/before"
	interrupted TERM openat2 300 'nothing was changed by this step$' gc "$tmp/many"
	[ ! -s "$tmp/out" ]
	sha256_tree "$tmp/many" | diff "$tmp/before" -
	interrupted INT openat2 300 'nothing was changed by this step$' gc "$tmp/many" -n
	interrupted INT openat2 300 'interrupted' du "$tmp/many"
	interrupted INT openat2 300 'interrupted' list -l "$tmp/many"
	sha256_tree "$tmp/many" | diff "$tmp/before" -
}
check "while it still looks, nothing has changed" gc_looking

gc_rounds() {
	interrupted INT unlinkat 2 'interrupted; 500 checkpoints were removed, 38 more were to go$' gc "$tmp/many"
	tail -n 1 "$tmp/out" | grep -q '^removed 500 checkpoints: 1500 files'
	[ "$(checkpoints "$tmp/many")" = 40 ]
	ckptfs verify "$tmp/many"
	ckptfs sweep "$tmp/many" -n --json | jq -e '.removed == []'
}
check "a gc ends between two rounds, and leaves nothing half removed" gc_rounds

gc_again() {
	ckptfs gc "$tmp/many" --json | jq -e '.removed | length == 38'
	[ "$(checkpoints "$tmp/many")" = 2 ]
	ckptfs verify "$tmp/many"
}
check "the next gc finishes it" gc_again

sweeps() {
	local n
	for n in $(seq 1500); do : >"$tmp/many/w7-garbage$n.feldera"; done
	interrupted INT unlinkat 2 'interrupted; the sweep removed [0-9]* names and may have left others$' sweep "$tmp/many"
	n=$(sed -n 's/.*the sweep removed \([0-9]*\) names.*/\1/p' "$TMPDIR/stderr")
	[ "$(grep -c '^remove ' "$tmp/out")" = "$n" ]
	[ "$n" -gt 0 ] && [ "$n" -lt 1500 ]
	[ "$(find "$tmp/many" -name 'w7-*' | wc -l)" = $((1500 - n)) ]
	ckptfs verify "$tmp/many"
	ckptfs sweep "$tmp/many" --json | jq -e --argjson n "$n" '.removed | length == 1500 - $n'
	ckptfs verify "$tmp/many"
}
check "a sweep says how much it removed, and the next one finishes it" sweeps

# Of many files each.
make_root "$tmp/big" 3 700 1024
archives() {
	interrupted INT statx 100 'interrupted; checkpoint [0-9a-f-]* was not added$' archive "$tmp/big" "$tmp/arch" --all
	# It was the first: what was made for it has gone again.
	[ ! -e "$tmp/arch" ] || [ "$(find "$tmp/arch" -type f ! -name feldera.pidlock | wc -l)" = 0 ]
	# That of the catalog.
	interrupted TERM renameat 1 'interrupted' archive "$tmp/big" "$tmp/arch" --all
	grep -q '^1 checkpoint archived' "$tmp/out"
	[ "$(checkpoints "$tmp/arch")" = 1 ]
	ckptfs verify "$tmp/arch"
	ckptfs sweep "$tmp/arch" -n --json | jq -e '.removed == []'
	ckptfs archive "$tmp/big" "$tmp/arch" --all --json | jq -e '(.added | length) == 2 and .present == 1'
	ckptfs verify "$tmp/arch"
}
check "an archive has whole checkpoints only, and the next run adds the rest" archives

commits() {
	local u=0199f0d0-0000-7000-8000-000000000001
	ckptfs sweep "$tmp/big" # for its lock file
	mkdir "$tmp/big/$u"
	python3 - "$tmp/big" $u <<'P'
import json, sys
root, u = sys.argv[1:]
for i in range(1200):
    open(f"{root}/{u}/z1-{i}.dat", "w").close()
json.dump({"batches": [], "state_files": [f"z1-{i}.dat" for i in range(1200)]}, open(f"{root}/{u}/dependencies.json", "w"))
P
	sha256_tree "$tmp/big" >"$tmp/before"
	interrupted INT fsync 3 "interrupted; checkpoint $u was not committed$" commit "$tmp/big" --uuid $u
	sha256_tree "$tmp/big" | diff "$tmp/before" -
	ckptfs commit "$tmp/big" --uuid $u
	ckptfs verify "$tmp/big"
}
check "a commit takes back what it had begun" commits

rebuilds() {
	rm "$tmp/big/checkpoints.feldera"
	interrupted INT openat2 12 'interrupted; no catalog was written$' rebuild "$tmp/big" --fingerprint 1 --yes
	[ ! -e "$tmp/big/checkpoints.feldera" ]
	ckptfs rebuild "$tmp/big" --fingerprint 1 --yes
	[ "$(checkpoints "$tmp/big")" = 4 ]
}
check "a rebuild writes nothing, or all" rebuilds

verifies() {
	sha256_tree "$tmp/big" >"$tmp/before"
	interrupted TERM statx 400 'interrupted after [0-9]* of 4 checkpoints$' verify "$tmp/big"
	# While it waits for those that check, who are slow, so that there is something
	# left.
	slow=close interrupted INT futex 2 'interrupted after [0-9]* of 700 batches$' verify "$tmp/big" --deep
	[ ! -s "$tmp/out" ]
	sha256_tree "$tmp/big" | diff "$tmp/before" -
	ckptfs verify "$tmp/big"
}
check "a verify says how far it was" verifies

diffs() {
	local u
	mapfile -t u < <(ckptfs list "$tmp/big" --no-header -o uuid)
	interrupted INT statx 300 'interrupted after [0-9]* of [0-9]* files were compared$' diff "$tmp/big" "${u[0]}" "${u[1]}"
	[ ! -s "$tmp/out" ]
	grep -qE 'after [1-9][0-9]* of (7|14)[0-9][0-9] ' "$TMPDIR/stderr"
	ckptfs diff "$tmp/big" "${u[0]}" "${u[1]}" | grep -q '^batch files'
}
check "a diff says how far it was" diffs
