# Turns a NoCloud network-config (version 2), flattened by yaml.awk, into the lines that lib/nics.sh applies.
#
# A key this reader does not know, or a value it cannot honour (DHCP), ends it with exit code 1: the real cloud-init
# would configure something, this one cannot, and a silent difference would be found much later.

BEGIN { FS = "\t" }

function refuse(reason) {
    print "network-config: " reason > "/dev/stderr"
    failed = 1
    exit 1
}

function note(kind, id, rest) { STATEMENT[++statements] = kind SUBSEP id SUBSEP rest }

function remember(kind, id) {
    if (id in KIND) return
    KIND[id] = kind
    ORDER[++count] = id
}

function route_field(id, at, field, value) {
    if (!((id, at) in ROUTE)) { ROUTE[id, at] = 1; ROUTES[id] = at + 1 }
    if (field == "to") TO[id, at] = (value == "0.0.0.0/0") ? "default" : value
    else if (field == "via") VIA[id, at] = value
    else refuse("route key '" field "' of " id " is not known here")
}

{ path = $1; value = $2; sub(/^network\//, "", path); fields = split(path, part, "/") }

path == "version" { if (value != "2") refuse("version is " value ", expected 2"); version = 1; next }
path == "renderer" { next }
path == "ethernets" || path == "vlans" { if (value == "{}") next }
part[1] != "ethernets" && part[1] != "vlans" { refuse("key '" path "' is not known here") }
fields < 3 { if (value == "{}") { remember(part[1], part[2]); next } refuse("'" path "' is not a mapping") }

{
    id = part[2]; key = part[3]
    remember(part[1], id)
    if (key == "addresses") { if (value != "[]") note("address", id, value) }
    else if (key == "mtu") MTU[id] = value
    else if (key == "gateway4") note("route", id, "default " value)
    else if (key == "routes") { if (value != "[]") route_field(id, part[4], part[5], value) }
    else if (key == "nameservers") {
        if (value == "[]" || value == "{}") next
        if (part[4] == "addresses") note("dns", id, value)
        else if (part[4] == "search") note("search", id, value)
        else refuse("key '" path "' is not known here")
    }
    else if (key == "dhcp4" || key == "dhcp6" || key == "accept-ra") {
        if (value != "false" && value != "no") refuse(path " is '" value "': this guest has static addresses only")
    }
    else if (key == "optional" || key == "link-local") { }
    else if (part[1] == "ethernets" && key == "match" && part[4] == "macaddress") MAC[id] = tolower(value)
    else if (part[1] == "ethernets" && key == "set-name") NAME[id] = value
    else if (part[1] == "vlans" && key == "id") TAG[id] = value
    else if (part[1] == "vlans" && key == "link") LINK[id] = value
    else refuse("key '" path "' is not known here")
}

# NetworkManager's reader of the ifcfg files that cloud-init writes on RHEL takes the id from the device's name.
function named_by_its_id(id) { return id == "vlan" TAG[id] || id == LINK[id] "." TAG[id] }

function device(id) { return (KIND[id] == "ethernets" && id in NAME) ? NAME[id] : id }

END {
    if (failed) exit 1
    if (!version) refuse("version is missing")
    for (n = 1; n <= count; n++) {
        id = ORDER[n]
        if (KIND[id] == "ethernets") {
            if (id in MAC) print "nic", MAC[id], (id in NAME) ? NAME[id] : "-"
            else print "named", id
            # Without set-name the device keeps its kernel name, which only the guest knows.
            if (id in MAC && !(id in NAME)) NAME[id] = "mac:" MAC[id]
            if (id in MTU) print "mtu", device(id), MTU[id]
            print "up", device(id)
        }
    }
    for (n = 1; n <= count; n++) {
        id = ORDER[n]
        if (KIND[id] == "vlans") {
            if (!(id in TAG) || !(id in LINK)) refuse("vlan " id " needs id and link")
            if (!(LINK[id] in KIND)) refuse("vlan " id " has link " LINK[id] ", which is not defined")
            if (!named_by_its_id(id)) refuse("vlan " id " must be named vlan" TAG[id] " or " LINK[id] "." TAG[id])
            print "vlan", id, TAG[id], device(LINK[id])
            if (id in MTU) print "mtu", id, MTU[id]
            print "up", id
        }
    }
    for (n = 1; n <= statements; n++) {
        split(STATEMENT[n], s, SUBSEP)
        if (s[1] == "address") print "address", device(s[2]), s[3]
        if (s[1] == "dns" || s[1] == "search") print s[1], s[3]
    }
    for (n = 1; n <= statements; n++) {
        split(STATEMENT[n], s, SUBSEP)
        if (s[1] == "route") print "route", device(s[2]), s[3]
    }
    for (n = 1; n <= count; n++) {
        id = ORDER[n]
        for (at = 0; at < ROUTES[id]; at++) {
            if (!((id, at) in TO) || !((id, at) in VIA)) refuse("route " at " of " id " needs to and via")
            print "route", device(id), TO[id, at], VIA[id, at]
        }
    }
}
