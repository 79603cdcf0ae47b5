# A real pipeline starts on what tools copy from the mount, and computes what it
# computed on the original.  The other live tests have no record to compare with:
# what they take for right instead is shown here to be what was recorded.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires rsync tar python3

client=$("$CKPTFS_SRC/scripts/build-feldera-client" 2>"$tmp/why") || {
	[ $? = 77 ] && skip_optional "$(cat "$tmp/why")"
	cat "$tmp/why"
	fail "the client could not be built"
}

# record ROOT: "uuid workers digest rows" of each checkpoint that has one.
record() {
	python3 - "$CKPTFS_SRC/tests/data/roots/$1.json" <<-'P'
		import json, sys
		d = json.load(open(sys.argv[1]))
		rows = {e["uuid"]: e["processed_records"] for e in d["catalog"]}
		for uuid, c in d["checkpoints"].items():
		    if c.get("restores"):
		        print(uuid, d["workers"], c["restores"], rows[uuid])
	P
}

copy_with() { # tool, from, to
	case $1 in
	rsync) rsync -aH "$2/" "$3/" ;;
	cp) cp -a "$2" "$3" ;;
	tar) mkdir "$3" && tar -C "$2" -cf - . | tar -C "$3" -xf - ;;
	esac
}

starts_with_its_digest() { # tool, uuid, workers, digest
	local copy=$tmp/copy
	rm -rf "$copy"
	copy_with "$1" "$tmp/mnt/$2/storage" "$copy"
	[ "$("$client" restore "$copy" "$2" "$3" 2>"$tmp/client.log")" = "$4" ] || { cat "$tmp/client.log"; return 1; }
}

for root in v2-solo v2-gc v2-garbage; do
	unpack_root $root "$tmp/$root"
	mount_root "$tmp/$root" "$tmp/mnt"
	tools=(rsync cp tar)
	n=0
	expected() { diff <(record $root | cut -d ' ' -f 3) <(record $root | cut -d ' ' -f 4 | xargs "$client" expect); }
	check "$root: the digests follow from the number of rows" expected
	while read -r uuid workers digest _; do
		tool=${tools[n++ % 3]}
		check "$root: a pipeline starts on $uuid copied by $tool" starts_with_its_digest "$tool" "$uuid" "$workers" "$digest"
	done < <(record $root)
	[ $n -gt 0 ] || not_ok "$root: nothing was recorded"
	umount_root "$tmp/mnt"
done

# What is committed through the control file is a checkpoint for Feldera too: the
# newest one once more under a name of its own, from which a pipeline starts.
committed_by_us() {
	local uuid workers digest new=01a20b74-ffff-7000-8000-000000000001
	read -r uuid workers digest _ < <(record v2-solo | tail -n 1)
	cp -a "$tmp/v2-solo/$uuid" "$tmp/v2-solo/$new"
	rm "$tmp/v2-solo/$new/CHECKPOINT"
	mount_root "$tmp/v2-solo" "$tmp/mnt"
	echo "commit uuid=$new identifier=again steps=6" >"$tmp/mnt/.ckptfs/control"
	umount_root "$tmp/mnt"
	[ "$("$client" restore "$tmp/v2-solo" "$new" "$workers" 2>"$tmp/client.log")" = "$digest" ] || { cat "$tmp/client.log"; return 1; }
}
check "a pipeline starts on a checkpoint that was committed through control" committed_by_us

# And the other way round: Feldera goes on where ckptfs has pruned and swept.
pruned_root_restores() {
	local uuid workers digest
	ckptfs gc "$tmp/v2-solo"
	ckptfs sweep "$tmp/v2-solo"
	read -r uuid workers digest _ < <(record v2-solo | tail -n 1)
	ckptfs list "$tmp/v2-solo" | grep -q "$uuid"
	[ "$("$client" restore "$tmp/v2-solo" "$uuid" "$workers" 2>"$tmp/client.log")" = "$digest" ] || { cat "$tmp/client.log"; return 1; }
}
check "a pipeline starts on a root that ckptfs has pruned and swept" pruned_root_restores
