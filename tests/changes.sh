# What others do to the root shows in the mount by itself, and damage is loud.
set -eu
. "$(dirname "$0")/functions.sh"
requires_fuse
requires rsync tar jq python3

unpack_root v2-solo "$tmp/root"
mount_root "$tmp/root" "$tmp/mnt"
ctl=$tmp/mnt/.ckptfs
shown() { find "$tmp/mnt" -mindepth 1 -maxdepth 1 -type d -name '????????-*' -printf '%f\n' | sort; }
in_catalog() { uuids "$tmp/root" | sort; }
agree() { [ "$(shown)" = "$(in_catalog)" ]; }
latest_is() { [ "$(readlink "$tmp/mnt/latest")" = "$1" ]; }
within_a_second() { # CMD...: promised within a second; a busy machine gets some more
	wait_until 5 "$@"
}

# verify_finds TEXT: it exits with 1 and names it.
verify_finds() {
	local status=0
	ckptfs verify "$tmp/root" >"$tmp/verify" || status=$?
	[ $status = 1 ] && grep -q -e "$1" "$tmp/verify"
}

commit_shows() {
	local u
	u=$(ckptfs commit "$tmp/root" --allow-empty --json | jq -r .uuid)
	within_a_second latest_is "$u"
	agree
	[ -e "$tmp/mnt/$u/storage/$u/CHECKPOINT" ]
}
check "another process's commit shows, and latest follows" commit_shows
ckptfs commit "$tmp/root" --allow-empty >/dev/null
gc_shows() {
	local gone
	gone=$(shown | head -n 1)
	cat "$tmp/mnt/$gone/metadata.json" >/dev/null
	ckptfs gc "$tmp/root"
	within_a_second agree
	expect_fail any "Stale file handle" cat "$tmp/mnt/$gone/metadata.json"
	expect_fail any "Stale file handle" ls "$tmp/mnt/$gone"
}
check "another process's gc shows; what left is stale" gc_shows
check "what never was is not there" expect_fail any "No such file" ls "$tmp/mnt/019f0000-0000-7000-8000-000000000001"

umount_root "$tmp/mnt"
rm -rf "$tmp/root"
unpack_root v2-solo "$tmp/root"
mount_root "$tmp/root" "$tmp/mnt"
rewrite_shows() {
	jq -c 'del(.[0])' "$tmp/root/checkpoints.feldera" >"$tmp/new"
	cp "$tmp/new" "$tmp/root/checkpoints.feldera.mut"
	mv "$tmp/root/checkpoints.feldera.mut" "$tmp/root/checkpoints.feldera"
	within_a_second agree
	[ "$(shown | wc -l)" = 5 ]
}
check "a rewritten catalog shows" rewrite_shows

# In a root that a controller runs on, the newest is finished once it has its
# state.json.
finished_shows() {
	local n1 n2
	n1=$(jq -r '.[-1].uuid' "$tmp/root/checkpoints.feldera")
	n2=$(jq -r '.[-2].uuid' "$tmp/root/checkpoints.feldera")
	jq -c '{circuit: .[-2]}' "$tmp/root/checkpoints.feldera" >"$tmp/state"
	cp "$tmp/state" "$tmp/root/$n2/state.json"
	cp "$tmp/state" "$tmp/root/state.json.mut"
	mv "$tmp/root/state.json.mut" "$tmp/root/state.json"
	within_a_second latest_is "$n2"
	[ ! -e "$tmp/mnt/$n1/storage/state.json" ]
	jq -c '{circuit: .[-1]}' "$tmp/root/checkpoints.feldera" >"$tmp/root/$n1/state.json.mut"
	mv "$tmp/root/$n1/state.json.mut" "$tmp/root/$n1/state.json"
	within_a_second latest_is "$n1"
	cmp "$tmp/mnt/$n1/storage/state.json" "$tmp/root/$n1/state.json"
	cmp "$tmp/mnt/$n1/storage/$n1/state.json" "$tmp/root/$n1/state.json"
}
check "latest waits for the newest one's state.json" finished_shows

steps_dir_shows() {
	mkdir "$tmp/root/steps.bin"
	within_a_second test -d "$tmp/mnt/latest/storage/steps.bin"
}
check "an exactly-once pipeline's empty steps.bin shows" steps_dir_shows

# --- damage -----------------------------------------------------------------

batch_gone() {
	local u b
	u=$(readlink "$tmp/mnt/latest")
	# shellcheck disable=SC2012
	b=$(ls "$tmp/mnt/$u/dependencies" | head -n 1)
	cat "$tmp/mnt/$u/storage/$b" >/dev/null
	# While it is held for a reader it is read on; the one that comes later
	# finds it gone.
	mv "$tmp/root/$b" "$tmp/$b"
	cat "$tmp/mnt/$u/storage/$b" >/dev/null
	echo release >"$ctl/control"
	within_a_second sh -c "! grep -q $u '$ctl/status.json' || grep -q '\"leases\":\[\]' '$ctl/status.json'"
	# It is still listed; opening it fails; so does every copy.
	# shellcheck disable=SC2010
	ls "$tmp/mnt/$u/storage" | grep -qx "$b"
	expect_fail any "Input/output error" cat "$tmp/mnt/$u/storage/$b"
	mkdir "$tmp/c"
	expect_fail any "" rsync -a "$tmp/mnt/$u/" "$tmp/c/"
	expect_fail any "Input/output error" tar -C "$tmp/mnt/$u" -cf "$tmp/c.tar" storage
	verify_finds "$b"
	mv "$tmp/$b" "$tmp/root/$b"
}
check "a batch that is gone is listed, and a copy fails" batch_gone

deps_damaged() {
	local u other
	u=$(shown | head -n 1)
	other=$(shown | tail -n 1)
	umount_root "$tmp/mnt"
	cp "$tmp/root/$u/dependencies.json" "$tmp/deps"
	echo '{"batches":["../../etc/passwd"]}' >"$tmp/root/$u/dependencies.json"
	mount_root "$tmp/root" "$tmp/mnt"
	ls "$tmp/mnt" | grep -qx "$u"
	expect_fail any "Input/output error" ls "$tmp/mnt/$u/storage"
	expect_fail any "Input/output error" ls "$tmp/mnt/$u/dependencies"
	sha256_tree "$tmp/mnt/$other" >/dev/null
	ckptfs list -l "$tmp/root" | grep "$other"
	verify_finds "$u"
	cp "$tmp/deps" "$tmp/root/$u/dependencies.json"
}
check "one damaged checkpoint is loud and hides no sound one" deps_damaged
sleep 0.2

not_ok_says() { [ "$(jq .ok "$ctl/status.json")" = false ]; }
ok_says() { [ "$(jq .ok "$ctl/status.json")" = true ]; }
catalog_gone() {
	shown >"$tmp/picture"
	mv "$tmp/root/checkpoints.feldera" "$tmp/catalog"
	within_a_second not_ok_says
	shown | diff "$tmp/picture" -
	jq -r .error "$ctl/status.json" | grep -q checkpoints.feldera
	sha256_tree "$tmp/mnt/$(head -n 1 "$tmp/picture")" >/dev/null
	printf '[{"uuid":' >"$tmp/root/checkpoints.feldera"
	sleep 0.3
	not_ok_says
	shown | diff "$tmp/picture" -
	mv "$tmp/catalog" "$tmp/root/checkpoints.feldera"
	within_a_second ok_says
	grep -q checkpoints.feldera "$ctl/log"
}
check "a catalog that vanishes or is damaged leaves the last picture, loudly" catalog_gone
