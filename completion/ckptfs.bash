# bash completion of ckptfs: verbs, directories, the uuids of a root, and options
# as the verb's own --help lists them.

_ckptfs_columns="uuid created age size state batches batch_bytes state_bytes steps records fingerprint marks
	pins identifier"

_ckptfs_verbs() {
	ckptfs --help 2>/dev/null | sed -n 's/^   \([a-z]*\) .*ROOT.*/\1/p'
}

_ckptfs_options() { # verb
	ckptfs "$1" --help 2>/dev/null | sed -n 's/^[ -][a-z ,]* *\(--[a-z-]*\).*/\1/p'
}

_ckptfs_uuids() { # root
	ckptfs list "$1" 2>/dev/null | sed -n 's/^\([0-9a-f-]\{36\}\) .*/\1/p'
}

# Where something is only read, a checkpoint has another name.
_ckptfs_names() { # verb root
	_ckptfs_uuids "$2"
	case "$1" in show | verify | diff | archive) echo latest ;; esac
}

_ckptfs() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]}
	local root=${COMP_WORDS[2]}

	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_ckptfs_verbs) --help --version" -- "$cur")
		return
	fi
	case "$prev" in
	--except | --uuid)
		mapfile -t COMPREPLY < <(compgen -W "$(_ckptfs_uuids "$root")" -- "$cur")
		return
		;;
	--sort | --columns | -o)
		mapfile -t COMPREPLY < <(compgen -W "$_ckptfs_columns" -- "$cur")
		return
		;;
	esac
	case "$cur" in
	-*)
		mapfile -t COMPREPLY < <(compgen -W "$(_ckptfs_options "$verb")" -- "$cur")
		return
		;;
	esac
	if [ "$COMP_CWORD" = 2 ]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
	fi
	case "$verb" in
	mount | metrics) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	archive | diff)
		mapfile -t COMPREPLY < <(
			compgen -W "$(_ckptfs_names "$verb" "$root")" -- "$cur"
			compgen -d -- "$cur"
		)
		;;
	*) mapfile -t COMPREPLY < <(compgen -W "$(_ckptfs_names "$verb" "$root")" -- "$cur") ;;
	esac
}
complete -o filenames -F _ckptfs ckptfs
