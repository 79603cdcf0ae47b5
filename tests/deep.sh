# verify --deep: every recorded root is as Feldera wrote it, and a changed bit is
# named with its file and place.  CKPTFS_FLIP_STRIDE=1: every bit of every file.
set -eu
. "$(dirname "$0")/functions.sh"
requires tar xz jq python3 readelf

for r in "$CKPTFS_SRC"/tests/data/roots/*.tar.xz; do
	tar -xf "$r" -C "$tmp"
done

clean() {
	ckptfs verify "$1" --deep --json | jq -e '.ok and .batches.damaged == 0 and .batches.not_checked == 0 and .batches.checked > 10'
}
for r in "$tmp"/v?-*; do
	check "every bit of ${r##*/} is as it was written" clean "$r"
done

flips() {
	# What no checkpoint needs may be anything.
	find "$tmp" -name 'w*.feldera' -size -64k -exec sh -c 'tail -c 508 "$1" | head -c 4 | grep -q LFFT' _ {} \; -print0 |
		xargs -0 "$CKPTFS_BUILD/tests/layer_flip" "${CKPTFS_FLIP_STRIDE:-61}"
}
check "each changed bit and each cut is found" flips

root=$tmp/v2-solo
batch=$(find "$root" -maxdepth 1 -name 'w*.feldera' | sort | head -n 1)
named() {
	cp "$batch" "$tmp/kept"
	# The checksum of the first block, as it is packed.
	python3 -c 'import sys; f = open(sys.argv[1], "r+b"); f.seek(8); b = f.read(1)[0]; f.seek(8); f.write(bytes([b ^ 4]))' "$batch"
	ckptfs verify "$root" >/dev/null # it is there
	! ckptfs verify "$root" --deep >"$tmp/out" || { echo "not found"; return 1; }
	grep -qF "$batch: it is damaged: the block at byte 0" "$tmp/out"
	ckptfs verify "$root" --deep --json >"$tmp/out" || :
	jq -e --arg f "${batch##*/}" '.ok == false and .batches.damaged == 1 and all(.problems[]; .file == $f)' "$tmp/out"
	cp "$tmp/kept" "$batch"
	clean "$root"
}
check "a changed bit is named with file and place" named

by_control() {
	requires_fuse
	mkdir "$tmp/m"
	mount.ckptfs "$root" "$tmp/m"
	cleanup_fn umount "$tmp/m"
	exec 3<>"$tmp/m/.ckptfs/control"
	echo 'verify deep' >&3
	head -c 100000 <&3 | jq -e '.ok and .batches.checked > 10'
	exec 3>&-
	umount "$tmp/m"
}
check "through the control file too" by_control

other_version() {
	python3 - "$batch" <<-'END'
		import struct, sys
		def crc32c(data):
		    c = 0xffffffff
		    for b in data:
		        c ^= b
		        for _ in range(8):
		            c = (c >> 1) ^ (0x82f63b78 if c & 1 else 0)
		    return c ^ 0xffffffff
		data = bytearray(open(sys.argv[1], "rb").read())
		trailer = data[-512:]
		trailer[8:12] = struct.pack("<I", 6)
		trailer[0:4] = struct.pack("<I", crc32c(trailer[4:]))
		data[-512:] = trailer
		open(sys.argv[1], "wb").write(data)
	END
	! ckptfs verify "$root" --deep >"$tmp/out" || return 1
	grep -q 'its version 6 is not known to this ckptfs.*not checked' "$tmp/out"
	cp "$tmp/kept" "$batch"
}
check "a version that is not known is not ok" other_version

# --- without the library that unpacks blocks ------------------------------------

# One of that name which is none is found first.
broken() {
	env LD_LIBRARY_PATH="$tmp/broken" ckptfs "$@"
}
mkdir "$tmp/broken"
echo "no library" >"$tmp/broken/libsnappy.so.1"
not_checked() {
	! broken verify "$root" --deep >"$tmp/out" || return 1
	grep -q 'packed by Snappy, whose library .* not checked .*libsnappy' "$tmp/out"
	! broken verify "$root" --deep --json >"$tmp/json" || return 1
	jq -e '.ok == false and .batches.not_checked > 10 and .batches.damaged == 0' "$tmp/json"
}
check "without Snappy's library it is said that nothing was checked" not_checked
others_run() {
	broken verify "$root" && broken list -l "$root" && broken gc -n "$root" && broken --version
	! readelf -d "$CKPTFS_BUILD/ckptfs" | grep -E 'NEEDED.*(snappy|stdc)'
}
check "all other commands need and load none" others_run

# --- how far it is -----------------------------------------------------------

many() { # 4,000 batches, so that it takes a while
	python3 - "$root" "$batch" <<-'END'
		import json, os, sys
		root, batch = sys.argv[1:]
		uuid = json.load(open(root + "/checkpoints.feldera"))[-1]["uuid"]
		path = f"{root}/{uuid}/dependencies.json"
		deps = json.load(open(path))
		data = open(batch, "rb").read() 
		for i in range(4000):
		    name = f"w0-00000000-0000-7000-8000-{i:012x}.feldera"
		    open(f"{root}/{name}", "wb").write(data)
		    (deps["batches"] if isinstance(deps, dict) else deps).append(name)
		json.dump(deps, open(path, "w"))
	END
}
many
export TERM=xterm # whatever it is run from
bars() { # in a terminal of 20 columns, each read delayed; prints how many bars, and the longest
	python3 - "$root" "$@" <<-'END'
		import fcntl, os, pty, re, struct, sys, termios
		pid, fd = pty.fork()
		if pid == 0:
		    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 5, 20, 0, 0))
		    os.execvp("strace", ["strace", "-qq", "-f", "-o", "/dev/null", "-e", "trace=pread64", "-e",
		                         "inject=pread64:delay_enter=300", "ckptfs", "verify", "--deep", *sys.argv[2:], sys.argv[1]])
		out = b""
		while True:
		    try:
		        part = os.read(fd, 65536)
		    except OSError:
		        break
		    out += part
		if os.waitpid(pid, 0)[1]:
		    sys.exit(out.decode())
		bars = re.findall(rb"\r([^\r\n\x1b]*%[^\r\n\x1b]*)\x1b\[K", out)
		print(len(bars), max(map(len, bars), default=0))
		if bars and not out.split(bars[-1], 1)[1].startswith(b"\x1b[K\r\x1b[K"):
		    sys.exit("the bar is still there")
	END
}
narrow() {
	bars >"$tmp/bars"
	read -r n longest <"$tmp/bars"
	[ "$n" -gt 2 ] && [ "$longest" -lt 20 ]
}
check "a bar on a terminal of 20 columns, and none after it" narrow
quiet() {
	[ "$(bars --quiet)" = "0 0" ]
}
check "none with --quiet" quiet
