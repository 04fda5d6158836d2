# shellcheck shell=sh
# A guest of the compute image: cloud-init's NoCloud source, a CD labelled "cidata" with meta-data, user-data and
# network-config. Only what the three readers understand is done; anything else refuses the guest.

configure_cloud_init() {
    mount_cidata
    [ "$(head -n 1 /cidata/user-data)" = "#cloud-config" ] || refuse "user-data does not start with #cloud-config"
    for document in meta-data user-data network-config; do
        [ -e "/cidata/$document" ] || refuse "the CD has no $document"
        awk -v NAME="$document" -f /lib/yaml.awk "/cidata/$document" >"/run/$document" 2>/run/problem ||
            refuse "$(cat /run/problem)"
    done
    awk -f /lib/user-data.awk /run/user-data >/run/settings 2>/run/problem || refuse "$(cat /run/problem)"
    awk -f /lib/network-config.awk /run/network-config >/run/plan 2>/run/problem || refuse "$(cat /run/problem)"
    set_hostname
    apply_plan </run/plan
    make_users </run/settings
    make_commands
    umount /cidata
    start_ssh
    answer "" compute
}

# The IDE bus is scanned in the background after its driver loads: a bounded poll.
mount_cidata() {
    mkdir -p /cidata
    tries=0
    until mount -t iso9660 -o ro LABEL=cidata /cidata 2>/dev/null || mount_any; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || refuse "no CD labelled cidata"
        sleep 0.1
    done
}

mount_any() {
    for cd in /dev/sr*; do
        [ -b "$cd" ] || continue
        blkid "$cd" | grep -q 'LABEL="cidata"' && mount -t iso9660 -o ro "$cd" /cidata && return 0
    done
    return 1
}

# As cloud-init does on RHEL: user-data before meta-data, and the fqdn before the short name unless user-data prefers
# the latter (prefer_fqdn_over_hostname, whose default depends on the distribution).
set_hostname() {
    order="fqdn hostname"
    grep -qx "prefer hostname" /run/settings && order="hostname fqdn"
    name=
    for kind in $order; do
        [ -n "$name" ] || name=$(sed -n "s/^$kind //p" /run/settings)
    done
    [ -n "$name" ] || name=$(sed -n 's/^local-hostname	//p' /run/meta-data)
    [ -n "$name" ] || refuse "neither user-data nor meta-data gives a host name"
    hostname "$name"
}

# The group of those who may become root: the only setuid program here belongs to it, see compute/sudo.
SUDOERS=sudoers

make_users() {
    uid=1000
    sudoers=
    while read -r verb user key; do
        home=/home/$user
        case $verb in
        user)
            echo "$user:*:$uid:$uid::$home:/bin/sh" >>/etc/passwd
            echo "$user:x:$uid:" >>/etc/group
            mkdir -p "$home/.ssh"
            : >"$home/.ssh/authorized_keys"
            chmod 700 "$home" "$home/.ssh"
            chmod 600 "$home/.ssh/authorized_keys"
            chown -R "$uid:$uid" "$home"
            uid=$((uid + 1))
            ;;
        sudo) sudoers=$sudoers,$user ;;
        key) echo "$key" >>"/home/$user/.ssh/authorized_keys" ;;
        esac
    done
    [ -z "$sudoers" ] || make_sudo "${sudoers#,}"
}

# busybox's su asks nobody for a password that root doesn't have; who may run the copy with root's rights is the group's
# affair. The servers let nobody in by password.
make_sudo() { # USER,USER
    echo "$SUDOERS:x:900:$1" >>/etc/group
    sed -i 's/^root:[^:]*:/root::/' /etc/passwd
    cp /bin/busybox /lib/compute/su
    chown "0:900" /lib/compute/su
    chmod 4750 /lib/compute/su
}

# What a deployment relies on. ping takes sudo here: busybox's shell runs its own, which has no right to a raw socket.
make_commands() {
    mkdir -p /usr/bin /etc/systemd/system /run/active /www
    ln -s /lib/compute/sudo /lib/compute/systemctl /usr/bin/
    /usr/bin/systemctl boot
}

start_ssh() {
    [ -x /usr/sbin/dropbear ] || refuse "this image has no ssh server"
    # -s: keys only; -R: the host key is made when the first client comes, not at boot.
    mkdir -p /etc/dropbear
    /usr/sbin/dropbear -s -R -E || refuse "the ssh server does not start"
}
