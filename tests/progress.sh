# What takes long says how far it is: a bar on a terminal, nothing with --quiet.
# strace makes one system call slow, so that the verb takes long.
set -eu
. "$(dirname "$0")/functions.sh"
requires strace python3 jq
strace -o "$tmp/probe" -e inject=fsync:retval=0 true 2>"$tmp/why" || skip_optional "strace can't inject: $(cat "$tmp/why")"

unpack_root v2-solo "$tmp/made"
mapfile -t uuid < <(uuids "$tmp/made")

export TERM=xterm

# slowly CALL VERB ARG...: its first such call takes longer than one waits in
# silence.  Its standard error is then in $tmp/bar.
slowly() {
	local call=$1
	shift
	rm -rf "$tmp/root" "$tmp/arch"
	cp -a "$tmp/made" "$tmp/root"
	[ "$1" != rebuild ] || rm "$tmp/root/checkpoints.feldera"
	if [ "$1" = sweep ]; then
		# More than are removed at once.
		seq 1001 | (cd "$tmp/root" && sed 's/.*/w7-&.feldera/' | xargs touch)
	fi
	if [ "$1" = commit ]; then
		mkdir "$tmp/root/0199f0d0-0000-7000-8000-000000000001"
		echo s >"$tmp/root/0199f0d0-0000-7000-8000-000000000001/pspine-0.dat"
	fi
	ERRORS=$tmp/bar python3 "$CKPTFS_SRC/tests/terminal.py" 80 strace -f -qq -o /dev/null -e "trace=$call" \
		-e "inject=$call:delay_enter=600000:when=1" ckptfs "$@" >"$tmp/out"
}

tells() { # WHAT CALL VERB ARG...
	local what=$1
	shift
	slowly "$@"
	# Percent, a bar, so many of so many of what; gone at the end.
	grep -qaE " *[0-9]+% \[[#.]+\] [0-9]+ of [0-9]+ $what" "$tmp/bar" || { cat -v "$tmp/bar"; echo; return 1; }
	[ "$(tail -c 4 "$tmp/bar" | od -An -c | tr -d ' ')" = '\r033[K' ]
	# No line is longer than the terminal.
	tr '\r' '\n' <"$tmp/bar" | sed 's/\x1b\[K//' | awk 'length($0) > 79 { bad = 1 } END { exit bad }'
}

U=0199f0d0-0000-7000-8000-000000000001
check "list -l" tells "checkpoints looked at" openat2 list "$tmp/root" -l
check "verify" tells "checkpoints verified" openat2 verify "$tmp/root"
check "verify --deep" tells "batches checked" futex verify "$tmp/root" --deep
check "du" tells "checkpoints read" openat2 du "$tmp/root"
check "diff" tells "files compared" statx diff "$tmp/root" "${uuid[0]}" "${uuid[1]}"
check "gc" tells "names removed" unlinkat gc "$tmp/root"
check "remove" tells "checkpoints read" openat2 remove "$tmp/root" "${uuid[0]}"
check "sweep" tells "names removed" unlinkat sweep "$tmp/root"
check "archive of one" tells "files archived" linkat archive "$tmp/root" "$tmp/arch"
check "archive of all" tells "checkpoints archived" linkat archive "$tmp/root" "$tmp/arch" --all
check "commit" tells "files made durable" fsync commit "$tmp/root" --uuid $U
check "rebuild" tells "checkpoints read" openat2 rebuild "$tmp/root" --fingerprint 1 --yes

quiet() {
	slowly openat2 du "$tmp/root" --quiet
	[ ! -s "$tmp/bar" ]
	TERM=dumb slowly openat2 du "$tmp/root"
	[ ! -s "$tmp/bar" ]
	ckptfs du "$tmp/root" 2>"$tmp/err" # quick
	[ ! -s "$tmp/err" ]
}
check "nothing with --quiet, nothing that a simple terminal can't show" quiet
