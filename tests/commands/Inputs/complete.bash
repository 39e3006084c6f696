# What a real bash offers behind a line: complete.bash COMBINE WORD...; the last word is completed, and
# an argument of its own for each '=', as readline cuts them.
combine() { "$combine_file" "$@"; }
combine_file=$1
source <("$combine_file" completion bash)
[[ $(complete -p combine) == *"-F _combine combine" ]] || echo "combine is not completed"
shift
COMP_WORDS=(combine "$@")
COMP_CWORD=$#
_combine
printf '%s\n' "${COMPREPLY[@]}"
