#!/bin/sh
# Installs a package in a Debian of its own, starts the app there as somebody who is not root,
# removes the package, and fails if anything is not as it should be.
#
#   try-deb.sh PACKAGE.deb FOLDER SITE…
#
# As root. SITE is the command that serves the site which the app opens; it says its address when
# it is there. If BARE is a program, a window with nothing behind it (src-tauri/examples/bare.rs),
# the memory of both with the same page is said. FOLDER keeps the Debian for the next time, logs, and what was to be seen:
#
#   online.png    the app as it was started by its command
#   link.png      a page that was opened by a link of the system
#   offline.png   the app, started anew, without the site
#
# Mounts, processes and the network are the script's own, and gone with it.
set -eu

if [ "${1:-}" != inside ]; then
    exec unshare --mount --pid --fork --kill-child sh "$0" inside "$@"
fi
shift
deb=$1
folder=$2
shift 2
root=$folder/debian
package=$(dpkg-deb --field "$deb" Package)
command=$(dpkg-deb --contents "$deb" | sed -n 's|.* \(\./\)\{0,1\}usr/bin/\(.\)|\2|p')
[ -n "$command" ] || { echo "$deb has no command" >&2; exit 1; }

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

# Runs something with its output in a log, the end of which is shown if it fails.
logged() {
    log=$folder/$1.log
    shift
    "$@" >"$log" 2>&1 || { tail -20 "$log" >&2; fail "$*"; }
}

# Who changes this list makes the Debian anew.
tools="xvfb xauth dbus dbus-x11 scrot x11-utils fonts-dejavu-core xdg-utils libglib2.0-bin \
appstream desktop-file-utils systemd procps"
if [ "$(cat "$root/.complete" 2>/dev/null)" != "$tools" ]; then
    echo "debian: making $root"
    rm -rf "$root"
    logged debootstrap debootstrap --variant=minbase --include=ca-certificates bookworm "$root"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    # What a desktop has, as far as a picture takes it.
    # shellcheck disable=SC2086 # They are words.
    logged tools chroot "$root" apt-get install --yes --no-install-recommends $tools
    chroot "$root" useradd --create-home --shell /bin/sh person
    echo "$tools" >"$root/.complete"
fi
mount -t proc proc "$root/proc"
mkdir -p "$root/dev/shm"
mount -t tmpfs tmpfs "$root/dev/shm"
cp /etc/resolv.conf "$root/etc/resolv.conf"

# What lies where a package may leave something. What apt, dpkg and the desktop's own indexes
# note for themselves is no part of it, nor what the person has.
listed() {
    (cd "$root" && find etc usr opt var home root srv \
        -path var/cache -prune -o -path var/lib/apt -prune -o -path var/lib/dpkg -prune -o \
        -path var/log -prune -o -path home/person -prune -o -print | sort)
}

# An earlier trial may have broken off.
former=$(cat "$folder/installed" 2>/dev/null || true)
[ -z "$former" ] || chroot "$root" apt-get purge --yes "$former" >/dev/null 2>&1 || true
echo "$package" >"$folder/installed"
# What something else merely recommends or suggests goes as well: it came with the package.
autoremove() {
    chroot "$root" apt-get autoremove --purge --yes \
        -o APT::AutoRemove::RecommendsImportant=false -o APT::AutoRemove::SuggestsImportant=false
}
logged tidy autoremove
rm -rf "$root/home/person" && cp -a "$root/etc/skel" "$root/home/person"
chroot "$root" chown -R person: /home/person
listed >"$folder/before.list"

echo "install: $package $(dpkg-deb --field "$deb" Version)"
cp "$deb" "$root/tmp/try.deb"
logged install chroot "$root" apt-get install --yes --no-install-recommends /tmp/try.deb
rm "$root/tmp/try.deb"
packed=$(stat --format %s "$deb")
files=$(chroot "$root" dpkg-query --listfiles "$package" | while read -r file; do
    [ ! -f "$root$file" ] || stat --format %s "$root$file"
done | awk '{ sum += $1 } END { print sum }')
echo "size: $packed bytes packed, $files bytes in files"

echo "check: desktop entry, AppStream metadata, unit of systemd"
entry=/usr/share/applications/$package.desktop
logged desktop chroot "$root" desktop-file-validate "$entry"
logged appstream chroot "$root" sh -c 'appstreamcli validate --no-net --pedantic /usr/share/metainfo/*.xml'
logged unit chroot "$root" env XDG_RUNTIME_DIR=/tmp systemd-analyze --user --man=no verify "/usr/lib/systemd/user/$command.service"
for size in 16 24 32 48 64 128 256 512; do
    icon=/usr/share/icons/hicolor/${size}x$size/apps/$command.png
    [ -s "$root$icon" ] || fail "$icon is not there"
