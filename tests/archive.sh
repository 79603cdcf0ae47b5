# An archive holds what the source held, whatever became of the source.
set -eu
. "$(dirname "$0")/functions.sh"
requires jq python3 xz

roots="v1-solo v1-legacy v1-upgraded v2-solo v2-gc v2-garbage"

ctimes() { find "$1" -printf '%P %i %C@ %s\n' | sort; }

# as_recorded RECORD ARCHIVE: all files of all checkpoints, by their sha256, and
# the catalog's entries.
as_recorded() {
	python3 - "$CKPTFS_SRC/tests/data/roots/$1.json" "$2" <<-'P'
		import hashlib, json, os, sys
		d, top = json.load(open(sys.argv[1])), sys.argv[2]
		wrong = []
		if json.load(open(os.path.join(top, "checkpoints.feldera"))) != d["catalog"]:
		    wrong.append("catalog")
		want = [p for p in d["files"] if p.split("/")[0] in d["checkpoints"]]
		want += {b for c in d["checkpoints"].values() for b in c["batches"]}
		for path in want:
		    data = open(os.path.join(top, path), "rb").read()
		    if hashlib.sha256(data).hexdigest() != d["files"][path]["sha256"]:
		        wrong.append(path)
		print(len(want), "files", *wrong)
		sys.exit(bool(wrong) or not want)
	P
}

# one_by_one ROOT ARCHIVE: in an order of its own.
one_by_one() {
	local u
	for u in $(uuids "$1" | shuf --random-source="$CKPTFS_SRC/tests/functions.sh"); do
		ckptfs archive "$1" "$2" "$u" --json >>"$tmp/answers"
	done
}

survives_the_source() { # root, archive
	ckptfs verify "$2"
	ctimes "$2" >"$tmp/before"
	ckptfs archive "$tmp/$1" "$2" --all --json | jq -e '.added == [] and .skipped == [] and .linked == 0'
	ckptfs archive "$tmp/$1" "$2"
	ctimes "$2" | diff "$tmp/before" -
	find "$tmp/$1" -mindepth 1 -delete
	as_recorded "$1" "$2"
	ckptfs verify "$2"
	ckptfs sweep -n --json "$2" | jq -e '.removed == [] and .missing == []'
}

for root in $roots; do
	unpack_root "$root" "$tmp/$root"
	: >"$tmp/answers"
	one_by_one "$tmp/$root" "$tmp/archive-$root"
	only_links() {
		jq -se 'map(.added | length) | unique == [1]' "$tmp/answers"
		jq -se 'map(.copied_bytes) | add == 0' "$tmp/answers"
		[ -z "$(find "$tmp/archive-$root" -name 'w*.feldera' -links 1)" ]
	}
	check "$root: on one file system no byte is copied" only_links
	check "$root: a second run writes nothing, and the archive outlives the source" \
		survives_the_source "$root" "$tmp/archive-$root"
done

# --- other file systems -------------------------------------------------------

for type in ext4 xfs; do
	if ! (requires_filesystem $type) >"$tmp/why"; then
		skip_case_optional "an archive on $type" "$(cat "$tmp/why")"
		continue
	fi
	make_filesystem $type "$tmp/$type" 400
	for root in v1-legacy v2-gc; do
		rm -rf "${tmp:?}/$root"
		unpack_root $root "$tmp/$root"
		one_by_one "$tmp/$root" "$tmp/$type/$root"
		check "$root: an archive on $type outlives the source" survives_the_source $root "$tmp/$type/$root"
	done
	copies_keep_their_times() {
		unpack_root v2-solo "$tmp/times"
		ckptfs archive "$tmp/times" "$tmp/$type/times"
		diff <(cd "$tmp/times" && find . -name '*.feldera' ! -name checkpoints.feldera -printf '%P %T@\n' | sort) \
			<(cd "$tmp/$type/times" && find . -name '*.feldera' ! -name checkpoints.feldera -printf '%P %T@\n' | sort) |
			grep '^>' && return 1
		rm -rf "$tmp/times"
	}
	check "what is copied to $type has the time of its original" copies_keep_their_times
