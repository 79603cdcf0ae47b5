# What was built has what configure asked the compiler and the linker for.
set -eu
. "$(dirname "$0")/functions.sh"
requires readelf

hardening=$(sed -n 's/^CKPTFS_HARDENING = *//p' "$CKPTFS_BUILD/Makefile")
[ "$hardening" != no ] || skip_optional "configured with sanitizers or without hardening"
echo "hardening: $hardening"

segments() { readelf -lW "$1"; }
is_pie() { readelf -hW "$1" | grep -q 'Type: *DYN'; }
has_relro() { segments "$1" | grep -q GNU_RELRO; }
binds_now() { readelf -dW "$1" | grep -qE 'BIND_NOW|FLAGS_1.*NOW'; }
stack_is_data() { segments "$1" | grep -qE 'GNU_STACK .* RW +0x'; }
nothing_both() { # writable and executable
	segments "$1" | grep -E '^  [A-Z_]+ +0x' >"$tmp/segments"
	grep -q LOAD "$tmp/segments" && ! grep -E ' (RWE|R?WE) ' "$tmp/segments"
}
no_search_path() { readelf -dW "$1" >"$tmp/dynamic" && ! grep -E 'RPATH|RUNPATH|TEXTREL' "$tmp/dynamic"; }
has_symbol() { readelf -W --dyn-syms "$1" | grep -qE " UND .*$2"; }

# Every compiler that we build with has these.
for word in pie relro now noexecstack stack-protector; do
	check "configure found $word" grep -qw -e "$word" <<<"$hardening"
done
# What the newest compilers have must not get lost by a mistake in a test of ours.
if gcc -dumpfullversion 2>/dev/null | grep -qE '^1[2-9]|^[2-9][0-9]' && grep -q '^CC = gcc' "$CKPTFS_BUILD/Makefile"; then
	check "gcc has stack-clash" grep -qw stack-clash <<<"$hardening"
	! grep -q '^CFLAGS =.*-O[123s]' "$CKPTFS_BUILD/Makefile" ||
		check "gcc has fortify" grep -qw fortify <<<"$hardening"
	[ "$(uname -m)" != x86_64 ] || check "gcc has cet" grep -qw cet <<<"$hardening"
fi

for program in ckptfs mount.ckptfs; do
	p=$CKPTFS_BUILD/$program
	check "$program: position independent" is_pie "$p"
	check "$program: relocations are read-only" has_relro "$p"
	check "$program: bound at start" binds_now "$p"
	check "$program: the stack is no code" stack_is_data "$p"
	check "$program: nothing is writable and code" nothing_both "$p"
	check "$program: no path to libraries of others" no_search_path "$p"
	check "$program: the stack is guarded" has_symbol "$p" __stack_chk_fail
	! grep -qw fortify <<<"$hardening" ||
		check "$program: calls are checked" has_symbol "$p" '__(v?snprintf|v?fprintf|v?dprintf|read|poll|memcpy|realpath)_chk'
done

# The linker says so of a program only if the C library's own start-up code has
# it too; so our objects are looked at.
if grep -qw cet <<<"$hardening"; then
	marked() {
		local o n=0
		for o in "$CKPTFS_BUILD"/src/*/*.o; do
			readelf -nW "$o" 2>/dev/null | grep -q 'IBT, SHSTK' || {
				echo "$o is not marked"
				return 1
			}
			n=$((n + 1))
		done
		echo "$n objects"
		[ $n -gt 50 ]
	}
	check "every object keeps to IBT and SHSTK" marked
fi
