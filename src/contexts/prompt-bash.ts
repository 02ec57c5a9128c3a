import { shellQuoted, type PromptPlaces, withPlaces } from './prompt-places.ts'

/**
 * The prompt of bash, 3.2 of macOS included, in builtins alone: no process is started, not even a subshell.
 *
 * Nothing is read while nothing has changed: a file for each shell, the stamp, is newer than every kubeconfig file, than
 * the folders they are in (a file that is moved in may be old) and than the colours. The stamp is set before the files
 * are read, and equal times count as changed, since some shells and file systems count whole seconds.
 */
export function renderBashPrompt(places: PromptPlaces): string {
  return withPlaces(template, places, shellQuoted)
}

// `read -N` takes 64 KiB at a time (bash 4.1); the rest of the last line is read behind it, so that no line is cut.
// In the C locale bash compares bytes, which is several times as fast.
const d = '$'
const template = String.raw`# devk8s prompt for bash
# Load it in ~/.bashrc: source <(devk8s prompt init bash)
# (bash 3.2, as on macOS: eval "$(devk8s prompt init bash)")
# DEVK8S_PROMPT_OFF=1 hides it. For starship, powerline and a PS1 of your own: DEVK8S_PROMPT is the context and
# namespace, DEVK8S_PROMPT_COLOR its colour, DEVK8S_PROMPT_PROTECTED is 1 for a protected context.
_devk8s_stamp=@STAMPS@/$$
_devk8s_colors=@COLORS@
_devk8s_separator=@SEPARATOR@
_devk8s_key='never read'
_devk8s_files=()
_devk8s_watched=()
_devk8s_relative=''
_devk8s_ps1=''

_devk8s_list_files() {
  local rest="${d}{KUBECONFIG-}$_devk8s_separator" file
  _devk8s_files=()
  while [ -n "$rest" ]; do
    file="${d}{rest%%"$_devk8s_separator"*}"
    rest="${d}{rest#*"$_devk8s_separator"}"
    if [ -n "$file" ]; then _devk8s_files[${d}{#_devk8s_files[@]}]=$file; fi
  done
  if [ "${d}{#_devk8s_files[@]}" = 0 ]; then _devk8s_files[0]="${d}{HOME-}/.kube/config"; fi
}

# What decides which files are read.
_devk8s_make_key() {
  _devk8s_value="${d}{HOME-}:${d}{KUBECONFIG-}"
  if [ -n "$_devk8s_relative" ]; then _devk8s_value=$_devk8s_value:$PWD; fi
}

_devk8s_is_fresh() {
  local file
  _devk8s_make_key
  if [ "$_devk8s_key" != "$_devk8s_value" ] || [ ! -f "$_devk8s_stamp" ]; then return 1; fi
  for file in "${d}{_devk8s_watched[@]}"; do
    if ! [[ $_devk8s_stamp -nt $file ]]; then return 1; fi
  done
}

# The value of a line, in _devk8s_value: quotes and comment off; '' for what means nothing.
_devk8s_unquote() {
  local text=$1 quote="'" back='\\' double='^"(([^"\]|\\.)*)"' single="^'(([^']|'')*)'"
  text="${d}{text%$'\r'}"
  while [ "${d}{text# }" != "$text" ]; do text="${d}{text# }"; done
  while [ "${d}{text% }" != "$text" ]; do text="${d}{text% }"; done
  if [[ $text =~ $double ]]; then
    text=${d}{BASH_REMATCH[1]}
    text=${d}{text//$back'"'/'"'}
    text=${d}{text//$back$back/$back}
  elif [[ $text =~ $single ]]; then
    text=${d}{BASH_REMATCH[1]}
    text=${d}{text//$quote$quote/$quote}
  else
    text="${d}{text%% #*}"
    while [ "${d}{text% }" != "$text" ]; do text="${d}{text% }"; done
    case $text in '~' | null | Null | NULL | '#'* | '['* | '{'*) text='' ;; esac
  fi
  _devk8s_value=$text
}

# current-context of the file on stdin, in _devk8s_value. At most 32 MiB are looked at, or 20,000 lines by bash 3.2.
_devk8s_read_current() {
  local LC_ALL=C chunk line count=0 newline=$'\n'
  local block='(^|'"$newline"')"?current-context"?[[:space:]]*:([[:blank:]][^'"$newline"']*)'
  local json='"current-context"[[:space:]]*:[[:space:]]*("([^"\]|\\.)*")'
  _devk8s_value=''
  while [ "$count" -lt 512 ]; do
    count=$((count + 1))
    chunk=''
    if [ "$_devk8s_reads_chunks" = 1 ]; then
      IFS= read -r -N 65536 chunk || :
      line=''
      if IFS= read -r line; then chunk=$chunk$line$newline; else chunk=$chunk$line; fi
    else
      while [ "${d}{#chunk}" -lt 4096 ] && IFS= read -r line; do
        case $line in *current-context*) chunk=$chunk$newline$line$newline ;; *) chunk=$chunk. ;; esac
      done
      chunk=$chunk$line
      if [ "$count" -gt 5 ]; then break; fi
    fi
    if [ -z "$chunk" ]; then break; fi
    case $chunk in
      *current-context*)
        if [ "$count" = 1 ]; then chunk="${d}{chunk#$'\357\273\277'}"; fi
        if [[ $chunk =~ $json ]] || [[ $chunk =~ $block ]]; then
          line="${d}{BASH_REMATCH[2]}"
          case ${d}{BASH_REMATCH[1]} in '"'*) line="${d}{BASH_REMATCH[1]}" ;; esac
          _devk8s_unquote "$line"
          return 0
        fi
        ;;
    esac
  done
}

# The namespace of context $1 in the file on stdin, in _devk8s_value; only the first 1,000 lines are looked at.
# Sets _devk8s_found when the file has the context.
_devk8s_read_namespace() {
  local wanted=$1 line text indent count=0 inside=0 item='' body='' name='' namespace=''
  _devk8s_value=''
  _devk8s_found=''
  while [ "$count" -lt 1000 ] && { IFS= read -r line || [ -n "$line" ]; }; do
    count=$((count + 1))
    line="${d}{line%$'\r'}"
    if [ "$inside" = 0 ]; then
      case $line in contexts:*) inside=1 ;; esac
      continue
    fi
    text="${d}{line#"${d}{line%%[! ]*}"}"
    indent=$(( ${d}{#line} - ${d}{#text} ))
    case $line in
      [!\ -]*) break ;;
    esac
    case $text in
      '' | '#'*) continue ;;
      '- '*)
        if [ -z "$item" ] || [ "$indent" = "$item" ]; then
          if [ -n "$name" ] && [ "$name" = "$wanted" ]; then break; fi
          item=$indent name='' namespace='' body=''
          text="${d}{text#- }"
          indent=$((indent + 2))
        fi
        ;;
    esac
    if [ "$indent" = "$(( ${d}{item:-0} + 2 ))" ]; then
      case $text in
        name:*) _devk8s_unquote "${d}{text#name:}"; name=$_devk8s_value ;;
        context:*) body=open ;;
        *) body='' ;;
      esac
    elif [ -n "$body" ]; then
      if [ "$body" = open ]; then body=$indent; fi
      case $text in
        namespace:*) if [ "$indent" = "$body" ]; then _devk8s_unquote "${d}{text#namespace:}"; namespace=$_devk8s_value; fi ;;
      esac
    fi
  done
  _devk8s_value=''
  if [ -n "$name" ] && [ "$name" = "$wanted" ]; then _devk8s_found=1 _devk8s_value=$namespace; fi
}

_devk8s_refresh() {
  local file name='' namespace='' shown color='' mark='' each line
  _devk8s_list_files
  _devk8s_relative=''
  _devk8s_watched=("$_devk8s_colors")
  for file in "${d}{_devk8s_files[@]}"; do
    _devk8s_watched[${d}{#_devk8s_watched[@]}]=$file
    case $file in
      */*) _devk8s_watched[${d}{#_devk8s_watched[@]}]="${d}{file%/*}/" ;;
      *) _devk8s_watched[${d}{#_devk8s_watched[@]}]=. ;;
    esac
    case $file in /*) ;; *) _devk8s_relative=1 ;; esac
  done
  _devk8s_make_key
  _devk8s_key=$_devk8s_value
  { printf 'devk8s\n' >| "$_devk8s_stamp"; } 2>/dev/null || :
  for file in "${d}{_devk8s_files[@]}"; do
    if [ -n "$name" ] || [ ! -f "$file" ] || [ ! -r "$file" ]; then continue; fi
    _devk8s_read_current < "$file" || :
    name=$_devk8s_value
  done
  # A bound shell without a context: nothing behind this file counts.
  if [ "$name" = @NONE@ ]; then name=''; fi
  if [ -n "$name" ]; then
    for file in "${d}{_devk8s_files[@]}"; do
      if [ ! -f "$file" ] || [ ! -r "$file" ]; then continue; fi
      _devk8s_read_namespace "$name" < "$file" || :
      namespace=$_devk8s_value
      if [ -n "$_devk8s_found" ]; then break; fi
    done
    if [ -r "$_devk8s_colors" ]; then
      while IFS=$'\t' read -r each line; do
        if [ "$each" != "$name" ]; then continue; fi
        color=${d}{line%%$'\t'*}
        case $line in *$'\tprotected') mark=1 ;; esac
        break
      done < "$_devk8s_colors"
    fi
  fi
  shown=$name
  case $name in arn:aws*:cluster/*) shown=${d}{name##*/} ;; esac
  shown=$shown${d}{namespace:+:$namespace}
  # Control characters in a name would reach the terminal.
  DEVK8S_PROMPT="${d}{shown//[[:cntrl:]]/}"
  DEVK8S_PROMPT_COLOR=$color
  DEVK8S_PROMPT_PROTECTED=$mark
  export DEVK8S_PROMPT DEVK8S_PROMPT_COLOR DEVK8S_PROMPT_PROTECTED
  _devk8s_paint
}

# The segment of PS1. \001 and \002 tell readline that what is between them takes no room.
_devk8s_paint() {
  local code=''
  case $DEVK8S_PROMPT_COLOR in
    red) code=31 ;; green) code=32 ;; yellow) code=33 ;; blue) code=34 ;;
    magenta) code=35 ;; cyan) code=36 ;; white) code=37 ;;
  esac
  if [ -n "$DEVK8S_PROMPT_PROTECTED" ]; then code='1;31'; fi
  if [ -n "${d}{NO_COLOR-}" ]; then code=''; fi
  if [ -z "$DEVK8S_PROMPT" ]; then
    _devk8s_ps1=''
  elif [ -z "$code" ]; then
    _devk8s_ps1="($DEVK8S_PROMPT) "
  else
    _devk8s_ps1="("$'\001\033['"$code"$'m\002'"$DEVK8S_PROMPT"$'\001\033[0m\002'") "
  fi
}

_devk8s_prompt() {
  local status=$?
  if [ -n "${d}{DEVK8S_PROMPT_OFF-}" ]; then
    _devk8s_key='never read'
    _devk8s_ps1=''
    DEVK8S_PROMPT='' DEVK8S_PROMPT_COLOR='' DEVK8S_PROMPT_PROTECTED=''
  elif ! _devk8s_is_fresh; then
    _devk8s_refresh
  fi
  return "$status"
}

_devk8s_reads_chunks=0
if [ "${d}{BASH_VERSINFO[0]}" -gt 4 ] || { [ "${d}{BASH_VERSINFO[0]}" = 4 ] && [ "${d}{BASH_VERSINFO[1]}" -ge 1 ]; }; then
  _devk8s_reads_chunks=1
fi
case ${d}{PROMPT_COMMAND-} in
  *_devk8s_prompt*) ;;
  *) PROMPT_COMMAND=_devk8s_prompt${d}{PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND} ;;
esac
case ${d}{PS1-} in
  *_devk8s_ps1* | *DEVK8S_PROMPT*) ;;
  *) PS1='${d}{_devk8s_ps1-}'${d}{PS1-} ;;
esac
`
