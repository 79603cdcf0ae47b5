# kill -9 at any moment, under load, on ext4, xfs and btrfs, now and then with
# the power lost as well: nothing that was acknowledged is lost, what is left is
# whole, and every command works again.
#
# CKPTFS_TEST_KILL_ROUNDS: how many rounds in all (24), CKPTFS_TEST_KILL_SEED:
# the seed of the random choices (the moments are the machine's all the same).
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires_loop
requires python3 unshare

rounds=${CKPTFS_TEST_KILL_ROUNDS:-24}

# With mounts of its own: a copy of them, made by whoever runs beside it, would keep
# an image mounted that is to be lost.
for type in ext4 xfs btrfs; do
	name="on $type nothing acknowledged is lost by kill -9"
	if ! (requires_filesystem $type) >"$tmp/why"; then
		skip_case_optional "$name" "$(cat "$tmp/why")"
		continue
	fi
	mkdir "$tmp/$type"
	check "$name" "$CKPTFS_SRC/tests/own-mounts" python3 "$CKPTFS_SRC/tests/kill_rounds.py" $type "$tmp/$type" $(((rounds + 2) / 3)) \
		${CKPTFS_TEST_KILL_SEED:-}
done
