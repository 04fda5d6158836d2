# Turns cloud-config user-data, flattened by yaml.awk, into "hostname NAME", "fqdn NAME", "prefer fqdn|hostname",
# "user NAME", "sudo NAME" (may do anything without a password) and "key USER KEY".
#
# Settings that change nothing on this small system are listed and passed over; any other key is refused, so that a
# document which relies on something the guest does not do is noticed.

BEGIN {
    FS = "\t"
    split("ssh_pwauth disable_root preserve_hostname manage_etc_hosts timezone growpart resize_rootfs package_update " \
          "package_upgrade chpasswd ssh_deletekeys locale final_message ntp", list, " ")
    for (n in list) IGNORED[list[n]] = 1
    split("shell groups gecos lock_passwd homedir uid primary_group", list, " ")
    for (n in list) OF_USER[list[n]] = 1
}

function refuse(reason) {
    print "user-data: " reason > "/dev/stderr"
    failed = 1
    exit 1
}

{ fields = split($1, part, "/") }

$1 == "hostname" || $1 == "fqdn" { print $1, $2; next }
$1 == "prefer_fqdn_over_hostname" { print "prefer", ($2 == "false") ? "hostname" : "fqdn"; next }
$1 == "users" && $2 == "[]" { next }
part[1] == "users" && fields == 2 { if ($2 == "default") next; refuse("user " part[2] " is not a mapping") }
part[1] == "users" && part[3] == "name" { NAME[part[2]] = $2; print "user", $2; next }
part[1] == "users" && part[3] == "ssh_authorized_keys" { if ($2 != "[]") { KEYS[++keys] = $2; OWNER[keys] = part[2] } next }
part[1] == "users" && part[3] == "sudo" { SUDO[part[2]] = $2; next }
part[1] == "users" && part[3] in OF_USER { next }
part[1] == "users" { refuse("key '" part[3] "' of a user is not known here") }
part[1] in IGNORED { next }
{ refuse("key '" part[1] "' is not known here") }

# cloud-init writes the rule into sudoers as it is; the guest's sudo can only say yes to everything, or no.
function all_is_allowed(rule) {
    gsub(/ /, "", rule)
    return rule ~ /^ALL=\(ALL(:ALL)?\)NOPASSWD:ALL$/
}

END {
    if (failed) exit 1
    for (user in SUDO) {
        if (SUDO[user] == "false" || SUDO[user] == "~") continue
        if (!all_is_allowed(SUDO[user])) refuse("rule '" SUDO[user] "' for sudo is not known here")
        if (!(user in NAME)) refuse("user " user " has sudo and no name")
        print "sudo", NAME[user]
    }
    for (n = 1; n <= keys; n++) {
        if (!(OWNER[n] in NAME)) refuse("user " OWNER[n] " has keys and no name")
        print "key", NAME[OWNER[n]], KEYS[n]
    }
}
