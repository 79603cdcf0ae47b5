# fish completion of ckptfs: verbs, directories, the uuids of a root, and options as
# the verb's own --help lists them.

function __ckptfs_words
    commandline -opc
end

function __ckptfs_uuids
    set -l words (__ckptfs_words)
    ckptfs list $words[3] 2>/dev/null | string match -r '^[0-9a-f-]{36}'
end

function __ckptfs_options
    set -l words (__ckptfs_words)
    ckptfs $words[2] --help 2>/dev/null | string match -r -g '^[ -][a-z ,]* *(--[a-z-]*)'
end

complete -c ckptfs -f
complete -c ckptfs -n 'test (count (__ckptfs_words)) = 1' -a "(ckptfs --help 2>/dev/null | string match -r -g '^   ([a-z]+) .*ROOT')"
complete -c ckptfs -n 'test (count (__ckptfs_words)) = 2' -a '(__fish_complete_directories)'
complete -c ckptfs -n 'test (count (__ckptfs_words)) -ge 3' -a '(__ckptfs_uuids)'
complete -c ckptfs -n 'test (count (__ckptfs_words)) -ge 3; and contains (__ckptfs_words)[2] show verify diff archive' -a latest
complete -c ckptfs -n 'string match -qr -- "^(--sort|--columns|-o)\$" (__ckptfs_words)[-1]' -a 'uuid created age size state batches batch_bytes state_bytes steps records fingerprint marks pins identifier'
complete -c ckptfs -n 'test (count (__ckptfs_words)) -ge 3; and contains (__ckptfs_words)[2] archive diff metrics mount' -a '(__fish_complete_directories)'
complete -c ckptfs -n 'test (count (__ckptfs_words)) -ge 2; and string match -q -- "-*" (commandline -ct)' -a '(__ckptfs_options)'
