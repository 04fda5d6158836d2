# shellcheck shell=sh
# Names the NICs and applies a network plan: lines of VERB ARGUMENTS, the form that the agent ISO, the cloud-init reader
# and a policy's request all produce. A device is a name or "mac:<address>", which stands for the NIC that has that
# address. Every verb makes things be as it says, whatever they were before.

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
    unresolved) : >/etc/resolv.conf ;;
    vlan) parent=$(device "$three") && make_vlan "$one" "$two" "$parent" ;;
    removed) [ ! -e "/sys/class/net/$one" ] || ip link del dev "$one" ;;
    up) dev=$(device "$one") && ip link set dev "$dev" up ;;
    down) dev=$(device "$one") && ip link set dev "$dev" down ;;
    mtu) dev=$(device "$one") && ip link set dev "$dev" mtu "$two" ;;
    address) dev=$(device "$one") && ip address add "$two" broadcast + dev "$dev" ;;
    addresses) dev=$(device "$one") && exactly "$dev" "$two $three" ;;
    hwaddr) dev=$(device "$one") && ip link set dev "$dev" address "$two" ;;
    route) dev=$(device "$one") && ip route replace "$two" via "$three" dev "$dev" ;;
    unrouted) [ -z "$(ip -4 route show "$one")" ] || ip route del "$one" ;;
    *) return 1 ;;
    esac
}

# A module that few guests need costs only those the time: 8021q comes with the first VLAN, as modprobe would bring it.
make_vlan() { # NAME ID PARENT
    if [ ! -d /proc/net/vlan ]; then
        while read -r module; do
            insmod "/modules/$module" || return 1
        done </modules/vlan
    fi
    [ "$(vlan_of "$1")" != "$2 $3" ] || return 0
    [ ! -e "/sys/class/net/$1" ] || ip link del dev "$1" || return 1
    ip link add link "$3" name "$1" type vlan id "$2"
}

# "ID PARENT" of a VLAN device, nothing for any other.
vlan_of() {
    [ -e "/proc/net/vlan/$1" ] || return 0
    id=
    while read -r word second third _; do
        [ "$second" = VID: ] && id=$third
        [ "$word" = Device: ] && echo "$id $second"
    done <"/proc/net/vlan/$1"
}

# Only what differs is touched: an address that is taken away takes the routes through its range with it.
exactly() { # DEVICE "ADDRESS ADDRESS …"
    has=" $(addresses_of "$1") "
    for address in $has; do
        case " $2 " in *" $address "*) ;; *) ip address del "$address" dev "$1" || return 1 ;; esac
    done
    for address in $2; do
        case $has in *" $address "*) ;; *) ip address add "$address" broadcast + dev "$1" || return 1 ;; esac
    done
}

# The IPv4 addresses of a device on one line, each with its prefix length.
addresses_of() {
    ip -o -4 address show dev "$1" | awk '{ printf "%s%s", separator, $4; separator = " " }'
}

is_up() {
    read -r flags <"/sys/class/net/$1/flags"
    [ $((flags & 1)) = 1 ]
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
