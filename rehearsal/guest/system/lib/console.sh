# shellcheck shell=sh
# Messages on the serial console, and the one way to give up: a guest that is not configured must not answer.

say() { echo "guest: $*" >/dev/console; }

# Stays up so that the console can be read and the machine counts as running; nothing listens.
refuse() {
    say "REFUSED: $*"
    while :; do sleep 3600; done
}
