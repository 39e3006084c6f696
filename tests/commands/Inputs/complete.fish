# What a real fish offers: complete.fish COMBINE SCRIPT
set -x PATH (dirname $argv[1]) $PATH
source $argv[2]
complete -C 'combine ch'
complete -C 'combine check --device='