done
launchable=$(sed -n 's|.*desktop-id">\(.*\)</launchable>|\1|p' "$root"/usr/share/metainfo/*.xml)
[ -e "$root/usr/share/applications/$launchable" ] || fail "AppStream launches $launchable"
scheme=$(sed -n 's|^MimeType=x-scheme-handler/\(.*\);|\1|p' "$root$entry")

if [ -n "${BARE:-}" ]; then
    cp "$BARE" "$root/home/person/bare"
fi

# Within the Debian, as the person: the app, a link, and the app again.
cat >"$root/home/person/look.sh" <<'LOOK'
set -eu
command=$1 class=$2 scheme=$3 page=$4

# Waits until what follows succeeds.
until_true() {
    what=$1
    shift
    for try in $(seq 240); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.25
    done
    echo "waited in vain until $what" >&2
    scrot --overwrite failed.png
    tail -40 said >&2
    exit 1
}
pages() {
    [ "$(grep -c 'a page is complete' said)" -ge "$1" ]
}
shows() {
    xwininfo -root -tree | grep -q "$1"
}
# A page is complete before it is painted; what is all of one colour is a few kilobytes.
painted() {
    scrot --overwrite "$1.png" && [ "$(stat --format %s "$1.png")" -gt 20000 ]
}
start() {
    RUST_LOG=holdfast_app=debug "$command" >said 2>&1 &
    app=$!
    until_true "a page is shown" pages 1
}
end() {
    kill "$app"
    wait "$app" 2>/dev/null || true
}
below() {
    echo "$1"
    for child in $(pgrep -P "$1"); do below "$child"; done
}
# Of the program and what it has started, ten seconds after its page was painted: what they share
# with others counts for each by its part of it (PSS).
memory() {
    until_true "the page is painted" painted "$1"
    sleep 10
    for process in $(below "$app"); do
        sed "1i $(cat "/proc/$process/comm")" "/proc/$process/smaps_rollup"
    done | awk -v who="$1" '
        NF == 1 { name = $1 }
        /^Pss:/ { pss += $2; each = each sprintf(", %s %.1f", name, $2 / 1024) }
        /^Rss:/ { rss += $2 }
        END { printf "memory: %s PSS %.1f MiB, RSS %.1f MiB%s\n", who, pss / 1024, rss / 1024, each }'
    end
}

start
until_true "the window is called $class" shows "(\"$command\" \"$class\")"
until_true "the page is painted" painted online
sleep 2
painted online
gio open "$scheme:/polls/1/"
until_true "the link is followed" grep -q 'a page is opened path="/polls/1/"' said
until_true "its page is complete" pages 2
# The page before it stays until then.
changed() {
    painted link && ! cmp -s link.png online.png
}
until_true "the question is painted" changed
sleep 2
painted link
end
for round in 1 2 3; do
    start
    memory app
    [ -x bare ] || continue
    BARE_OPENS=$page ./bare --data bare.data >said 2>&1 &
    app=$!
    memory bare
done
touch leave
until_true "the site is gone" [ -e left ]
start
until_true "what is stored is painted" painted offline
end
LOOK
class=$(sed -n 's/^StartupWMClass=//p' "$root$entry")

echo "start: $command, in a network of its own"
cat >"$folder/network.sh" <<'NETWORK'
set -eu
root=$1 command=$2 class=$3 scheme=$4
shift 4
ip link set lo up
"$@" >"$root.site.log" 2>&1 &
site=$!
for try in $(seq 240); do
    ! grep -q http:// "$root.site.log" || break
    sleep 0.25
done
(
    # The app says when it wants to be alone.
    while [ ! -e "$root/home/person/leave" ]; do sleep 0.25; done
    kill $site
    while kill -0 $site 2>/dev/null; do sleep 0.25; done
    touch "$root/home/person/left"
) &
page=$(sed -n 's|.*\(http://[^ ]*\).*|\1|p' "$root.site.log" | head -1)
chroot "$root" su - person -c "
    export WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=
    exec xvfb-run -a -s '-screen 0 1280x900x24' \
        dbus-run-session -- sh look.sh $command $class $scheme $page
"
NETWORK
unshare --net sh "$folder/network.sh" "$root" "$command" "$class" "$scheme" "$@" || {
    cp "$root/home/person/failed.png" "$folder/" 2>/dev/null || true
    fail "the app did not do what it should"
}
for picture in online link offline; do
    cp "$root/home/person/$picture.png" "$folder/"
done

echo "remove: $package"
logged remove chroot "$root" apt-get purge --yes "$package"
logged autoremove autoremove
listed >"$folder/after.list"
diff "$folder/before.list" "$folder/after.list" || fail "the package leaves something behind"
rm "$folder/installed"
echo "nothing is left behind"
