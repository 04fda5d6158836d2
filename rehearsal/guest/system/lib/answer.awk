# Writes what the guest is as one JSON document. Input: the lines of "ip -o -4 address show" and "ip -4 route show";
# variables ID, ROLE, NICS (paths below /sys/class/net) and PCI (paths of the devices' ids). One program instead of a few
# for each NIC, for starting one is what takes the time here.

function first_line(file,    line) {
    line = ""
    getline line < file
    close(file)
    return line
}

function add(list, item) { return list ((list == "") ? "" : ",") item }

# A VLAN device's file says "ens4.20  VID: 20 …" and, further down, "Device: ens4".
function vlan(name,    file, line, word, id, parent) {
    file = "/proc/net/vlan/" name
    while ((getline line < file) > 0) {
        split(line, word, /[ \t]+/)
        if (word[2] == "VID:") id = word[3]
        if (word[1] == "Device:") parent = word[2]
    }
    close(file)
    return (parent == "") ? "" : sprintf(",\"vlan\":{\"id\":%s,\"parent\":\"%s\"}", id, parent)
}

/^[0-9]+: / { ADDRESSES[$2] = add(ADDRESSES[$2], "\"" $4 "\""); next }

# Every route that has a gateway: those without follow from the addresses.
$2 == "via" { routes = add(routes, sprintf("{\"to\":\"%s\",\"via\":\"%s\",\"device\":\"%s\"}", $1, $3, $5)) }

END {
    # The virtio disks as the kernel would name them. The guest has no driver for them, but the bus tells how many.
    count = split(PCI, path, " ")
    for (n = 1; n <= count; n++)
        if (first_line(path[n]) ~ /^0x(1001|1042)$/) disks = add(disks, "\"/dev/vd" substr("abcdefghijklmnop", ++found, 1) "\"")
    count = split(NICS, path, " ")
    for (n = 1; n <= count; n++) {
        name = path[n]
        sub(/.*\//, "", name)
        if (name == "lo") continue
        up = (first_line(path[n] "/flags") ~ /[13579bdf]$/) ? "true" : "false"
        nics = add(nics, sprintf("{\"name\":\"%s\",\"mac\":\"%s\",\"mtu\":%s,\"addresses\":[%s],\"up\":%s%s}", name,
            first_line(path[n] "/address"), first_line(path[n] "/mtu"), ADDRESSES[name], up, vlan(name)))
    }
    while ((getline line < "/etc/resolv.conf") > 0) {
        split(line, word, " ")
        if (word[1] == "nameserver") resolvers = add(resolvers, "\"" word[2] "\"")
        if (word[1] == "search") domains = add(domains, "\"" word[2] "\"")
    }
    printf "{\"id\":\"%s\",\"hostname\":\"%s\",\"role\":\"%s\",\"disks\":[%s],\"nics\":[%s],", ID,
        first_line("/proc/sys/kernel/hostname"), ROLE, disks, nics
    # What it runs from, which of its starts this is, and which machine it is whatever its name and MACs are.
    printf "\"image\":\"%s\",\"boot\":\"%s\",\"machine\":\"%s\",", first_line("/agent/image"),
        first_line("/proc/sys/kernel/random/boot_id"), first_line("/sys/class/dmi/id/product_uuid")
    printf "\"routes\":[%s],\"resolvers\":[%s],\"search\":[%s]}\n", routes, resolvers, domains
}
