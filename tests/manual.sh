# The manual pages have every verb and every option that --help has, and no
# other, and every function of the library as its headers have it; the shells
# complete verbs, options and uuids.
set -eu
. "$(dirname "$0")/functions.sh"
requires mandoc bash tar xz make python3

lint() {
	mandoc -T lint -W warning "$CKPTFS_SRC"/man/*.[1358]
}
check "mandoc has nothing to say against them" lint

# A macro that takes the rest of its line for a quotation.
quotes_closed() {
	local p
	for p in "$CKPTFS_SRC"/man/*.[1358]; do
		! mandoc -T utf8 "$p" | col -b | tr '\n' ' ' | grep -oE '‘[^’]{0,60}‘.{20}' || { echo "in $p"; return 1; }
	done
}
check "no quotation begins within another" quotes_closed

page() { mandoc -T ascii "$CKPTFS_SRC/man/$1" | col -b; }
page ckptfs.1 >"$tmp/ckptfs.1"
page mount.ckptfs.8 >"$tmp/mount.8"

verbs=$(ckptfs --help | sed -n 's/^   \([a-z]*\) .*ROOT.*/\1/p')
for v in $verbs; do
	[ "$v" = mount ] || ckptfs "$v" --help | grep -oE '(^| )(-[a-z],  )?--[a-z-]+' | grep -oE -- '--[a-z-]+'
done | sort -u >"$tmp/in-help"
echo --version >>"$tmp/in-help"
sort -u -o "$tmp/in-help" "$tmp/in-help"

has_verbs() {
	local v
	for v in $verbs; do
		grep -qE "(^| )$v (\[-f\] )?root" "$tmp/ckptfs.1" || { echo "$v is missing"; return 1; }
	done
}
check "ckptfs(1) has every verb" has_verbs

has_options() {
	grep -oE -- '--[a-z-]+[a-z]' "$tmp/ckptfs.1" | sort -u | diff "$tmp/in-help" -
}
check "ckptfs(1) has every option, and no other" has_options

has_mount_options() {
	mount.ckptfs --help | sed -n 's/^   \([a-z_-]*\)[= ].*/\1/p' | sort >"$tmp/mount-help"
	sed -n '/^OPTIONS/,/^EXIT/s/^     \([a-z_-]*\)\(=[a-zA-Z]*\)\{0,1\}\(  .*\)\{0,1\}$/\1/p' "$tmp/mount.8" | grep . | sort | diff "$tmp/mount-help" -
}
check "mount.ckptfs(8) has every mount option, and no other" has_mount_options

has_message_ids() {
	grep -oE '"[0-9a-f]{32}"' "$CKPTFS_SRC/src/base/event.c" | tr -d '"' | sort >"$tmp/ids"
	[ "$(wc -l <"$tmp/ids")" -gt 20 ] && [ -z "$(uniq -d "$tmp/ids")" ]
	sed -n 's/^\.It Li \([0-9a-f]\{32\}\)$/\1/p' "$CKPTFS_SRC/man/ckptfs.5" | sort | diff "$tmp/ids" -
	# What examples name is there, too.
	grep -oE 'MESSAGE_ID=[0-9a-f]{32}' "$CKPTFS_SRC"/man/*.[158] "$CKPTFS_SRC"/docs/*.md | sed 's/.*=//' | sort -u | comm -23 - "$tmp/ids" >"$tmp/no-id"
	[ ! -s "$tmp/no-id" ]
}
check "ckptfs(5) has the number of every kind of event, and no other" has_message_ids

# --- the library ----------------------------------------------------------------

check "section 3 says of each public function what the headers say" "$CKPTFS_SRC/scripts/manual" --check
"$CKPTFS_SRC/scripts/manual" --list >"$tmp/public"

names_exist() {
	cat "$CKPTFS_SRC"/man/*.3 | grep -oE 'ckpt_[a-z0-9_]+(\(\)|\\fR\(\))' | grep -oE 'ckpt_[a-z0-9_]+' | sort -u >"$tmp/named"
	[ "$(wc -l <"$tmp/named")" -gt 20 ]
	comm -23 "$tmp/named" "$tmp/public" >"$tmp/unknown"
	cat "$tmp/unknown"
	[ ! -s "$tmp/unknown" ]
	comm -23 <(grep -ohE '^\.(Xr|It Xr) ckpt_[a-z_]+ 3' "$CKPTFS_SRC"/man/*.3 | grep -oE 'ckpt_[a-z_]+' | sort -u) \
		<(cd "$CKPTFS_SRC/man" && ls -- *.3 | sed 's/\.3$//' | sort) >"$tmp/no-page"
	cat "$tmp/no-page"
	[ ! -s "$tmp/no-page" ]
}
check "what its pages name exists" names_exist

# A page made of a header that has changed is not the page that is there.
stale() {
	mkdir -p "$tmp/tree"
	cp -r "$CKPTFS_SRC"/{include,man,scripts} "$tmp/tree"
	sed -i 's/ckpt_stage_share(struct ckpt_stage \*stage, const char/ckpt_stage_share(struct ckpt_stage *stage, char/' "$tmp/tree/include/ckptfs/stage.h"
	! "$tmp/tree/scripts/manual" --check >"$tmp/log"
	grep -q ckpt_stage.3 "$tmp/log"
}
check "a prototype that has changed is seen" stale

installed() {
	local f
	unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
	make -C "$CKPTFS_BUILD" install-man install-data-local DESTDIR="$tmp/inst" >"$tmp/log" 2>&1 || { tail "$tmp/log"; return 1; }
	while read -r f; do
		mandoc -T ascii "$(find "$tmp/inst" -name "$f.3")" >/dev/null
		(cd "$(dirname "$(find "$tmp/inst" -type d -name man3)")" && mandoc -T ascii "man3/$f.3" | col -b | grep -q "$f(") || { echo "no page $f(3)"; return 1; }
	done <"$tmp/public"
}
check "each function has a page that man finds by its name" installed

# --- completion ---------------------------------------------------------------

tar -xf "$CKPTFS_SRC/tests/data/roots/v2-gc.tar.xz" -C "$tmp"
root=$tmp/v2-gc
uuid=$(ckptfs list "$root" --json | jq -r '.checkpoints[0].uuid')

complete_bash() { # the words so far
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ckptfs; printf "%s\n" "${COMPREPLY[@]}"' \
		_ "$CKPTFS_SRC/completion/ckptfs.bash" "$@"
}
bashes() {
	complete_bash ckptfs ver | grep -qx verify
	complete_bash ckptfs verify "$root" "${uuid:0:20}" | grep -qx "$uuid"
	complete_bash ckptfs gc "$root" --except "${uuid:0:20}" | grep -qx "$uuid"
	complete_bash ckptfs gc "$root" --keep-d | grep -qx -- --keep-daily
	complete_bash ckptfs list "${root%gc}" | grep -qx "$root"
	complete_bash ckptfs verify "$root" lat | grep -qx latest
	! complete_bash ckptfs remove "$root" lat | grep latest || return 1
	# Every column that there is, and no other.
	complete_bash ckptfs list "$root" --sort "" | paste -sd , >"$tmp/columns"
	expect_fail 2 "there are $(sed 's/,/, /g' "$tmp/columns")$" ckptfs list "$root" -o none
}
check "bash completes verbs, options, directories and uuids" bashes

fishes() {
	mkdir -p "$tmp/home"
	complete_fish() { HOME=$tmp/home fish -c "source '$CKPTFS_SRC/completion/ckptfs.fish'; complete -C '$1'"; }
	complete_fish 'ckptfs ver' | grep -q '^verify'
	complete_fish "ckptfs verify $root ${uuid:0:20}" | grep -q "^$uuid"
	complete_fish "ckptfs gc $root --keep-d" | grep -q '^--keep-daily'
	complete_fish "ckptfs show $root la" | grep -q '^latest'
	complete_fish "ckptfs list $root --sort batch_" | grep -q '^batch_bytes'
}
if command -v fish >/dev/null; then check "fish does too" fishes; else skip_case_optional "fish does too" "fish is not here"; fi

zshes() {
	zsh -n "$CKPTFS_SRC/completion/_ckptfs"
	zsh -fc 'compadd() { shift; print -rl -- ${(P)1} }; _describe() { print -rl -- ${(P)2} }; _files() { : }
		fpath=($1 $fpath); autoload -U _ckptfs; words=("${@:2}"); CURRENT=$#words; _ckptfs' _ "$CKPTFS_SRC/completion" "$@"
}
zsh_works() {
	zshes ckptfs ver | grep -q '^verify:'
	zshes ckptfs verify "$root" "" | grep -qx "$uuid"
	zshes ckptfs gc "$root" --keep | grep -qx -- --keep-daily
	zshes ckptfs show "$root" "" | grep -qx latest
	zshes ckptfs list "$root" --sort "" | grep -qx batch_bytes
}
if command -v zsh >/dev/null; then check "zsh does too" zsh_works; else skip_case_optional "zsh does too" "zsh is not here"; fi
