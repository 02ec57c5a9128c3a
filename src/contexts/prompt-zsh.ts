import { shellQuoted, type PromptPlaces, withPlaces } from './prompt-places.ts'

/**
 * The prompt of zsh: as that of bash, in builtins alone. `$(<file)` is read by zsh itself, without a subshell.
 */
export function renderZshPrompt(places: PromptPlaces): string {
  return withPlaces(template, places, shellQuoted)
}

const d = '$'
const template = String.raw`# devk8s prompt for zsh
# Load it in ~/.zshrc: source <(devk8s prompt init zsh)
# DEVK8S_PROMPT_OFF=1 hides it. For starship, powerlevel10k and a PROMPT of your own: DEVK8S_PROMPT is the context and
# namespace, DEVK8S_PROMPT_COLOR its colour, DEVK8S_PROMPT_PROTECTED is 1 for a protected context.
typeset -g _devk8s_stamp=@STAMPS@/$$ _devk8s_colors=@COLORS@ _devk8s_separator=@SEPARATOR@
typeset -g _devk8s_key='never read' _devk8s_relative='' _devk8s_ps1='' _devk8s_value='' _devk8s_found='' _devk8s_size=0
typeset -ga _devk8s_files _devk8s_watched

# What decides which files are read.
_devk8s_make_key() {
  _devk8s_value="${d}{HOME-}:${d}{KUBECONFIG-}"
  if [[ -n $_devk8s_relative ]]; then _devk8s_value=$_devk8s_value:$PWD; fi
}

_devk8s_is_fresh() {
  emulate -L zsh
  local file
  _devk8s_make_key
  if [[ $_devk8s_key != $_devk8s_value || ! -f $_devk8s_stamp ]]; then return 1; fi
  for file in "${d}{_devk8s_watched[@]}"; do
    # Written the other way round and with -e: zsh has -nt fail where a file is missing.
    if [[ -e $file && ! $_devk8s_stamp -nt $file ]]; then return 1; fi
  done
  return 0
}

# The value of a line, in _devk8s_value: quotes and comment off; '' for what means nothing.
_devk8s_unquote() {
  emulate -L zsh
  setopt extended_glob
  local text=${d}{${d}{1%$'\r'}##[[:blank:]]#} back='\'
  case $text in
    ('"'*)
      text=${d}{text#\"}
      # Up to the first quote that no backslash stands before.
      text=${d}{(M)text##([^\\\"]|\\?)#}
      text=${d}{text//$back\"/\"}
      text=${d}{text//$back$back/$back}
      ;;
    (\'*)
      text=${d}{text#\'}
      text=${d}{(M)text##([^\']|\'\')#}
      text=${d}{text//\'\'/\'}
      ;;
    (*)
      text=${d}{${d}{text%%[[:blank:]]##\#*}%%[[:blank:]]#}
      case $text in ('~'|null|Null|NULL|'#'*|'['*|'{'*) text='' ;; esac
      ;;
  esac
  _devk8s_value=$text
}

# current-context of file $1, in _devk8s_value; its size in _devk8s_size.
_devk8s_read_current() {
  emulate -L zsh
  setopt extended_glob no_multibyte
  local text at key='"current-context"'
  text=$(<$1) 2>/dev/null
  _devk8s_size=${d}{#text}
  text=${d}{text#$'\357\273\277'}
  _devk8s_value=''
  local -a lines=("${d}{(@f)text}")
  if [[ ${d}{text[1,200]} == [[:space:]]#'{'* ]]; then
    text=${d}{lines[(r)*${d}{key}[[:space:]]#:*]}
    # Taking long text apart is quadratic in zsh: JSON on one line is looked into up to 64 KiB.
    if [[ -z $text || ${d}{#text} -gt 65536 ]]; then return; fi
    text=${d}{text#*$key}
    text=${d}{${d}{text#*:}##[[:space:]]#}
    if [[ $text == '"'* ]]; then _devk8s_unquote $text; fi
    return
  fi
  key="(current-context|\"current-context\"|'current-context')[[:blank:]]#:*"
  at=${d}{lines[(i)$key]}
  if (( at > ${d}{#lines} )); then return; fi
  _devk8s_unquote "${d}{${d}{lines[at]}#*:}"
}

# The namespace of context $1 in file $2, in _devk8s_value; only the first 1,000 lines of the contexts are looked at. Sets _devk8s_found when the file has the context.
_devk8s_read_namespace() {
  emulate -L zsh
  setopt extended_glob no_multibyte
  local wanted=$1 text line item='' body='' name='' namespace='' indent at
  _devk8s_value=''
  _devk8s_found=''
  text=$(<$2) 2>/dev/null
  local -a lines=("${d}{(@f)text}")
  at=${d}{lines[(i)contexts:*]}
  for line in "${d}{(@)lines[at+1,at+1000]}"; do
    line=${d}{line%$'\r'}
    if [[ $line == [^\ -]* ]]; then break; fi
    text=${d}{line## #}
    indent=$(( ${d}{#line} - ${d}{#text} ))
    if [[ -z $text || $text == \#* ]]; then continue; fi
    if [[ $text == '- '* && ( -z $item || $indent == $item ) ]]; then
      if [[ -n $name && $name == $wanted ]]; then break; fi
      item=$indent name='' namespace='' body=''
      text=${d}{text#- }
      (( indent += 2 ))
    fi
    if (( indent == ${d}{item:-0} + 2 )); then
      case $text in
        (name:*) _devk8s_unquote "${d}{text#name:}"; name=$_devk8s_value ;;
        (context:*) body=open ;;
        (*) body='' ;;
      esac
    elif [[ -n $body ]]; then
      if [[ $body == open ]]; then body=$indent; fi
      if [[ $text == namespace:* && $indent == $body ]]; then
        _devk8s_unquote "${d}{text#namespace:}"
        namespace=$_devk8s_value
      fi
    fi
  done
  _devk8s_value=''
  if [[ -n $name && $name == $wanted ]]; then _devk8s_found=1 _devk8s_value=$namespace; fi
}

_devk8s_refresh() {
  emulate -L zsh
  local file name='' namespace='' shown color='' mark='' each line rest="${d}{KUBECONFIG-}$_devk8s_separator"
  local -a large
  _devk8s_files=()
  while [[ -n $rest ]]; do
    file=${d}{rest%%$_devk8s_separator*}
    rest=${d}{rest#*$_devk8s_separator}
    if [[ -n $file ]]; then _devk8s_files+=("$file"); fi
  done
  if (( ${d}{#_devk8s_files} == 0 )); then _devk8s_files=("${d}{HOME-}/.kube/config"); fi
  _devk8s_relative=''
  _devk8s_watched=("$_devk8s_colors")
  for file in "${d}{_devk8s_files[@]}"; do
    _devk8s_watched+=("$file" "${d}{file:h}")
    if [[ $file != /* ]]; then _devk8s_relative=1; fi
  done
  _devk8s_make_key
  _devk8s_key=$_devk8s_value
  { print devk8s >| $_devk8s_stamp } 2>/dev/null
  for file in "${d}{_devk8s_files[@]}"; do
    if [[ -n $name || ! -f $file || ! -r $file ]]; then continue; fi
    _devk8s_read_current $file
    name=$_devk8s_value
    if (( _devk8s_size > 1048576 )); then large+=("$file"); fi
  done
  # A bound shell without a context: nothing behind this file counts.
  if [[ $name == @NONE@ ]]; then name=''; fi
  if [[ -n $name ]]; then
    for file in "${d}{_devk8s_files[@]}"; do
      # Reading a large file once is enough.
      if [[ ! -f $file || ! -r $file || ${d}{large[(Ie)$file]} != 0 ]]; then continue; fi
      _devk8s_read_namespace "$name" $file
      namespace=$_devk8s_value
      if [[ -n $_devk8s_found ]]; then break; fi
    done
    if [[ -r $_devk8s_colors ]]; then
      while IFS=$'\t' read -r each line; do
        if [[ $each != $name ]]; then continue; fi
        color=${d}{line%%$'\t'*}
        if [[ $line == *$'\tprotected' ]]; then mark=1; fi
        break
      done < $_devk8s_colors
    fi
  fi
  shown=$name
  if [[ $name == arn:aws*:cluster/* ]]; then shown=${d}{name##*/}; fi
  shown=$shown${d}{namespace:+:$namespace}
  # Control characters in a name would reach the terminal.
  typeset -gx DEVK8S_PROMPT=${d}{shown//[[:cntrl:]]/} DEVK8S_PROMPT_COLOR=$color DEVK8S_PROMPT_PROTECTED=$mark
  _devk8s_paint
}

# The segment of PROMPT; a % in a name must not be taken for one of zsh.
_devk8s_paint() {
  emulate -L zsh
  local text=${d}{DEVK8S_PROMPT//\%/%%} color=''
  case $DEVK8S_PROMPT_COLOR in (red|green|yellow|blue|magenta|cyan|white) color=$DEVK8S_PROMPT_COLOR ;; esac
  if [[ -z $text ]]; then
    _devk8s_ps1=''
  elif [[ -n ${d}{NO_COLOR-} ]]; then
    _devk8s_ps1="($text) "
  elif [[ -n $DEVK8S_PROMPT_PROTECTED ]]; then
    _devk8s_ps1="(%B%F{red}$text%f%b) "
  elif [[ -n $color ]]; then
    _devk8s_ps1="(%F{$color}$text%f) "
  else
    _devk8s_ps1="($text) "
  fi
}

_devk8s_prompt() {
  local last=$?
  if [[ -n ${d}{DEVK8S_PROMPT_OFF-} ]]; then
    _devk8s_key='never read'
    _devk8s_ps1=''
    typeset -gx DEVK8S_PROMPT='' DEVK8S_PROMPT_COLOR='' DEVK8S_PROMPT_PROTECTED=''
  elif ! _devk8s_is_fresh; then
    _devk8s_refresh
  fi
  return $last
}

typeset -ga precmd_functions
if [[ ${d}{precmd_functions[(I)_devk8s_prompt]} == 0 ]]; then precmd_functions=(_devk8s_prompt "${d}{precmd_functions[@]}"); fi
setopt prompt_subst
if [[ ${d}{PROMPT-} != *_devk8s_ps1* && ${d}{PROMPT-} != *DEVK8S_PROMPT* ]]; then
  PROMPT='${d}{_devk8s_ps1-}'${d}{PROMPT-}
fi
`
