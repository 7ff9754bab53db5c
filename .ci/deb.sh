#!/usr/bin/env bash
# .ci/deb.sh FOLDER VERSION OUT.deb: a Debian package of the bundle. The same folder gives the same bytes.
set -euo pipefail
folder=$1 version=$2 out=$3
name=kendali
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

install -d "$root/DEBIAN" "$root/opt/$name" "$root/usr/bin" "$root/usr/share/applications" \
    "$root/usr/share/doc/$name" "$root/usr/share/icons/hicolor/scalable/apps"
cp -a "$folder/." "$root/opt/$name/"
ln -s "/opt/$name/kendali" "$root/usr/bin/kendali"
ln -s "/opt/$name/kendali-engine" "$root/usr/bin/kendali-engine"
cp resources/icons/wall.svg "$root/usr/share/icons/hicolor/scalable/apps/$name.svg"
cp LICENSE "$root/usr/share/doc/$name/copyright"
cat > "$root/usr/share/applications/$name.desktop" <<D
[Desktop Entry]
Type=Application
Name=Kendali
Comment=Konsol pusat kendali kota
Exec=/usr/bin/kendali
Icon=$name
Terminal=false
Categories=Office;
StartupWMClass=$name
D
cat > "$root/DEBIAN/control" <<D
Package: $name
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: Kendali <kendali@example.invalid>
Installed-Size: $(du -sk "$root/opt" | cut -f1)
Depends: libc6 (>= 2.28), libgl1, libegl1, libx11-xcb1, libxkbcommon0, libxkbcommon-x11-0, libxcb-cursor0, libxcb-icccm4, libxcb-keysyms1, libxcb-shape0, libdbus-1-3, libfontconfig1, libglib2.0-0
Recommends: gnome-keyring | kwalletmanager
Section: misc
Priority: optional
Description: Console of a city's command centre
 Complaints, map, indicators and sources on every monitor of the room, from a
 local store: it works with the network cable out and loses nothing.
D
(cd "$root" && find opt usr -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
find "$root" -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH:-1700000000}" {} +
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1700000000} \
    dpkg-deb --root-owner-group -Zzstd -z10 --build "$root" "$out" >/dev/null
