# shellcheck shell=sh
# A guest of the agent ISO: /agent holds what openshift-install put on it. Like the real one, a host is recognised by
# any of its MACs for the network and by its first interface's MAC for the host name (agent-installer facts §1.2).

configure_agent() {
    read -r install_id </agent/id
    host=
    name=
    for nic in $(nics); do
        read -r mac <"/sys/class/net/$nic/address"
        [ -e "/agent/hostnames/$mac" ] && read -r name <"/agent/hostnames/$mac"
        for candidate in /agent/hosts/*/; do
            grep -qxF "$mac" "$candidate/macs" && host=$candidate
        done
    done
    [ -n "$host" ] || refuse "no host of installation $install_id has a MAC of this machine: $(inventory)"
    [ -n "$name" ] || refuse "no host name: none given, or given for a MAC that this machine does not have ($(inventory))"
    hostname "$name"
    read -r role <"$host/role"
    check_disk "$host/disk"
    apply_plan <"$host/network"
    # assisted-service's has-default-route validation: without one a host stays insufficient for ever.
    ip route show default | grep -q . || refuse "$name has no default route"
    echo "$role" >/run/role
    mkdir -p /www
    ln -s /cgi /www/cgi-bin
    answer "$install_id" "$role"
}

# The installation disk must exist. The guest has no disk driver, but the bus tells how many virtio disks there are:
# the first is vda. With a root device hint it is that one.
check_disk() {
    disks=0
    for device in /sys/bus/pci/devices/*/device; do
        read -r id <"$device"
        case $id in 0x1001 | 0x1042) disks=$((disks + 1)) ;; esac
    done
    [ "$disks" -gt 0 ] || refuse "no virtio disk to install on"
    [ -e "$1" ] || return 0
    read -r hint <"$1"
    letters=abcdefghijklmnop
    while [ "$disks" -gt 0 ]; do
        [ "$hint" = "/dev/vd${letters%"${letters#?}"}" ] && return 0
        letters=${letters#?}
        disks=$((disks - 1))
    done
    refuse "root device hint $hint matches no disk of this machine"
}
