# shellcheck shell=sh
# The guest's answer: one JSON document at http://<address>:8090/, written once, when everything is configured.
# A compute belongs to no installation and answers with an empty id.

answer() { # ID ROLE
    mkdir -p /www
    document "$1" "$2" >/www/index.html
    httpd -p 8090 -h /www || refuse "the web server does not start"
    say "$(hostname) ($2) answers: $(cat /www/index.html)"
}

document() {
    printf '{"id":"%s","hostname":"%s","role":"%s","nics":[' "$1" "$(hostname)" "$2"
    separator=
    for path in /sys/class/net/*; do
        dev=${path##*/}
        [ "$dev" = lo ] && continue
        printf '%s' "$separator"
        separator=,
        read -r mac <"$path/address"
        read -r mtu <"$path/mtu"
        printf '{"name":"%s","mac":"%s","mtu":%s,"addresses":[%s],"up":%s}' \
            "$dev" "$mac" "$mtu" "$(addresses "$dev")" "$(is_up "$path")"
    done
    printf ']}\n'
}

addresses() {
    ip -o -4 address show dev "$1" | awk '{ printf "%s\"%s\"", separator, $4; separator = "," }'
}

is_up() {
    read -r flags <"$1/flags"
    if [ $((flags & 1)) = 1 ]; then echo true; else echo false; fi
}
