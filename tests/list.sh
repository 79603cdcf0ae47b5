# list and show: what they say by default, what can be asked for, and that it can
# be read on any terminal, in any language.
set -eu
. "$(dirname "$0")/functions.sh"
requires jq python3

root=$tmp/root
unpack_root v2-solo "$root"
catalog=$root/checkpoints.feldera
mapfile -t uuid < <(jq -r '.[].uuid' "$catalog")

heads() { ckptfs list "$@" | head -n 1 | tr -s ' '; }
defaults() {
	[ "$(heads "$root")" = "UUID CREATED AGE SIZE STEPS RECORDS IDENTIFIER" ]
	[ "$(heads -l "$root")" = "UUID CREATED STATE BATCHES BATCH FILES STATE FILES STEPS RECORDS IDENTIFIER" ]
	unpack_root v1-upgraded "$tmp/upgraded"
	[ "$(heads "$tmp/upgraded")" = "UUID CREATED AGE SIZE STEPS RECORDS FINGERPRINT IDENTIFIER" ]
	ckptfs list "$tmp/upgraded" | grep -q ' 12287961165687857152  step "0"'
}
check "the fingerprint is shown where there are several" defaults

marks() {
	cp -a "$root" "$tmp/marked"
	printf '{"circuit":{"uuid":"%s","fingerprint":1}}' "${uuid[3]}" >"$tmp/marked/state.json"
	ckptfs pin "$tmp/marked" vorher "${uuid[0]}"
	ckptfs pin "$tmp/marked" later "${uuid[0]}" --expires 2d
	ckptfs pin "$tmp/marked" both "${uuid[3]}"
	# As a mount's reader does.
	python3 - "$tmp/marked/${uuid[1]}/CHECKPOINT" "$tmp/held" <<-'P' &
		import fcntl, os, struct, sys, time
		f = os.open(sys.argv[1], os.O_RDONLY)
		fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0, 0, 0)) # F_OFD_SETLK
		open(sys.argv[2], "w").close()
		time.sleep(3600)
	P
	local reader=$!
	cleanup_fn kill_quietly $reader
	wait_until 10 test -e "$tmp/held"
	[ "$(heads "$tmp/marked")" = "UUID CREATED AGE SIZE STEPS RECORDS MARKS IDENTIFIER" ]
	ckptfs list "$tmp/marked" --no-header -o marks,pins | tr -s ' ' >"$tmp/marks"
	diff - "$tmp/marks" <<-'T'
		pinned later,vorher
		read -
		- -
		resumes,pinned both
		- -
		- -
	T
	ckptfs list "$tmp/marked" -l --json | jq -e --arg u "${uuid[0]}" '.checkpoints |
		[.[].resumes] == [false, false, false, true, false, false] and
		[.[].being_read] == [false, true, false, false, false, false] and
		.[0].pins[1] == {name: "vorher", expires: null} and (.[0].pins[0].expires | startswith("20"))'
	ckptfs show "$tmp/marked" "${uuid[1]}" | grep -q '^read '
	ckptfs show "$tmp/marked" "${uuid[0]}" | grep -qE '^pinned as +later until 20'
	ckptfs show "$tmp/marked" "${uuid[3]}" | grep -q '^resumes '
	kill_quietly $reader
	wait $reader 2>/dev/null || :
	[ "$(ckptfs list "$tmp/marked" --no-header -o marks | sed -n 2p)" = - ]
	# Nothing that can't be read is worth a failure.
	echo '{' >"$tmp/marked/ckptfs-pins.json"
	ckptfs list "$tmp/marked" -o uuid,marks 2>"$tmp/err" | grep -q "^${uuid[3]}  resumes$"
	grep -q 'ckptfs-pins.json' "$tmp/err"
}
check "marks say what keeps a gc away from it" marks

