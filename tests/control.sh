# The control file: what is announced is what is done, and each writer gets its
# own answer.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires jq

ctl=$tmp/mnt/.ckptfs
listing() { (cd "$tmp/root" && find . -type f ! -name feldera.pidlock -printf '%P %s\n' | sort); }

unpack_root v2-solo "$tmp/root"
mount_root "$tmp/root" "$tmp/mnt"

help_is_there() { grep -q gc "$ctl/control"; }
check "reading control before a write gives the help" help_is_there

dry_runs_agree() {
	cat "$ctl/gc" >"$tmp/announced"
	ckptfs gc -n "$tmp/root" >"$tmp/dry"
	diff "$tmp/announced" "$tmp/dry"
}
check "reading .ckptfs/gc is what ckptfs gc -n says" dry_runs_agree

gc_does_what_was_announced() {
	ckptfs gc -n --json "$tmp/root" >"$tmp/plan.json"
	listing >"$tmp/before"
	ask "$tmp/mnt" gc >"$tmp/answer.json"
	listing >"$tmp/after"
	jq -e '.removed | length == 4' "$tmp/answer.json"
	jq -r '.items[] | select(.name | endswith("/") | not) | "\(.name) \(.bytes)"' "$tmp/plan.json" | sort >"$tmp/announced"
	# The catalog is smaller, not gone.
	comm -23 "$tmp/before" "$tmp/after" | grep -v '^checkpoints.feldera ' >"$tmp/gone"
	diff "$tmp/announced" "$tmp/gone"
	[ "$(jq .bytes "$tmp/answer.json")" = "$(awk '{ n += $2 } END { print n }' "$tmp/gone")" ]
	[ "$(jq .files "$tmp/answer.json")" = "$(wc -l <"$tmp/gone")" ]
	cmp <(jq -cS 'del(.items, .dry_run)' "$tmp/plan.json") <(jq -cS . "$tmp/answer.json")
}
check "gc removes what was announced, file for file and byte for byte" gc_does_what_was_announced

plain_echo() { echo gc >"$ctl/control"; }
check "a plain echo into control works" plain_echo

commits() {
	local uuid=019f0000-0000-7000-8000-000000000001
	mkdir "$tmp/root/$uuid"
	echo state >"$tmp/root/$uuid/pspine-0.dat"
	ask "$tmp/mnt" "commit uuid=$uuid identifier=\"from control\" steps=18446744073709551615" >"$tmp/answer.json"
	grep -q '"steps":18446744073709551615' "$tmp/answer.json"
	jq -e '.identifier == "from control"' "$tmp/answer.json"
	[ "$(jq -c '.[-1].uuid' "$tmp/root/checkpoints.feldera")" = "\"$uuid\"" ]
	[ -e "$tmp/root/$uuid/CHECKPOINT" ] && jq -e '.state_files | length == 2' "$tmp/root/$uuid/dependencies.json"
	ckptfs verify "$tmp/root" "$uuid"
}
check "a commit through control gives an entry and a sound checkpoint" commits

without_a_newline() {
	exec 3<>"$ctl/control"
	printf verify >&3
	jq -e .ok <&3
	exec 3>&-
}
check "a command without a newline is a command" without_a_newline

# fails ERRNO COMMAND: the write fails with it, and the answer says why.
fails() {
	python3 - "$ctl/control" "$@" <<-'P'
		import errno, json, os, sys
		path, want, command = sys.argv[1:4]
		fd = os.open(path, os.O_RDWR)
		try:
		    os.write(fd, command.encode("utf-8", "surrogateescape"))
		    sys.exit(f"it did not fail: {os.read(fd, 65536)!r}")
		except OSError as e:
		    if errno.errorcode[e.errno] != want:
		        sys.exit(f"{errno.errorcode[e.errno]}, not {want}")
		text = os.read(fd, 65536)
		if b"\x1b" in text or b"\x07" in text:
		    sys.exit("raw control characters in the answer")
		answer = json.loads(text)
		if not answer["error"]["message"]:
		    sys.exit(f"no sentence: {answer}")
	P
}
check "an unknown command is EINVAL" fails EINVAL "frobnicate"
check "an unknown word is EINVAL" fails EINVAL "gc frob=1"
check "an empty command is EINVAL" fails EINVAL $'\n'
check "binary rubbish is EINVAL" fails EINVAL $'\x01\x02\x1b[31m\xff'
check "a command of 64 KiB is EINVAL" fails EINVAL "$(head -c 65536 /dev/zero | tr '\0' x)"
check "an exception that is no checkpoint is ENOENT" fails ENOENT "gc except=019f0000-0000-7000-8000-0000000000ff"
check "a uuid that is none is EINVAL" fails EINVAL "remove 1234"
check "a fingerprint of another program is EINVAL" fails EINVAL "commit uuid=019f0000-0000-7000-8000-000000000002 fingerprint=1"

split_over_two_writes() { # each write is a command of its own
	python3 - "$ctl/control" <<-'P'
		import os, sys
		fd = os.open(sys.argv[1], os.O_RDWR)
		try:
		    os.write(fd, b"ver")
		    sys.exit("half a command was taken")
		except OSError:
		    pass
		os.write(fd, b"verify")
		assert b'"ok":true' in os.read(fd, 65536)
	P
}
check "each write is one command" split_over_two_writes

two_writers() {
	local i
	for i in 1 2 3 4 5; do
		(exec 3<>"$ctl/control"; echo verify >&3; jq -e .ok <&3 >/dev/null) &
		(exec 3<>"$ctl/control"; echo "gc dry-run" >&3; jq -e '.removed | length >= 0' <&3 >/dev/null) &
	done
	local p
	for p in $(jobs -p); do wait "$p"; done
}
check "writers at once each get their own answer" two_writers

others_write_nowhere() {
	local f
	for f in "$tmp/mnt/x" "$tmp/mnt/latest/x" "$tmp/mnt/latest/metadata.json" "$ctl/status.json"; do
		expect_fail any "Read-only file system" dd of="$f" count=0
	done
	expect_fail any "Read-only file system" mkdir "$tmp/mnt/d"
	expect_fail any "Read-only file system" rm -f "$tmp/mnt/latest/metadata.json"
	expect_fail any "Read-only file system" chmod 600 "$tmp/mnt/latest/metadata.json"
}
check "nothing else can be written" others_write_nowhere

logged() { grep -q frobnicate "$ctl/log"; }
check "what failed is in the log" logged
status_is_json() { jq -e '.ok == true' "$ctl/status.json"; }
check "status.json says that all is well" status_is_json