done
cloned() {
	unpack_root v2-solo "$tmp/xfs/cloned"
	# Not allowed to link, but to share bytes.
	chown -R daemon: "$tmp/xfs/cloned"
	mkdir "$tmp/xfs/mine"
	chown nobody "$tmp/xfs/mine"
	ckptfs archive "$tmp/xfs/cloned" "$tmp/xfs/mine" --all --json >"$tmp/answer"
	jq -e '.linked == 0 and .cloned > 0 and .copied_bytes == 0' "$tmp/answer"
	[ -z "$(find "$tmp/xfs/mine" ! -user nobody)" ]
	as_recorded v2-solo "$tmp/xfs/mine"
}
if is_root && mountpoint -q "$tmp/xfs" && [ "$(cat /proc/sys/fs/protected_hardlinks)" = 1 ]; then
	check "on xfs whoever may not link shares the bytes" cloned
fi

# --- killed ---------------------------------------------------------------------

kills=${CKPTFS_TEST_KILLS:-20}
tree() { (cd "$1" && find . -type f ! -name feldera.pidlock -printf '%P %s\n' | sort); }

# killed_often ROOT DIR: an archiver that is killed at any moment, again and again.
killed_often() {
	local root=$1 arch=$2/arch n pid begin full nothing=0 whole=0
	begin=$(date +%s%N)
	ckptfs archive "$root" "$2/whole" --all
	full=$(($(date +%s%N) - begin))
	for ((n = 0; n < kills; n++)); do
		ckptfs archive "$root" "$arch" --all >/dev/null 2>&1 &
		pid=$!
		sleep "$(awk -v ns="$full" -v r="$RANDOM" 'BEGIN { printf "%.4f", ns * 0.9 * r / 32768 / 1e9 }')"
		kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
		if [ ! -e "$arch/checkpoints.feldera" ]; then
			nothing=$((nothing + 1))
			continue
		fi
		ckptfs verify "$arch" >"$tmp/verify" || { cat "$tmp/verify"; return 1; }
		[ "$(uuids "$arch" | wc -l)" != "$(uuids "$root" | wc -l)" ] || whole=$((whole + 1))
		if ((n % 2)); then # else the next run goes on where this one was
			ckptfs archive "$root" "$arch" --all >/dev/null
			ckptfs sweep "$arch" >/dev/null
			diff <(tree "$2/whole") <(tree "$arch")
			rm -rf "$arch"
		fi
	done
	echo "$kills kills: $nothing before the catalog, $whole after the last checkpoint"
	[ $((nothing + whole)) -lt "$kills" ]
}
unpack_root v2-solo "$tmp/killed"
mkdir "$tmp/links"
check "an archiver that links can be killed at any moment" killed_often "$tmp/killed" "$tmp/links"
if mountpoint -q "$tmp/ext4"; then
	mkdir "$tmp/ext4/copies"
	check "an archiver that copies can be killed at any moment" killed_often "$tmp/killed" "$tmp/ext4/copies"
fi

# --- bad input ----------------------------------------------------------------

# Around it lies nothing else: an image that is mounted is written to at any time.
mkdir "$tmp/around"
root=$tmp/around/v2-solo
unpack_root v2-solo "$root"
unpack_root v2-gc "$tmp/other"
newest=$(uuids "$root" | tail -n 1)
ctimes "$root" >"$tmp/root-before"

# refused PATTERN ARCHIVE [ARG...]: a sentence, and nothing changed anywhere.
refused() {
	local pattern=$1 arch=$2
	shift
	[ ! -d "$arch" ] || ctimes "$arch" >"$TMPDIR/before"
	expect_fail "${refused_code:-1}" "$pattern" ckptfs archive "$root" "$@"
	if [ -d "$arch" ]; then ctimes "$arch" | diff "$TMPDIR/before" -; fi
	ctimes "$root" | diff "$tmp/root-before" -
}
check "the same directory is refused" refused "itself" "$root"
check "the same directory by another path is refused" refused "itself" "$tmp/other/../around/v2-solo/."
ln -s "$root" "$tmp/alias"
check "the same directory by a symlink is refused" refused "itself" "$tmp/alias"
check "an archive inside the root is refused" refused "lies inside" "$root/$newest"
check "an archive that would be inside the root is refused" refused "lies inside" "$root/new"
no_trace() { [ ! -e "$root/new" ]; }
check "and not made" no_trace
check "an archive around the root is refused" refused "lies inside the archive" "$tmp/around"
check "an unknown uuid is refused" refused "not in the catalog" "$tmp/new" 01990000-0000-7000-8000-000000000001
not_made() { [ ! -e "$tmp/new" ]; }
check "and the archive is not made for it" not_made
check "a file is no archive" refused "not a directory" "$root/checkpoints.feldera"
mkdir "$tmp/full-of-else"
touch "$tmp/full-of-else/holiday.jpg"
check "a directory of something else is no archive" refused "no storage root" "$tmp/full-of-else"