column() { ckptfs list "$root" --no-header -o "$1" "${@:2}" | tr '\n' ' '; }
orders() {
	[ "$(column steps)" = "0 1 2 3 4 5 " ]
	[ "$(column steps -r)" = "5 4 3 2 1 0 " ]
	[ "$(column steps --sort age)" = "5 4 3 2 1 0 " ]
	[ "$(column steps --sort age --reverse)" = "0 1 2 3 4 5 " ]
	[ "$(column steps --sort identifier)" = "1 2 4 5 0 3 " ]
	[ "$(column steps --sort identifier -r)" = "3 0 5 4 2 1 " ]
	[ "$(column steps --sort state)" = "0 1 2 3 4 5 " ]
	ckptfs list "$root" --no-header -o batches --sort batches >"$tmp/sorted"
	sort -n "$tmp/sorted" | diff - "$tmp/sorted"
	ckptfs list "$root" --json --sort steps --reverse | jq -e '[.checkpoints[].steps] == [5, 4, 3, 2, 1, 0]'
	# Above 2^63 too.
	local last
	last=$(ckptfs list "$tmp/upgraded" --no-header -o fingerprint --sort fingerprint | tail -n 1 | tr -d ' ')
	[ "$last" = 12287961165687857152 ]
}
check "it is sorted by any column, numbers as numbers, equals as in the catalog" orders

filters() {
	[ "$(column steps --identifier 'step*')" = "0 3 " ]
	[ "$(column steps --identifier '*"3"*' --identifier '*"0"*')" = "0 3 " ]
	ckptfs list "$root" --identifier '*"3"*' --json | jq -e '[.checkpoints[].steps] == [3]'
	[ "$(ckptfs list "$root" --identifier none)" = "no checkpoint has such an identifier" ]
	[ -z "$(ckptfs list "$root" --identifier none --no-header)" ]
	ckptfs list "$root" --identifier none --json | jq -e '.checkpoints == []'
}
check "only those with such an identifier" filters

json_stays() { # whatever text looks like
	[ "$(ckptfs list "$root" --json)" = "$(ckptfs list "$root" --json --no-header)" ]
	ckptfs list "$root" --json | jq -e --slurpfile c "$catalog" '[.checkpoints[] | del(.created_at)] == $c[0]'
	expect_fail 2 "JSON has all" ckptfs list "$root" --json -o uuid
	expect_fail 2 "no column 'UUID'; there are uuid, created, " ckptfs list "$root" -o UUID
	expect_fail 2 "takes one column" ckptfs list "$root" --sort uuid,age
	expect_fail 2 "given twice" ckptfs list "$root" -o uuid -o age
	[ "$(ckptfs list "$root" -osteps -r)" = "$(ckptfs list "$root" --columns=steps --reverse)" ]
	[ "$(ckptfs list "$root" -ro steps)" = "$(ckptfs list "$root" --columns steps --reverse)" ]
}
check "JSON is the catalog's, and words that contradict are refused" json_stays

# --- one checkpoint -------------------------------------------------------------

shows() {
	local u=${uuid[2]}
	ckptfs show "$root" "$u" --json >"$tmp/show.json"
	[ "$(jq .batches "$tmp/show.json")" = "$(jq '.batches | length' "$root/$u/dependencies.json")" ]
	[ "$(jq .state_files "$tmp/show.json")" = "$(find "$root/$u" -type f | wc -l)" ]
	# Alone, as du counts it.
	[ "$(ckptfs du "$root" --json | jq --arg u "$u" '.checkpoints[] | select(.uuid == $u) | .batch_bytes_alone')" = \
		"$(jq .batch_bytes_alone "$tmp/show.json")" ]
	python3 - "$root" "$u" >"$tmp/alone" <<-'P'
		import glob, json, os, sys
		root, u = sys.argv[1:]
		needs = {os.path.basename(os.path.dirname(f)): set(json.load(open(f))["batches"])
		         for f in glob.glob(root + "/*/dependencies.json")}
		alone = needs[u] - set().union(*(n for v, n in needs.items() if v != u))
		print(len(alone), sum(os.path.getsize(f"{root}/{b}") for b in alone))
	P
	[ "$(jq -r '"\(.batches_alone) \(.batch_bytes_alone)"' "$tmp/show.json")" = "$(cat "$tmp/alone")" ]
	ckptfs show "$root" "$u" | grep -qE '^  alone +[0-9]+, '
	ckptfs show "$root" "$u" | grep -qE '^created +20[0-9-]+ [0-9:]+Z \([0-9]+[a-z]+ ago\)$'
}
check "show counts files, and those that only this one needs" shows

