# What the command line does not understand, or can't do: the right exit code, a
# sentence that says so, and nothing changed.
set -eu
. "$(dirname "$0")/functions.sh"

root=$tmp/root
none=0199f0c2-1a2b-7c3d-8e4f-0123456789ab
unpack_root v2-solo "$root"
uuid=$(ckptfs list "$root" | awk 'NR == 2 { print $1 }')
sha256_tree "$root" >"$tmp/before"

# refuse CODE PATTERN ARG...: and not a word on standard output.
refuse() {
	local code=$1 pattern=$2
	shift 2
	expect_fail "$code" "^ckptfs: .*$pattern" ckptfs "$@" >"$tmp/out"
	[ ! -s "$tmp/out" ]
	sha256_tree "$root" | diff "$tmp/before" -
}

check "no verb" refuse 2 "no verb"
check "an unknown verb" refuse 2 "unknown verb 'frob'" frob "$root"
check "an unknown general option" refuse 2 "unknown verb '--frob'" --frob
check "no root" refuse 2 "no ROOT" gc
check "an unknown option" refuse 2 "unknown option '--frob'.*--help" gc "$root" --frob
check "an unknown letter" refuse 2 "unknown option '-x'" list "$root" -x
check "an option of another verb" refuse 2 "unknown option '--yes'" gc "$root" --yes
check "an option cut short" refuse 2 "unknown option '--dry'" gc "$root" --dry
check "a value for a flag" refuse 2 "no value" gc "$root" --dry-run=yes
check "no value" refuse 2 "value must follow '--except'" gc "$root" --except
check "too many operands" refuse 2 "too many: 'more'" gc "$root" more
check "too few operands" refuse 2 "too few" remove "$root"
check "two uuids to remove" refuse 2 "too many" remove "$root" "$uuid" "$uuid"
check "the beginning of a uuid" refuse 2 "not a uuid.*${uuid%-*}" remove "$root" "${uuid%-*}"
check "an exception that is no uuid" refuse 2 "'1234' is not a uuid" gc "$root" --except 1234
check "the nil uuid" refuse 2 "is not a uuid" commit "$root" --uuid 00000000-0000-0000-0000-000000000000
for n in x 18446744073709551616 -1 1.0 0x1 '' ' 1'; do
	check "fingerprint '$n'" refuse 2 "not a whole number" commit "$root" "--fingerprint=$n"
	check "fingerprint '$n' to verify" refuse 2 "not a whole number" verify "$root" --fingerprint "$n"
done
check "steps twice" refuse 2 "given twice" commit "$root" --steps 1 --steps 2
check "a version of dependencies that there is not" refuse 2 "'3' is unknown" commit "$root" --dependencies-version 3
check "an identifier that is not UTF-8" refuse 2 'not UTF-8' commit "$root" --identifier $'\xff'
check "rebuild without --yes" refuse 2 "--yes" rebuild "$root"

check "an exception that is no checkpoint" refuse 1 "$none is not in the catalog" gc "$root" --except $none
check "the same in a dry run" refuse 1 "$none is not in the catalog" gc "$root" -n --except $none
check "removing no checkpoint" refuse 1 "$none is not in the catalog" remove "$root" $none
check "showing no checkpoint" refuse 1 "$none is not in the catalog" show "$root" $none
check "verifying no checkpoint" refuse 1 "$none" verify "$root" $none
check "a checkpoint committed twice" refuse 1 "$uuid" commit "$root" --uuid "$uuid"
check "rebuild where nothing is lost" refuse 1 "can be read" rebuild "$root" --yes

# What is no root.
mkdir "$tmp/empty" "$tmp/other"
: >"$tmp/other/file"
for verb in list gc sweep verify "rebuild --yes"; do
	# shellcheck disable=SC2086 # the options are words of their own
	check "${verb%% *} where nothing is" refuse 1 "No such file" $verb "$tmp/nowhere"
	# shellcheck disable=SC2086
	check "${verb%% *} of a file" refuse 1 "not a directory" $verb "$tmp/other/file"
	# shellcheck disable=SC2086
	check "${verb%% *} of an empty directory" refuse 1 "no storage root" $verb "$tmp/empty"
	# shellcheck disable=SC2086
	check "${verb%% *} of another directory" refuse 1 "no storage root" $verb "$tmp/other"
done
check "a commit into another directory" refuse 1 "no storage root" commit "$tmp/other" --fingerprint 1 --allow-empty
nothing_made() { [ "$(ls -A "$tmp/other")" = file ] && [ -z "$(ls -A "$tmp/empty")" ]; }
check "nothing was made there" nothing_made

unreadable() {
	is_root || chmod 000 "$tmp/closed"
	if is_root; then
		as_nobody chmod 000 "$tmp/closed" 2>/dev/null || chown nobody "$tmp/closed"
		chmod 000 "$tmp/closed"
	fi
	expect_fail 1 "^ckptfs: .*Permission denied" ckptfs list "$tmp/closed"
	chmod 755 "$tmp/closed"
}
unpack_root v2-gc "$tmp/closed"
check "a root that can't be read" unreadable

# What the terminal would obey never reaches it.
no_escapes() {
	local status=0
	ckptfs list "$tmp/$(printf 'a\033[31m\nb')" 2>"$tmp/err" || status=$?
	[ $status = 1 ] && [ "$(wc -l <"$tmp/err")" = 1 ]
	! grep -q "$(printf '\033')" "$tmp/err" || return 1
	grep -qF 'a\x1b[31m\x0ab' "$tmp/err"
}
check "a strange name of a root is shown, not sent" no_escapes

# Where the result can't be told, it is no success.
closed_output() {
	expect_fail 1 "standard output is closed" sh -c 'exec ckptfs gc "$1" >&-' sh "$root"
	sha256_tree "$root" | diff "$tmp/before" -
}
check "nothing is done if standard output is closed" closed_output
full_output() { expect_fail 1 "No space left" sh -c 'exec ckptfs list "$1" >/dev/full' sh "$root"; }
check "a full standard output is a failure" full_output
broken_pipe() {
	local status
	set +o pipefail
	{ status=0; ckptfs list --json "$root" 2>"$tmp/err" || status=$?; echo $status >"$tmp/status"; } |
		sh -c 'exec <&-; sleep 0.2'
	[ "$(cat "$tmp/status")" != 0 ] || return 0 # it was faster than the reader's end
	[ "$(cat "$tmp/status")" = 141 ] && [ ! -s "$tmp/err" ]
}
check "a reader that goes ends it without a word" broken_pipe

# Help is for all and for each.
helps() {
	local verb
	ckptfs --help >"$tmp/help"
	for verb in list show commit gc sweep verify remove rebuild mount; do
		grep -q "^ *$verb " "$tmp/help"
		ckptfs $verb --help >"$tmp/of"
		grep -q "ckptfs $verb .*ROOT" "$tmp/of"
		ckptfs $verb -h | diff "$tmp/of" -
	done
	ckptfs --version | grep -qE '^ckptfs [0-9]+\.[0-9]+'
	ckptfs -V | grep -q .
}
check "help and version" helps
