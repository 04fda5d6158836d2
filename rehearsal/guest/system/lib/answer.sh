# shellcheck shell=sh
# The guest's answer: one JSON document at http://<address>:8090/, written when everything is configured and anew after
# each change of the network.
# A compute belongs to no installation and answers with an empty id.

answer() { # ID ROLE
    mkdir -p /www
    publish "$1" "$2"
    httpd -p 8090 -h /www || refuse "the web server does not start"
    say "$(hostname) ($2) answers: $(cat /www/index.html)"
}

# In one step: whoever asks meanwhile gets the document of before.
publish() { # ID ROLE
    document "$1" "$2" >/run/answer
    mv /run/answer /www/index.html
}

document() {
    {
        ip -o -4 address show
        ip -4 route show
    } | awk -v ID="$1" -v ROLE="$2" -v NICS="$(echo /sys/class/net/*)" -v PCI="$(echo /sys/bus/pci/devices/*/device)" \
        -f /lib/answer.awk
}