unknown() {
	cp -a "$root" "$tmp/unknown"
	python3 - "$tmp/unknown/checkpoints.feldera" <<-'P'
		import sys
		text = open(sys.argv[1]).read()
		extra = r'"new":{"a":[18446744073709551615,1e400,"}\u001b[31m"]},"state_files":"mine",'
		open(sys.argv[1], "w").write(text.replace('"size"', extra + '"size"', 1))
	P
	ckptfs show "$tmp/unknown" "${uuid[0]}" >"$tmp/out"
	grep -qE '^new +\{"a":\[18446744073709551615,1e400,"}\\u001b\[31m"\]}$' "$tmp/out"
	grep -qE '^state_files +"mine"$' "$tmp/out"
	ckptfs show "$tmp/unknown" "${uuid[0]}" --json | jq -e '.state_files == "mine"'
	[ "$(ckptfs show "$tmp/unknown" "${uuid[0]}" --json | grep -o '"state_files":' | wc -l)" = 1 ]
}
check "show has the members that only others know" unknown

# --- terminals ------------------------------------------------------------------

on_terminal() { python3 "$CKPTFS_SRC/tests/terminal.py" "$@"; }

# Identifiers in any language, of any length.
cat >"$tmp/world.py" <<'P'
import json, sys
root = sys.argv[1]
names = ["plain", "漢字の名前", "e\u0301\u0327 combined", "שלום עולם", "سلام", "🎉 done 🎉", "\u0000 null", "\u001b[31m red",
         "line\nbreak", "\u202e turned", "\u200b\u200d", "한국어", "x" * 300, "漢" * 150, "", None]
catalog = json.load(open(root + "/checkpoints.feldera"))
one = catalog[0]
out = []
for i, n in enumerate(names):
    out.append(dict(one, uuid=f"0199f0c2-0000-7000-8000-0000000000{i:02x}", identifier=n, steps=i))
json.dump(out, open(root + "/checkpoints.feldera", "w"), ensure_ascii=False)
P
cp -a "$root" "$tmp/world"
python3 "$tmp/world.py" "$tmp/world"

# The columns where the last one begins, as a terminal counts them.
cat >"$tmp/measure.py" <<'P'
"""measure.py WIDTH MARK: no line of the input is wider (0: any), and MARK, where it
is given, begins in the same column of each line"""
import sys, unicodedata
def width(s):
    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else
               2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in s)
text = sys.stdin.buffer.read().decode()
assert text.endswith("\n")
limit, at = int(sys.argv[1]), set()
for line in text[:-1].split("\n"):
    assert all(unicodedata.category(c) not in ("Cc", "Zl", "Zp") for c in line), line
    assert not limit or width(line) <= limit, (width(line), line)
    if len(sys.argv) > 2:
        at.add(width(line[:line.rindex(sys.argv[2])]))
assert len(at) <= 1, at
print(len(text))
P
measure() { python3 "$tmp/measure.py" "$@"; }

aligned() {
	ckptfs list "$tmp/world" | measure 0 # nothing is cut
	ckptfs list "$tmp/world" | grep -q "$(printf 'x%.0s' $(seq 300))$"
	! ckptfs list "$tmp/world" | grep -q … || return 1
	# With another column behind it.
	ckptfs list "$tmp/world" --no-header -o identifier,uuid | measure 0 "0199f0c2-"
	ckptfs list "$tmp/world" --no-header -o steps,identifier,fingerprint | measure 0 " 13306897943083404884"
	LC_ALL=C ckptfs list "$tmp/world" --no-header -o identifier,uuid | measure 0 "0199f0c2-"
	ckptfs list "$tmp/world" --json | jq -e '.checkpoints | length == 16 and .[12].identifier == "x" * 300'
}
check "columns stand below each other in any language, and a pipe gets all of it" aligned

