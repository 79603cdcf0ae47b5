# shellcheck shell=bash
# private-apt.sh - packages of other suites, for the scripts that source it
#
# From the archives that this system gets its own packages from.  Sources, lists and
# cache are in $private_apt, which the caller makes; nothing else is written.
# Signatures are checked as ever.

# The archives of a suite, one a line: URI and keyring.  Both forms of sources are
# understood.
private_apt_archives() { # suite
	local suite=$1 f
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -e "$f" ] || continue
		awk -v RS='' -v FS='\n' -v suite="$suite" '{
			uris = suites = key = ""; on = 1
			for (i = 1; i <= NF; i++) {
				name = $i; sub(/:.*/, "", name); name = tolower(name)
				value = $i; sub(/^[^:]*:[ \t]*/, "", value)
				if (name == "uris") uris = value
				if (name == "suites") suites = " " value " "
				if (name == "signed-by") key = value
				if (name == "enabled" && value == "no") on = 0
			}
			if (on && index(suites, " " suite " ")) { split(uris, u, " "); print u[1], key }
		}' "$f"
	done
	sed -n 's/^deb  *\(\[\([^]]*\)\]  *\)\{0,1\}\([^ ]*\)  *'"$suite"' .*/\3 [\2]/p' \
		/etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		sed -e 's/\[\(.* \)\{0,1\}signed-by=\([^] ]*\).*\]/\2/' -e 's/\[.*\]//' || :
}

# private_apt_update TYPE SUITE URI KEYRING: TYPE is deb or deb-src.
private_apt_update() {
	rm -rf "$private_apt"/{lists,cache}
	mkdir -p "$private_apt"/{lists,cache}/partial
	printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\n' "$1" "$3" "$2" >"$private_apt/source.sources"
	[ -z "$4" ] || printf 'Signed-By: %s\n' "$4" >>"$private_apt/source.sources"
	private_apt_get update
}

private_apt_get() {
	apt-get -q -o Dir::Etc::SourceList="$private_apt/source.sources" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$private_apt/lists" -o Dir::Cache="$private_apt/cache" -o APT::Sandbox::User="$(id -un)" \
		-o Acquire::Retries=1 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 \
		-o Acquire::Languages=none "$@" </dev/null
}

# What apt says of the first archive that it can't use: no such host, no such suite, no
# key, or lists that are too old.
private_apt_why() { # log
	{ awk '/^Err:/ { sub(/^Err:[0-9]* /, ""); what = $0; getline; sub(/^ */, ""); print what ": " $0; exit }' "$1"; grep '^E: ' "$1"; } |
		head -n 1
}
