import { fishQuoted, type PromptPlaces, withPlaces } from './prompt-places.ts'

/**
 * The prompt of fish: `string` reads files itself, and a command substitution of builtins starts no process.
 * What has changed is known as in bash, by a stamp; a fish whose `test` has no -nt reads at each prompt.
 */
export function renderFishPrompt(places: PromptPlaces): string {
  return withPlaces(template, places, fishQuoted)
}

// The namespace comes by one expression for both orders of an item's keys; entries are laid out as kubectl does it,
// with lists indented or not.
const template = String.raw`# devk8s prompt for fish
# Load it in config.fish: devk8s prompt init fish | source
# DEVK8S_PROMPT_OFF=1 hides it. For starship, tide and a prompt of your own: DEVK8S_PROMPT is the context and namespace,
# DEVK8S_PROMPT_COLOR its colour, DEVK8S_PROMPT_PROTECTED is 1 for a protected context.
set -g _devk8s_stamp @STAMPS@/$fish_pid
set -g _devk8s_colors @COLORS@
set -g _devk8s_separator @SEPARATOR@
set -g _devk8s_key 'never read'
set -g _devk8s_files
set -g _devk8s_watched

# What decides which files are read; fish parts KUBECONFIG itself only when told to.
function _devk8s_make_key
    echo -- "$HOME|$KUBECONFIG|$PWD"
end

function _devk8s_is_fresh
    test "$_devk8s_key" = (_devk8s_make_key); and test -f "$_devk8s_stamp"; or return 1
    for file in $_devk8s_watched
        if test -e "$file"; and not test "$_devk8s_stamp" -nt "$file" 2>/dev/null
            return 1
        end
    end
    return 0
end

# The value of a line: quotes and comment off; nothing for what means nothing.
function _devk8s_unquote -a text
    set text (string trim -- "$text")
    switch "$text"
        case '"*'
            string replace -rf '^"((?:[^"\\\\]|\\\\.)*)".*$' '$1' -- "$text" | string replace -ra '\\\\(.)' '$1'
        case "'*"
            string replace -rf "^'((?:[^']|'')*)'.*\$" '$1' -- "$text" | string replace -a "''" "'"
        case '~' null Null NULL '#*' '[*' '{*' ''
        case '*'
            string replace -r '\s+#.*$' '' -- "$text"
    end
end

function _devk8s_read_current -a file
    set -l found (string replace -rf '^\x{FEFF}?["\']?current-context["\']?\s*:(?:\s+(.*))?$' '$1' <$file)
    if not set -q found[1]
        set found (string replace -rf '^(?:.*[{,\s])?"current-context"\s*:\s*("(?:[^"\\\\]|\\\\.)*").*$' '$1' <$file)
    end
    set -q found[1]; and _devk8s_unquote "$found[1]"
end

# A mark when the file has the context, and its namespace in a second line if it has one.
function _devk8s_read_namespace -a name file
    set -l text (string match -v '*-data:*' <$file | string replace -ra '\r$' '' | string collect)
    if test (string length -- "$text") -gt 200000
        return
    end
    set -l word '["\']?'(string escape --style=regex -- "$name")'["\']?[ ]*(?:#.*)?$'
    set -l body '(?:(?:\n\1    .*)*?\n\1    namespace:(?<space>.*))?(?:\n\1    .*)*'
    set -l space
    if string match -rq "(?m)^( *)- context:$body\n\1  name:[ ]*$word" -- "$text"
        or string match -rq "(?m)^( *)- name:[ ]*$word\n\1  context:$body" -- "$text"
        echo found
        test -n "$space"; and _devk8s_unquote "$space"
    end
end

function _devk8s_refresh
    set -g _devk8s_files (string split -n -- $_devk8s_separator "$KUBECONFIG")
    set -q _devk8s_files[1]; or set -g _devk8s_files "$HOME/.kube/config"
    set -g _devk8s_watched $_devk8s_colors
    for file in $_devk8s_files
        set -a _devk8s_watched "$file" (string replace -r '[^/]*$' '' -- "$PWD/$file" | string replace -r '^.*//' '/')
    end
    set -g _devk8s_key (_devk8s_make_key)
    echo devk8s 2>/dev/null >$_devk8s_stamp
    set -l name
    set -l color
    set -l mark
    set -l space
    for file in $_devk8s_files
        if test -z "$name"; and test -f "$file"; and test -r "$file"
            set name (_devk8s_read_current "$file")
        end
    end
    # A bound shell without a context: nothing behind this file counts.
    test "$name" = @NONE@; and set name
    if test -n "$name"
        for file in $_devk8s_files
            test -f "$file"; and test -r "$file"; or continue
            set -l found (_devk8s_read_namespace "$name" "$file")
            if set -q found[1]
                set space $found[2]
                break
            end
        end
        if test -r "$_devk8s_colors"
            while read -l line
                set -l parts (string split \t -- "$line")
                if test "$parts[1]" = "$name"
                    set color $parts[2]
                    test "$parts[3]" = protected; and set mark 1
                    break
                end
            end <$_devk8s_colors
        end
    end
    set -l shown "$name"
    string match -q 'arn:aws*:cluster/*' -- "$name"; and set shown (string replace -r '^.*/' '' -- "$name")
    test -n "$space"; and set shown "$shown:$space"
    # Control characters in a name would reach the terminal.
    set -gx DEVK8S_PROMPT (string replace -ra '[[:cntrl:]]' '' -- "$shown")
    set -gx DEVK8S_PROMPT_COLOR "$color"
    set -gx DEVK8S_PROMPT_PROTECTED "$mark"
end

function _devk8s_prompt --on-event fish_prompt
    if test -n "$DEVK8S_PROMPT_OFF"
        set -g _devk8s_key 'never read'
        set -gx DEVK8S_PROMPT ''
        set -gx DEVK8S_PROMPT_COLOR ''
        set -gx DEVK8S_PROMPT_PROTECTED ''
    else if not _devk8s_is_fresh
        _devk8s_refresh
    end
end

function _devk8s_segment
    test -n "$DEVK8S_PROMPT"; or return
    if test -n "$NO_COLOR"
        echo -n "($DEVK8S_PROMPT) "
    else if test -n "$DEVK8S_PROMPT_PROTECTED"
        echo -n '('(set_color -o red)"$DEVK8S_PROMPT"(set_color normal)') '
    else if contains -- "$DEVK8S_PROMPT_COLOR" red green yellow blue magenta cyan white
        echo -n '('(set_color $DEVK8S_PROMPT_COLOR)"$DEVK8S_PROMPT"(set_color normal)') '
    else
        echo -n "($DEVK8S_PROMPT) "
    end
end

if functions -q fish_prompt; and not functions -q _devk8s_other_prompt
    if not functions fish_prompt | string match -q '*DEVK8S_PROMPT*'
        functions -c fish_prompt _devk8s_other_prompt
        function fish_prompt
            _devk8s_segment
            _devk8s_other_prompt
        end
    end
end
`