fits() {
	local columns
	for columns in 1 2 7 20 37 40 60 80 100 132 200; do
		on_terminal "$columns" ckptfs list "$tmp/world" >"$tmp/out"
		measure "$columns" <"$tmp/out"
		[ "$(wc -l <"$tmp/out")" = 17 ]
		on_terminal "$columns" ckptfs list "$root" -l | measure "$columns"
		on_terminal "$columns" ckptfs list "$tmp/world" -o identifier,uuid,created,marks | measure "$columns"
	done
	# At 20 columns it is the beginnings of uuids, at 80 what matters most is there.
	on_terminal 20 ckptfs list "$root" | sed -n 2p | grep -qx "${uuid[0]:0:19}…"
	on_terminal 80 ckptfs list "$root" | head -n 1 | tr -s ' ' | grep -qx 'UUID AGE STEPS RECORDS IDENTIFIER'
	on_terminal 200 ckptfs list "$root" | diff - <(ckptfs list "$root")
	# What was asked for is never left out.
	on_terminal 60 ckptfs list "$root" -o size,uuid,created | sed -n 2p | grep -qE "^2.5 KiB  ${uuid[0]}  2026-11-24 0…$"
	# A terminal that does not say how wide it is.
	on_terminal 0 ckptfs list "$root" | diff - <(ckptfs list "$root")
}
check "on a terminal no line is too long, down to a single column" fits

plain() { # neither colours nor a pager, whatever is asked for
	export PAGER=false LESS=R FORCE_COLOR=1 CLICOLOR_FORCE=1 TERM=xterm-256color
	on_terminal 300 ckptfs list "$root" | diff - <(ckptfs list "$root")
	NO_COLOR=1 on_terminal 300 ckptfs show "$root" | diff - <(ckptfs show "$root")
}
check "no colours, and no pager" plain

# --- who reads it ---------------------------------------------------------------

# pipe ARG...: the exit code with a reader that takes one byte of very many.
python3 - "$tmp/world/checkpoints.feldera" "$tmp/long" <<'P'
import json, os, sys
one = json.load(open(sys.argv[1]))[0]
os.mkdir(sys.argv[2])
open(sys.argv[2] + "/feldera.pidlock", "w").close()
json.dump([dict(one, uuid=f"0199f0c2-0000-7000-8000-00000000{i:04x}") for i in range(3000)],
          open(sys.argv[2] + "/checkpoints.feldera", "w"))
P
pipe() {
	local status
	set +o pipefail
	{ status=0; "$@" 2>"$tmp/err" || status=$?; echo $status >"$tmp/status"; } | head -c 1 >/dev/null
	cat "$tmp/status"
}
pipes() {
	local verb
	for verb in list "list --json" "list -o uuid"; do
		# shellcheck disable=SC2086 # words
		[ "$(pipe ckptfs $verb "$tmp/long")" = 141 ] # SIGPIPE
		[ ! -s "$tmp/err" ]
	done
	# Who ignores the signal is told, as by any filter.
	[ "$(pipe env --ignore-signal=PIPE ckptfs list "$tmp/long")" = 1 ]
	grep -q '^ckptfs: .*Broken pipe' "$tmp/err"
	[ "$(wc -l <"$tmp/err")" = 1 ]
}
check "a reader that goes ends it by SIGPIPE, without a word" pipes

# Every verb that there is, on a root where it succeeds: it must not look so.
full() {
	local verb arg
	declare -A words=([show]=latest [commit]="--allow-empty" [rebuild]="--fingerprint 1 --yes" [unpin]=name
		[remove]=${uuid[0]} [pin]="name ${uuid[0]}" [archive]=$tmp/arch [diff]="${uuid[0]} ${uuid[1]}")
	for verb in $(ckptfs --help | sed -n 's/^   \([a-z]*\) .*ROOT.*/\1/p'); do
		[ "$verb" != mount ] || continue
		for arg in "" --json; do
			[ "$verb$arg" != metrics--json ] || continue # its text is for programs
			rm -rf "$tmp/full" "$tmp/arch"
			cp -a "$root" "$tmp/full"
			[ "$verb" != unpin ] || ckptfs pin "$tmp/full" name "${uuid[0]}" >/dev/null
			[ "$verb" != rebuild ] || rm "$tmp/full/checkpoints.feldera"
			# shellcheck disable=SC2086 # words
			expect_fail 1 "^ckptfs: can't write the result to standard output: No space left" \
				ckptfs "$verb" "$tmp/full" ${words[$verb]:-} $arg >/dev/full
		done
	done
	for verb in --help --version "list --help" "mount --help"; do
		# shellcheck disable=SC2086
		expect_fail any "No space left" ckptfs $verb >/dev/full
	done
}
check "no verb succeeds whose result could not be written" full
