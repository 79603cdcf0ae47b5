# restic, borg and rclone: what they give back is complete and a pipeline starts
# on it; a second backup of what has not changed reads no file again, also after
# a remount; and a backup of "latest" holds its batches if it is resolved first.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires jq python3

have() {
	command -v "$1" >/dev/null && return
	skip_case_optional "$1" "it is not installed"
	return 1
}
client=$("$CKPTFS_SRC/scripts/build-feldera-client" 2>"$tmp/why") || {
	client=
	skip_case_optional "a pipeline starts on it" "$(tail -n 1 "$tmp/why")"
}

# Nothing of theirs outside.
export HOME=$tmp/home XDG_CACHE_HOME=$tmp/home/cache XDG_CONFIG_HOME=$tmp/home/config
export RESTIC_PASSWORD=x RESTIC_REPOSITORY=$tmp/restic BORG_REPO=$tmp/borg BORG_BASE_DIR=$tmp/home/borg
export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
mkdir -p "$tmp/home"
new_repository() { # tool
	case $1 in
	restic)
		rm -rf "$tmp/restic"
		restic init -q
		;;
	borg)
		rm -rf "$tmp/borg"
		borg init -e none
		;;
	esac
}

# --- there and back ---------------------------------------------------------

round_trip() { # tool, uuid: $tmp/back/storage is what the tool gives back
	rm -rf "$tmp/back"
	mkdir "$tmp/back"
	case $1 in
	restic)
		(cd "$tmp/mnt/$2" && restic backup -q .)
		restic restore -q latest --target "$tmp/back"
		;;
	borg)
		(cd "$tmp/mnt/$2" && borg create "::$2" .)
		(cd "$tmp/back" && borg extract "::$2")
		;;
	rclone)
		rclone copy -q --links --create-empty-src-dirs "$tmp/mnt/$2" "$tmp/back"
		;;
	esac
}
gives_back() { # tool, uuid, workers, digest
	round_trip "$1" "$2"
	(cd "$tmp/mnt/$2/storage" && sha256_tree .) >"$tmp/shown"
	(cd "$tmp/back/storage" && sha256_tree .) | diff "$tmp/shown" -
	ckptfs verify "$tmp/back/storage" >/dev/null
	[ -n "$client" ] || return 0
	[ "$("$client" restore "$tmp/back/storage" "$2" "$3" 2>"$tmp/client.log")" = "$4" ] || { cat "$tmp/client.log"; return 1; }
}
recorded() { # ROOT: "uuid workers digest" of each checkpoint that has one
	jq -r '.workers as $w | .checkpoints | to_entries[] | select(.value.restores) | "\(.key) \($w) \(.value.restores)"' \
		"$CKPTFS_SRC/tests/data/roots/$1.json"
}
for root in v2-solo v2-gc v2-garbage; do
	unpack_root $root "$tmp/$root"
	mount_root "$tmp/$root" "$tmp/mnt"
	for tool in restic borg rclone; do
		have $tool || continue
		new_repository $tool
		while read -r uuid workers digest; do
			check "$root: $uuid by $tool" gives_back $tool "$uuid" "$workers" "$digest"
		done < <(recorded $root)
	done
	umount_root "$tmp/mnt"
done

# --- again ------------------------------------------------------------------

# Batches of some size, so that what is read or stored again shows.
export CHURN_BATCH=400000
mkdir "$tmp/root" "$tmp/records"
churn make "$tmp/root" "$tmp/records" 4
mount_root "$tmp/root" "$tmp/mnt" lease=1
files() { find "$tmp/mnt" -type f | wc -l; }

