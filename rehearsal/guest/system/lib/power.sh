# shellcheck shell=sh
# The power key, which is what "virsh shutdown" presses: the machine goes off, as systemd-logind does it by default.

# Waits in the background, from the beginning on: a guest that has refused can be shut down as well.
obey_power_key() {
    for device in /sys/class/input/event*; do
        read -r called <"$device/device/name"
        [ "$called" = "Power Button" ] || continue
        # A read lasts until the key is pressed; an event has 24 bytes.
        {
            dd if="/dev/input/${device##*/}" of=/dev/null bs=24 count=1 2>/dev/null
            say "the power key was pressed"
            sync
            poweroff -f
        } &
        return
    done
    refuse "this machine has no power key"
}
