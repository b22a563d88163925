#!/bin/sh
# Installs a package in a Debian root of its own, starts the app there as somebody who is not
# root, looks at it, removes the package, and says what it has left behind.
#
#   try-deb.sh PACKAGE.deb ROOT PICTURE.png
#
# As root. The site that the app opens has to be there, on loopback. ROOT is made by debootstrap
# if it is not there, and is kept for the next time.
set -eu

deb=$1
root=$2
picture=$3
package=$(dpkg-deb --field "$deb" Package)
command=$(dpkg-deb --contents "$deb" | sed -n 's|.* \./usr/bin/||p')

if [ ! -e "$root/.complete" ]; then
    echo "root: making $root"
    rm -rf "$root"
    debootstrap --variant=minbase --include=ca-certificates bookworm "$root" >"$root.log" 2>&1 ||
        { tail -20 "$root.log"; exit 1; }
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    # What a desktop has, as far as a picture takes it.
    chroot "$root" apt-get install --yes --no-install-recommends \
        xvfb xauth dbus dbus-x11 scrot fonts-dejavu-core xdg-utils appstream desktop-file-utils \
        >>"$root.log" 2>&1 || { tail -20 "$root.log"; exit 1; }
    chroot "$root" useradd --create-home person
    touch "$root/.complete"
fi

unmount() {
    umount "$root/dev/shm" "$root/proc" 2>/dev/null || true
}
trap unmount EXIT
mount -t proc proc "$root/proc"
mkdir -p "$root/dev/shm"
mount -t tmpfs tmpfs "$root/dev/shm"

# What lies where a package may leave something; what apt and dpkg note for themselves is no part
# of it.
listed() {
    (cd "$root" && find etc usr opt var home root srv \
        -path var/cache -prune -o -path var/lib/apt -prune -o -path var/lib/dpkg -prune -o \
        -path var/log -prune -o -path 'home/person/.*' -prune -o -print | sort)
}

listed >"$root.before"
cp "$deb" "$root/tmp/try.deb"
echo "install: $package"
chroot "$root" apt-get install --yes --no-install-recommends /tmp/try.deb >"$root.install" 2>&1 ||
    { tail -20 "$root.install"; exit 1; }
rm "$root/tmp/try.deb"

chroot "$root" dpkg-query --show --showformat 'installed: ${Installed-Size} KiB\n' "$package"
chroot "$root" sh -c 'desktop-file-validate /usr/share/applications/*.desktop'
chroot "$root" sh -c 'appstreamcli validate --no-net --pedantic /usr/share/metainfo/*.xml' ||
    echo "appstream: see above"

echo "start: $command"
chroot "$root" su person -c "
    cd
    export WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=
    exec xvfb-run -a -s '-screen 0 1280x900x24' dbus-run-session -- sh -c '
        $command --data data --trace trace.json 2>said &
        app=\$!
        for second in \$(seq 60); do
            sleep 1
            grep -q \"a page is complete\" trace.json && break
            kill -0 \$app || break
        done
        sleep 2
        scrot --overwrite picture.png
        kill \$app
        wait \$app || true
        cat said
    '
"
cp "$root/home/person/picture.png" "$picture"
grep -q "a page is complete" "$root/home/person/trace.json" || { echo "no page was shown"; exit 1; }

echo "remove: $package"
chroot "$root" apt-get purge --yes --autoremove "$package" >"$root.remove" 2>&1 ||
    { tail -20 "$root.remove"; exit 1; }
listed >"$root.after"
if ! diff "$root.before" "$root.after"; then
    echo "the package leaves something behind"
    exit 1
fi
rm -rf "$root/home/person/data"
echo "nothing is left behind"
