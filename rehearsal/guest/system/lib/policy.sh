# shellcheck shell=sh
# A change of the network of a guest that runs: all of a plan or nothing of it, as nmstate's checkpoints do it on RHCOS.
# Two of kubernetes-nmstate's probes decide as well (pkg/probe): the default gateway must still answer if it did before,
# and the one who asked, at whose address the API server is, must still be able to talk to this node's address.

# Applies the plan in file $1 for the peer with address $2. On failure everything is as before, and the reason is on
# standard output.
transact() {
    snapshot >/run/before
    cp /etc/resolv.conf /run/resolvers 2>/dev/null || : >/run/resolvers
    own=$(address_towards "$2")
    connected=false
    ping_gateway && connected=true
    if change <"$1" && keeps "$own" "$2" && { [ $connected = false ] || reaches_gateway; }; then
        return 0
    fi
    restore
    return 1
}

address_towards() { ip -4 route get "$1" 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p'; }

keeps() { # OWN PEER
    [ "$(address_towards "$2")" = "$1" ] && return 0
    echo "this node would not be reached at its address $1 any more"
    return 1
}

change() {
    while read -r verb one two three; do
        said=$(apply_line 2>&1) || {
            echo "cannot do '$verb${one:+ $one}${two:+ $two}${three:+ $three}'${said:+: $said}"
            return 1
        }
    done
}

default_gateway() { ip -4 route show default | awk '{ print $3; exit }'; }

ping_gateway() {
    gateway=$(default_gateway)
    [ -n "$gateway" ] && ping -c 1 -W 3 "$gateway" >/dev/null 2>&1
}

# A few tries, for the gateway may have to ask for the address that this guest has now.
reaches_gateway() {
    for _ in 1 2 3; do
        ping_gateway && return 0
    done
    echo "the default gateway (${gateway:-none}) does not answer any more"
    return 1
}

# What is there, as a plan; the NICs before the VLANs on them.
snapshot() {
    for dev in $(nics); do
        describe "$dev"
    done
    for path in /proc/net/vlan/*; do
        dev=${path##*/}
        case $dev in config | '*') continue ;; esac
        echo "vlan $dev $(vlan_of "$dev")"
        describe "$dev"
    done
    ip -4 route show | awk '$2 == "via" { print "route", $5, $1, $3 }'
}

describe() {
    read -r mac <"/sys/class/net/$1/address"
    read -r mtu <"/sys/class/net/$1/mtu"
    echo "hwaddr $1 $mac"
    echo "mtu $1 $mtu"
    if is_up "$1"; then echo "up $1"; else echo "down $1"; fi
    echo "addresses $1 $(addresses_of "$1")"
}

restore() {
    for path in /proc/net/vlan/*; do
        dev=${path##*/}
        case $dev in config | '*') continue ;; esac
        grep -q "^vlan $dev " /run/before || ip link del dev "$dev"
    done
    change </run/before
    cp /run/resolvers /etc/resolv.conf
}
