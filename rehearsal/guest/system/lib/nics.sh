# shellcheck shell=sh
# Names the NICs and applies a network plan: lines of VERB ARGUMENTS, the form that both the agent ISO and the
# cloud-init reader produce. A device is a name or "mac:<address>", which stands for the NIC that has that address.

# The kernel counts eth0, eth1, …; RHEL names a virtio NIC of a "pc" machine after its PCI slot: slot 3 is ens3.
name_nics() {
    for link in /sys/class/net/*/device; do
        [ -e "$link" ] || continue
        old=${link#/sys/class/net/}
        old=${old%/device}
        slot=$(nic_slot "$old")
        ip link set dev "$old" name "ens$slot" || refuse "cannot name $old ens$slot"
    done
}

# Decimal PCI slot of a NIC: …/0000:00:03.0/virtio0 is slot 3.
nic_slot() {
    path=$(readlink -f "/sys/class/net/$1/device")
    path=${path%/virtio*}
    path=${path##*/}
    path=${path#*:*:}
    echo $((0x${path%.*}))
}

nics() {
    for link in /sys/class/net/*/device; do
        [ -e "$link" ] || continue
        link=${link#/sys/class/net/}
        echo "${link%/device}"
    done
}

nic_of_mac() {
    for nic in $(nics); do
        read -r has <"/sys/class/net/$nic/address"
        [ "$has" = "$1" ] && echo "$nic" && return 0
    done
    return 1
}

device() {
    case $1 in
    mac:*) nic_of_mac "${1#mac:}" ;;
    *) [ -e "/sys/class/net/$1" ] && echo "$1" ;;
    esac
}

# Applies the plan on standard input; any line that fails refuses the whole guest.
apply_plan() {
    while read -r verb one two three; do
        apply_line || refuse "network: cannot do '$verb $one $two $three'"
    done
}

apply_line() {
    case $verb in
    nic)
        nic=$(nic_of_mac "$one") || refuse "no NIC has MAC $one; this machine has $(inventory)"
        [ "$two" = - ] || [ "$two" = "$nic" ] || rename "$nic" "$two"
        ;;
    named) [ -e "/sys/class/net/$one/device" ] || refuse "no NIC is called $one; this machine has $(inventory)" ;;
    dns) echo "nameserver $one" >>/etc/resolv.conf ;;
    search) echo "search $one" >>/etc/resolv.conf ;;
    vlan) parent=$(device "$three") && ip link add link "$parent" name "$one" type vlan id "$two" ;;
    up) dev=$(device "$one") && ip link set dev "$dev" up ;;
    mtu) dev=$(device "$one") && ip link set dev "$dev" mtu "$two" ;;
    address) dev=$(device "$one") && ip address add "$two" broadcast + dev "$dev" ;;
    hwaddr) dev=$(device "$one") && ip link set dev "$dev" address "$two" ;;
    route) dev=$(device "$one") && ip route add "$two" via "$three" dev "$dev" ;;
    *) return 1 ;;
    esac
}

# As cloud-init's set-name. The kernel name told which slot the NIC sits in, so a change of it is worth a line.
rename() {
    [ ! -e "/sys/class/net/$2" ] || refuse "NIC $1 shall be called $2, but another NIC is in that slot"
    say "NIC $1 is renamed to $2"
    ip link set dev "$1" name "$2"
}

inventory() {
    for nic in $(nics); do
        read -r has <"/sys/class/net/$nic/address"
        printf '%s=%s ' "$nic" "$has"
    done
}