busy() {
	mkdir "$tmp/busy"
	hold_pidlock "$tmp/busy"
	refused_code=75 refused "in use by" "$tmp/busy"
	release_pidlock
}
check "an archive that a pipeline runs on is refused" busy
source_is_busy() {
	hold_pidlock "$tmp/other"
	ckptfs archive "$tmp/other" "$tmp/other-archive" --all
	release_pidlock
	ckptfs verify "$tmp/other-archive"
}
check "a source that a pipeline runs on is not" source_is_busy

other_batch() { # SIZE: a batch of the newest checkpoint, with other bytes
	local name
	rm -rf "$tmp/clash"
	ctimes "$root" >"$tmp/root-before" # a link more or less changes them
	mkdir "$tmp/clash"
	echo '[]' >"$tmp/clash/checkpoints.feldera"
	name=$(jq -r '.batches[0]' "$root/$newest/dependencies.json")
	head -c "${1:-$(stat -c %s "$root/$name")}" /dev/zero >"$tmp/clash/$name"
	refused "neither was touched.*'ckptfs sweep $tmp/clash' takes it away" "$tmp/clash"
	# As it says, where it is only what a copy left that was cut off.
	ckptfs sweep "$tmp/clash" >/dev/null
	ckptfs archive "$root" "$tmp/clash" >/dev/null
	ckptfs verify "$tmp/clash" >/dev/null
	ctimes "$root" >"$tmp/root-before"
}
check "a batch of the same name and another size is refused" other_batch 7
check "a batch of the same name and other bytes is refused" other_batch

if is_root; then
	read_only() {
		mkdir "$tmp/ro"
		mount -t tmpfs -o ro none "$tmp/ro"
		cleanup_fn unmount_quietly "$tmp/ro"
		refused "Read-only" "$tmp/ro"
	}
	check "a read-only archive is refused" read_only
	full() {
		mkdir "$tmp/full"
		mount -t tmpfs -o size=128k none "$tmp/full"
		cleanup_fn unmount_quietly "$tmp/full"
		expect_fail 1 "No space left" ckptfs archive "$root" "$tmp/full" --all
		[ ! -e "$tmp/full/checkpoints.feldera" ] || ckptfs verify "$tmp/full"
		ckptfs sweep --json -n "$tmp/full" | jq -e '.removed == []'
		mount -o remount,size=64m "$tmp/full"
		ckptfs archive "$root" "$tmp/full" --all
		as_recorded v2-solo "$tmp/full"
	}
	check "a full disk leaves nothing half done, and with space it goes on" full
	unreadable() {
		mkdir "$tmp/theirs"
		chown daemon "$tmp/theirs"
		chmod 700 "$root"
		expect_fail 1 "can't be read as user" ckptfs archive "$root" "$tmp/theirs"
		chmod 755 "$root"
	}
	check "a root that the archive's owner can't read is refused" unreadable
	forbidden_links() {
		ckptfs archive "$root" "$tmp/theirs" --all 2>"$tmp/said"
		grep -q "copied" "$tmp/said"
		as_recorded v2-solo "$tmp/theirs"
		[ -z "$(find "$tmp/theirs" ! -user daemon)" ]
	}
	if [ "$(cat /proc/sys/fs/protected_hardlinks)" = 1 ]; then
		check "where links are forbidden it copies, and says so" forbidden_links
	fi
	new_belongs_to_the_root() {
		unpack_root v2-solo "$tmp/daemons"
		chown -R daemon: "$tmp/daemons"
		ckptfs archive "$tmp/daemons" "$tmp/daemons-archive" --all --json | jq -e '.copied_bytes == 0'
		[ -z "$(find "$tmp/daemons-archive" ! -user daemon)" ]
	}
	check "an archive that root makes belongs to the root's owner" new_belongs_to_the_root
fi

usage() {
	local words
	while read -r words; do
		# shellcheck disable=SC2086
		expect_fail 2 "" ckptfs archive $words </dev/null
	done <<-E
		$root
		$root a --every 10m
		$root a --watch --every 0s
		$root a --watch --every 10
		$root a --watch --every -1m
		$root a --watch --every 99999999999999999999h
		$root a --watch --every 10mm
		$root a --all $newest
		$root a --watch $newest
		$root a not-a-uuid
	E
}
check "words that contradict or can't be read are refused" usage