# one_more: a checkpoint more.  $new: the bytes of its files that no other has.
one_more() {
	local uuid name
	# Times of files are those of this moment; a tool that compares them by
	# seconds only must not take them for those of the backup before.
	sleep 1.1
	ls "$tmp/records" >"$tmp/known"
	churn more "$tmp/root" "$tmp/records" 1
	# shellcheck disable=SC2012
	uuid=$(ls "$tmp/records" | comm -13 "$tmp/known" - | sed 's/\.json$//')
	wait_until 5 test -e "$tmp/mnt/$uuid"
	newest=$uuid
	new=0
	for name in $(jq -r 'keys[]' "$tmp/records/$uuid.json"); do
		grep -lF "\"$name\"" "$tmp"/records/*.json | grep -qv "$uuid" || new=$((new + $(stat -c %s "$tmp/root/$name")))
	done
	[ $new -gt 200000 ]
}
remount() {
	umount_root "$tmp/mnt"
	mount_root "$tmp/root" "$tmp/mnt" lease=1
}

restic_backup() { restic backup --json "$tmp/mnt" | tail -n 1 >"$tmp/summary"; }
restic_reads_nothing() {
	restic_backup
	jq -e ".files_new == 0 and .files_changed == 0 and .files_unmodified == $(files)" "$tmp/summary" >/dev/null || { cat "$tmp/summary"; return 1; }
}
restic_stores_new() {
	restic_backup
	# And the lists of the new directories.
	jq -e ".files_changed == 0 and .data_added > $new * 0.9 and .data_added < $new + 100000" "$tmp/summary" >/dev/null || {
		echo "$new bytes are new"
		cat "$tmp/summary"
		return 1
	}
}
if have restic; then
	new_repository restic
	restic_backup
	check "restic reads no file again" restic_reads_nothing
	remount
	check "restic reads no file again after a remount" restic_reads_nothing
	one_more
	check "after one more checkpoint restic stores only what is new" restic_stores_new
	remount
	check "and again reads no file" restic_reads_nothing
fi

# borg says for each file whether it was read: A (new), M (changed), U (not
# read), h (another name of one that it has).
borg_backup() {
	(cd "$tmp/mnt" && borg create --list --files-cache ctime,size,inode "::$(date +%s.%N)" .) >"$tmp/listed" 2>&1
	grep '^[AME] ' "$tmp/listed" | cut -c3- >"$tmp/read" || :
}
# Those with the newest timestamp are read again, by borg's design: it could
# not tell whether they changed within it.
newest_files() { (cd "$tmp/mnt" && find . -type f -printf '%C@ %p\n' | sort -n | awk '{ t[NR] = $1; p[NR] = $2 } END { for (i = 1; i <= NR; i++) if (t[i] == t[NR]) print p[i] }'); }
borg_reads_nothing() {
	borg_backup
	[ "$(grep -c '^U ' "$tmp/listed")" -gt 20 ]
	newest_files | sed 's/^\.\///' | sort >"$tmp/newest"
	[ "$(wc -l <"$tmp/newest")" -le 10 ]
	sed 's/^\.\///' "$tmp/read" | sort | comm -23 - "$tmp/newest" >"$tmp/wrong"
	[ ! -s "$tmp/wrong" ] || { echo "read again:"; head "$tmp/wrong"; return 1; }
}
borg_reads_new() {
	local bytes
	newest_files | sed 's/^\.\///' | sort >"$tmp/newest"
	borg_backup
	# What it read: the files of the new checkpoint that no other has, and
	# what it reads anyway.
	sed 's/^\.\///' "$tmp/read" | sort | comm -23 - "$tmp/before.newest" >"$tmp/read.new"
	bytes=$(cd "$tmp/mnt" && tr '\n' '\0' <"$tmp/read.new" | xargs -0 stat -c %s | awk '{ n += $1 } END { print n }')
	[ "$bytes" -ge $new ]
	# And the small files that are made up.
	[ "$bytes" -lt $((new + 10000)) ] || { echo "$new bytes are new, $bytes were read:"; cat "$tmp/read.new"; return 1; }
}
if have borg; then
	new_repository borg
	borg_backup
	check "borg reads no file again" borg_reads_nothing
	remount
	check "borg reads no file again after a remount" borg_reads_nothing
	# It goes through a directory in the order of inode numbers, and knows a
	# shared file only by the name that it met first: an old one, which must
	# not be luck.
	old_ones_first() {
		find "$tmp/mnt" -mindepth 1 -maxdepth 1 -type d -name '*-*' -printf '%i %f\n' | sort -n | cut -d' ' -f2 >"$tmp/order"
		[ "$(wc -l <"$tmp/order")" -gt 4 ]
		LC_ALL=C sort -c "$tmp/order"
	}
	check "older checkpoints have smaller inode numbers" old_ones_first
	for i in 1 2 3 4; do
		cp "$tmp/newest" "$tmp/before.newest"
		one_more
		check "after one more checkpoint borg reads only what is new ($i)" borg_reads_new
	done
	remount
	check "and again reads no file" borg_reads_nothing
fi

# --- latest -----------------------------------------------------------------

# The recipe: resolve it first.  Given the link, each saves only the link.
latest_uuid=$(basename "$(readlink -f "$tmp/mnt/latest")")
restic_latest() {
	(cd -P "$tmp/mnt/latest" && restic backup -q --tag resolved .)
	restic ls --tag resolved latest | grep '/storage/' >"$tmp/saved" || :
	[ "$(grep -c '/storage/w.*feldera$' "$tmp/saved")" = 8 ]
	restic backup -q --tag link "$tmp/mnt/latest"
	restic ls --tag link latest >"$tmp/saved"
	grep -q '/mnt/latest$' "$tmp/saved"
	[ "$(grep -c feldera "$tmp/saved")" = 0 ]
}
borg_latest() {
	(cd -P "$tmp/mnt/latest" && borg create ::resolved .)
	[ "$(borg list --short ::resolved | grep -c 'storage/w.*feldera$')" = 8 ]
	borg create ::link "$tmp/mnt/latest"
	[ "$(borg list --short ::link | wc -l)" = 1 ]
}
rclone_latest() {
	rm -rf "$tmp/copy"
	rclone copy -q --links "$(cd -P "$tmp/mnt/latest" && pwd)" "$tmp/copy"
	churn whole "$tmp/records" "$latest_uuid" "$tmp/copy/storage"
}
for tool in restic borg rclone; do
	have $tool || continue
	check "a backup of latest by $tool, resolved, holds the batches; of the link, only the link" ${tool}_latest
done
# And those that every machine has.
rsync_latest() {
	requires rsync
	rsync -a "$(cd -P "$tmp/mnt/latest" && pwd)/" "$tmp/by-rsync/"
	churn whole "$tmp/records" "$latest_uuid" "$tmp/by-rsync/storage"
	rsync -a "$tmp/mnt/latest" "$tmp/link/"
	[ -L "$tmp/link/latest" ] && [ "$(ls "$tmp/link" | wc -l)" = 1 ]
	(cd -P "$tmp/mnt/latest" && tar -cf "$tmp/resolved.tar" .)
	[ "$(tar -tf "$tmp/resolved.tar" | grep -c 'storage/w.*feldera$')" = 8 ]
	tar -C "$tmp/mnt" -cf "$tmp/link.tar" latest
	[ "$(tar -tf "$tmp/link.tar")" = latest ]
}
check "a copy of latest by rsync and tar, resolved, holds the batches; of the link, only the link" rsync_latest
