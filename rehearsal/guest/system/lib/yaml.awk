# Reads the YAML that block-style writers emit (PyYAML's safe_dump) and prints one line a scalar: PATH <tab> VALUE.
#
# PATH joins keys and list positions with "/". In VALUE a backslash is "\\", a newline "\n"; an empty list or mapping is
# "[]" or "{}", a null "~". Whatever the reader does not understand (flow collections, anchors, tags, block scalars,
# tabs, duplicate keys) ends it with exit code 1 and a sentence on stderr: a guess here would be a wrong address there.

function refuse(reason) {
    printf "%s line %d: %s\n", NAME, (pos in LINE) ? LINE[pos] : NR, reason > "/dev/stderr"
    failed = 1
    exit 1
}

function emit(path, value) {
    gsub(/\\/, "\\\\", value)
    gsub(/\n/, "\\n", value)
    print path "\t" value
}

function is_item(text) { return text ~ /^-( |$)/ }

# Length of "key:" at the start of text, 0 when text is no mapping entry.
function key_length(text) {
    if (match(text, /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*:( |$)/)) return RLENGTH - (substr(text, RLENGTH, 1) == " ")
    if (match(text, /^'[^']+':( |$)/)) return RLENGTH - (substr(text, RLENGTH, 1) == " ")
    return 0
}

function trim(text) {
    sub(/^ +/, "", text)
    sub(/ +$/, "", text)
    return text
}

# Whether the line at pos continues a scalar whose key or dash stands at column indent.
function continues(indent) { return pos <= COUNT && INDENT[pos] > indent }

function joint() {
    if (COMMENT[pos]) refuse("a comment inside a value of several lines")
    if (!BLANK[pos]) return " "
    return substr("\n\n\n\n\n\n\n\n\n\n", 1, BLANK[pos])
}

function plain(text, indent) {
    pos++
    sub(/ +#.*$/, "", text)
    while (continues(indent)) {
        if (TEXT[pos] ~ / #/) refuse("a comment inside a value of several lines")
        text = text joint() TEXT[pos]
        pos++
    }
    if (text ~ /: |:$/) { pos--; refuse("': ' inside a plain value") }
    return (text == "null") ? "~" : text
}

function single_quoted(text, indent,    body) {
    body = substr(text, 2)
    pos++
    while (1) {
        text = body
        gsub(/''/, "\001", text)
        if (index(text, "'")) break
        if (!continues(indent)) { pos--; refuse("a quote that is not closed") }
        body = body joint() TEXT[pos]
        pos++
    }
    if (substr(text, index(text, "'") + 1) !~ /^ *(#.*)?$/) { pos--; refuse("text after the closing quote") }
    text = substr(text, 1, index(text, "'") - 1)
    gsub(/\001/, "'", text)
    return text
}

function double_quoted(text,    out, at, c) {
    for (at = 2; at <= length(text); at++) {
        c = substr(text, at, 1)
        if (c == "\"") break
        if (c == "\\") {
            c = substr(text, ++at, 1)
            if (c == "n") c = "\n"
            else if (c == "t") c = "\t"
            else if (c != "\\" && c != "\"") refuse("escape \\" c " in a double-quoted value")
        }
        out = out c
    }
    if (at > length(text)) refuse("a double-quoted value that does not end on its line")
    if (substr(text, at + 1) !~ /^ *(#.*)?$/) refuse("text after the closing quote")
    pos++
    return out
}

function scalar(text, indent) {
    if (text == "[]" || text == "{}") { pos++; return text }
    if (text ~ /^'/) return single_quoted(text, indent)
    if (text ~ /^"/) return double_quoted(text)
    if (text ~ /^[][{}&*!|>%@`,?]/ || text ~ /^- /) refuse("'" substr(text, 1, 1) "' starts something this reader does not know")
    return plain(text, indent)
}

function node(path) {
    if (is_item(TEXT[pos])) sequence(INDENT[pos], path)
    else mapping(INDENT[pos], path)
}

function sequence(indent, path,    number, text, here) {
    number = 0
    while (pos <= COUNT && INDENT[pos] == indent && is_item(TEXT[pos])) {
        here = path "/" number++
        text = trim(substr(TEXT[pos], 2))
        if (text == "" || text ~ /^#/) {
            pos++
            if (continues(indent)) node(here)
            else emit(here, "~")
        } else if (is_item(text) || key_length(text)) {
            INDENT[pos] += length(TEXT[pos]) - length(text)
            TEXT[pos] = text
            node(here)
        } else emit(here, scalar(text, indent))
    }
    if (continues(indent)) refuse("unexpected indentation")
}

function mapping(indent, path,    text, size, key, here) {
    while (pos <= COUNT && INDENT[pos] == indent && !is_item(TEXT[pos])) {
        size = key_length(TEXT[pos])
        if (!size) refuse("expected 'key: value', got '" TEXT[pos] "'")
        key = substr(TEXT[pos], 1, size - 1)
        gsub(/'/, "", key)
        if (key ~ /\//) refuse("key with a slash: " key)
        here = (path == "") ? key : path "/" key
        if (here in SEEN) refuse("key given twice: " here)
        SEEN[here] = 1
        text = trim(substr(TEXT[pos], size + 1))
        if (text == "" || text ~ /^#/) {
            pos++
            if (continues(indent)) node(here)
            else if (pos <= COUNT && INDENT[pos] == indent && is_item(TEXT[pos])) sequence(indent, here)
            else emit(here, "~")
        } else emit(here, scalar(text, indent))
    }
    if (continues(indent)) refuse("unexpected indentation")
}

BEGIN { COUNT = 0; blanks = 0; comments = 0 }

{ sub(/\r$/, "") }
/^---[ ]*$/ && COUNT == 0 { next }
/^ *$/ { blanks++; next }
/^ *#/ { comments++; next }
{
    COUNT++
    LINE[COUNT] = NR
    match($0, /^ */)
    INDENT[COUNT] = RLENGTH
    TEXT[COUNT] = substr($0, RLENGTH + 1)
    sub(/ +$/, "", TEXT[COUNT])
    BLANK[COUNT] = blanks
    COMMENT[COUNT] = comments
    blanks = comments = 0
    if (TEXT[COUNT] ~ /^\t/) { pos = COUNT; refuse("a tab as indentation") }
}

END {
    if (failed) exit 1
    pos = 1
    if (COUNT == 0) { print "document is empty" > "/dev/stderr"; exit 1 }
    if (TEXT[1] == "{}" && COUNT == 1) exit 0
    if (INDENT[1] != 0) refuse("the first line is indented")
    node("")
    if (pos <= COUNT) refuse("unexpected indentation")
}
