# All inputs that the fuzzers found worth keeping, and those that once broke
# something (tests/fuzz).
set -eu
. "$(dirname "$0")/functions.sh"

corpus=$CKPTFS_SRC/tests/fuzz/corpus

# run TARGET: all inputs at once; if that fails, which one it is.
run() {
	local input
	"$CKPTFS_BUILD/tests/fuzz/$1" "$corpus/$1" >"$tmp/log" 2>&1 && return
	tail -n 20 "$tmp/log"
	for input in "$corpus/$1"/*; do
		"$CKPTFS_BUILD/tests/fuzz/$1" "$input" >"$tmp/log" 2>&1 || echo "the input is ${input#"$CKPTFS_SRC/"}"
	done
	return 1
}

for dir in "$corpus"/*/; do
	target=$(basename "$dir")
	check "$target keeps its rules for $(find "$dir" -type f | wc -l) inputs" run "$target"
done
