import type { Shell } from './commands-general.ts'

/**
 * The script that a shell loads. It knows nothing itself: it asks `devk8s __complete -- WORDS...`, whose
 * answer has one candidate a line, a brief behind a tab, and `:files` where file names fit too.
 */
export function renderCompletion(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash
    case 'zsh':
      return zsh
    case 'fish':
      return fish
    case 'powershell':
      return powershell
  }
}

// Runs on the bash 3.2 of macOS: no mapfile, no associative arrays, and compopt may be missing.
// bash breaks words at = and : (COMP_WORDBREAKS), so they are put together again before the question, and the
// part that bash keeps is taken off the answer.
const bash = String.raw`# devk8s completion for bash
# Load it in ~/.bashrc: source <(devk8s completion bash)
# (bash 3.2, as on macOS: eval "$(devk8s completion bash)")
_devk8s() {
  local -a words
  local at=1 word joined=0 current='' kept line files=0
  words=()
  while [ "$at" -le "$COMP_CWORD" ]; do
    word=${'$'}{COMP_WORDS[at]}
    if [ "$at" -gt 1 ] && { [ "$word" = '=' ] || [ "$word" = ':' ] || [ "$joined" = 1 ]; }; then
      current=$current$word
      if [ "$word" = '=' ] || [ "$word" = ':' ]; then joined=1; else joined=0; fi
    else
      if [ "$at" -gt 1 ]; then words[${'$'}{#words[@]}]=$current; fi
      current=$word
      joined=0
    fi
    at=$((at + 1))
  done
  words[${'$'}{#words[@]}]=$current
  kept=${'$'}{current%"${'$'}{current##*[=:]}"}
  COMPREPLY=()
  while IFS= read -r line; do
    line=${'$'}{line%%$'\t'*}
    if [ "$line" = ':files' ]; then files=1; continue; fi
    COMPREPLY[${'$'}{#COMPREPLY[@]}]=${'$'}{line#"$kept"}
  done < <("$1" __complete -- "${'$'}{words[@]}" 2>/dev/null)
  if [ "$files" = 1 ]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do
      COMPREPLY[${'$'}{#COMPREPLY[@]}]=$line
    done < <(compgen -f -- "${'$'}{current#"$kept"}")
  fi
}
complete -F _devk8s devk8s

# kubectx and kubens, when they are names of devk8s: their words are contexts and namespaces.
_devk8s_names() {
  local current=${'$'}{COMP_WORDS[COMP_CWORD]} line kept what=switch
  if [ "${'$'}{1##*/}" = kubens ]; then what=namespaces; fi
  # bash has parted the word at its colons; only what is behind the last one is replaced.
  line=${'$'}{COMP_LINE:0:COMP_POINT}
  current=${'$'}{line##*[[:space:]]}
  kept=${'$'}{current%"${'$'}{current##*[=:]}"}
  COMPREPLY=()
  case $current in
    -*) COMPREPLY=($(compgen -W '-c --current -d -h --help -u --unset -V --version -' -- "$current")); return ;;
  esac
  while IFS= read -r line; do
    line=${'$'}{line%%$'\t'*}
    COMPREPLY[${'$'}{#COMPREPLY[@]}]=${'$'}{line#"$kept"}
  done < <(devk8s __complete -- "$what" "$current" 2>/dev/null)
}
_devk8s_own_names() {
  local name target
  for name in kubectx kubens; do
    target=$(command -v "$name" 2>/dev/null) || continue
    # Programs of those names that are not ours have their own completion.
    if [ -L "$target" ] && [[ $(readlink "$target") == */dist/bin.js ]]; then complete -F _devk8s_names "$name"; fi
  done
}
_devk8s_own_names
unset -f _devk8s_own_names
`

const zsh = String.raw`#compdef devk8s
# devk8s completion for zsh
# Load it in ~/.zshrc after compinit: source <(devk8s completion zsh)
_devk8s() {
  local -a candidates
  local line value files=0
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then files=1; continue; fi
    value=${'$'}{line%%$'\t'*}
    if [[ $line == *$'\t'* ]]; then
      candidates+=("${'$'}{value//:/\\:}:${'$'}{line#*$'\t'}")
    else
      candidates+=("${'$'}{value//:/\\:}")
    fi
  done < <("${'$'}{words[1]}" __complete -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)
  if (( ${'$'}{#candidates} )); then _describe -t values devk8s candidates; fi
  if (( files )); then _files; fi
}
compdef _devk8s devk8s

# kubectx and kubens, when they are names of devk8s: their words are contexts and namespaces.
_devk8s_names() {
  local -a candidates
  local line what=switch
  if [[ ${'$'}{words[1]:t} == kubens ]]; then what=namespaces; fi
  while IFS= read -r line; do candidates+=("${'$'}{line%%$'\t'*}"); done < <(devk8s __complete -- $what "${'$'}{words[CURRENT]}" 2>/dev/null)
  if (( ${'$'}{#candidates} )); then compadd -a candidates; fi
}
for _devk8s_name in kubectx kubens; do
  if [[ -L ${'$'}{commands[$_devk8s_name]-} && ${'$'}{commands[$_devk8s_name]:P} == */dist/bin.js ]]; then compdef _devk8s_names $_devk8s_name; fi
done
unset _devk8s_name
`

const fish = String.raw`# devk8s completion for fish
# Load it in config.fish: devk8s completion fish | source
function __devk8s_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
        if test "$line" = ':files'
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c devk8s -f -a '(__devk8s_complete)'

# kubectx and kubens, when they are names of devk8s: their words are contexts and namespaces.
function __devk8s_names
    set -l current (commandline -ct)
    devk8s __complete -- $argv[1] "$current" 2>/dev/null
end
for name in kubectx kubens
    set -l target (command -s $name)
    set -l what switch
    test $name = kubens; and set what namespaces
    if test -n "$target"; and test -L "$target"; and string match -q '*/dist/bin.js' -- (readlink $target)
        complete -c $name -f -a "(__devk8s_names $what)"
    end
end
`

const powershell = String.raw`# devk8s completion for PowerShell
# Load it in $PROFILE: devk8s completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName devk8s -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $_.Extent.Text -ne $wordToComplete } |
        ForEach-Object { $_.Extent.Text } | Select-Object -Skip 1)
    # Windows PowerShell drops an empty argument; a space of its own stands for the word not yet begun.
    $last = if ($wordToComplete -eq '') { ' ' } else { $wordToComplete }
    & devk8s __complete -- @words $last 2>$null | ForEach-Object {
        if ($_ -eq ':files') {
            Get-ChildItem -Name -Path "$wordToComplete*" -ErrorAction SilentlyContinue | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ProviderItem', $_)
            }
        } else {
            $value, $brief = $_ -split "${'`'}t", 2
            if (-not $brief) { $brief = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $brief)
        }
    }
}
`
