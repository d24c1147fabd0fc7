#!/usr/bin/env bash
# jettison on arm64, where there is no such machine: cross-compiled, started in QEMU under Debian's arm64 kernel, and put to work
# on Debian's arm64 nginx and Redis, in all three tiers, as root and as an ordinary user. Closes with a line `N passed, N failed`.
#
# `make test` leaves it out: the build takes minutes, and QEMU runs about ten times slower than the machine.
#
# WORK      where files go, and stay for the next time (default: /tmp/jettison-arm64)
# JETTISON  an arm64 binary (default: a release build of this checkout; the target is added to the toolchain by rustup)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
. scripts/prepare.sh
need qemu-system-aarch64 qemu-system-arm aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu mmdebstrap mmdebstrap mke2fs e2fsprogs cpio cpio python3 python3
WORK=${WORK:-/tmp/jettison-arm64}
mkdir -p "$WORK"

if [ -z "${JETTISON:-}" ]; then
  need_build
  target=aarch64-unknown-linux-gnu
  rustup target add "$target"
  CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc \
    cargo build --release --locked --target "$target" --package jettison
  JETTISON=${CARGO_TARGET_DIR:-target}/$target/release/jettison
fi

# Debian's packages, unpacked: their scripts would need an arm64 machine.
debian=$WORK/debian
if [ ! -d "$debian" ]; then
  mmdebstrap --quiet --variant=extract --architectures=arm64 --include=nginx-light,redis-server,busybox-static,linux-image-arm64 \
    bookworm "$debian.new" http://deb.debian.org/debian
  mv "$debian.new" "$debian"
fi
kernel=$(echo "$debian"/boot/vmlinuz-*)
release=${kernel##*/vmlinuz-}

# The image: those packages without the kernel, and what their scripts would have made.
image=$WORK/image
rm -rf "$image" "$WORK/vm" "$WORK/disk"
mkdir -p "$image"
tar -C "$debian" --exclude=./boot --exclude=./lib/modules --exclude=./usr/lib/linux-image-\* --exclude=./var/cache/apt -cf - . | tar -C "$image" -xf -
mkdir -p "$image"/{proc,sys,dev,tmp,run,root,etc/nginx/sites-enabled,var/www/html,var/lib/redis}
chmod 1777 "$image/tmp"
printf '%s\n' root:x:0:0:root:/root:/bin/sh www-data:x:33:33::/var/www:/usr/sbin/nologin nobody:x:65534:65534::/:/usr/sbin/nologin >"$image/etc/passwd"
printf '%s\n' root:x:0: www-data:x:33: adm:x:4: nogroup:x:65534: >"$image/etc/group"
ln -sf ../sites-available/default "$image/etc/nginx/sites-enabled/default"
echo '<h1>Harbour</h1><a href="/two.html">two</a>' >"$image/var/www/html/index.html"
echo '<p>Pier two</p>' >"$image/var/www/html/two.html"
tar -C "$image" -cf "$WORK/layer.tar" .

disk=$WORK/disk
mkdir -p "$disk"
python3 - "$WORK/layer.tar" "$disk" <<'PY'
import hashlib, io, json, sys, tarfile
layer, directory = sys.argv[1:3]
data = open(layer, "rb").read()
environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
def archive(name, container):
    rootfs = {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(data).hexdigest()]}
    config = {"architecture": "arm64", "variant": "v8", "os": "linux", "config": dict(container, Env=environment), "rootfs": rootfs}
    config = json.dumps(config).encode()
    id = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": id, "RepoTags": [f"arm64/{name}:fat"], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(f"{directory}/{name}.tar", "w") as made:
        for member, content in ((id, config), ("layer.tar", data), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(member)
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
archive("nginx", {"Cmd": ["nginx", "-g", "daemon off;"], "ExposedPorts": {"80/tcp": {}}})
archive("redis", {"Cmd": ["redis-server", "--dir", "/var/lib/redis"], "ExposedPorts": {"6379/tcp": {}}, "Healthcheck": {"Test": ["CMD", "redis-cli", "ping"]}})
PY

# What the machine does. Each line `ok` or `FAIL` is counted below.
cat >"$disk/checks" <<'SH'
cd /disk
check() { label=$1; shift; if "$@" >/tmp/last 2>&1; then echo "ok   $label"; else echo "FAIL $label"; tail -n 15 /tmp/last | sed 's/^/     | /'; fi; }
jettison doctor
check "the best tier works" sh -c 'jettison doctor | grep -q "run here in tier 1"'
slim() { jettison slim --quiet --tier "$1" "$2.tar" --tag "arm64/$2:slim" --to "docker-archive:$3" --copy-meta-artifacts "$3-about"; }
for tier in 1 2 3; do check "nginx: slimmed and verified in tier $tier" slim $tier nginx nginx-$tier.tar; done
check "nginx: the report names the processor" sh -c 'grep -q "arm64" nginx-1.tar-about/creport.json'
check "nginx: its seccomp profile is one for arm64" sh -c 'grep -q SCMP_ARCH_AARCH64 nginx-1.tar-about/*seccomp.json'
check "redis: slimmed and verified" slim 1 redis redis-1.tar
# Run without jettison: the layer unpacked, the program in a chroot.
unpacked() { mkdir -p "$2"; jettison copy --quiet "$1" "docker-archive:$2.tar" --compression none; tar -xOf "$2.tar" manifest.json >"$2.json"; for layer in $(grep -o 'blobs/sha256/[0-9a-f]*' "$2.json"); do tar -xOf "$2.tar" "$layer" | tar -xf - -C "$2" 2>/dev/null; done; }
check "nginx: unpacked" unpacked nginx-1.tar nginx-root
mkdir -p nginx-root/dev; mknod nginx-root/dev/null c 1 3; chmod 666 nginx-root/dev/null
chroot nginx-root /usr/sbin/nginx -g 'daemon off;' >nginx.log 2>&1 &
answers() { for _ in $(seq 60); do "$@" >/dev/null 2>&1 && return; sleep 1; done; }
answers wget -qO- http://127.0.0.1/
check "nginx: the slim image serves its page" sh -c 'wget -qO- http://127.0.0.1/ | grep Harbour'
check "nginx: and the page behind the link" sh -c 'wget -qO- http://127.0.0.1/two.html | grep "Pier two"'
check "nginx: and no other" sh -c 'wget -O- http://127.0.0.1/three.html 2>&1 | grep 404'
check "redis: unpacked" unpacked redis-1.tar redis-root
mkdir -p redis-root/dev; mknod redis-root/dev/null c 1 3; mknod redis-root/dev/urandom c 1 9
# On arm64 Redis asks /proc for a kernel bug, and ends if it cannot.
mkdir -p redis-root/proc; mount -t proc none redis-root/proc
chroot redis-root /usr/bin/redis-server --dir /var/lib/redis >redis.log 2>&1 &
answers chroot redis-root /usr/bin/redis-cli ping
check "redis: its client in the slim image" sh -c 'cat redis.log; chroot redis-root /usr/bin/redis-cli set k harbour && chroot redis-root /usr/bin/redis-cli get k | grep harbour'
check "restored, it is the fat image" sh -c 'jettison slim --quiet nginx.tar --rest rest.tar --to docker-archive:again.tar && jettison restore --quiet again.tar --rest rest.tar --compression none --to docker-archive:whole.tar && jettison diff --exit-code nginx.tar whole.tar'
check "analysed" sh -c 'jettison analyze --quiet nginx-1.tar | grep "linux/arm64"'
mkdir /disk/home; cp nginx.tar /disk/home; chown -R 1000:1000 /disk/home
for tier in 1 2; do
  check "nginx: as an ordinary user in tier $tier" su user -s /bin/sh -c "cd /disk/home && HOME=/disk/home TMPDIR=/disk/home jettison slim --quiet --tier $tier nginx.tar --to docker-archive:slim-$tier.tar"
done
check "the same image in each tier" sh -c 'for other in nginx-2.tar nginx-3.tar; do cmp nginx-1.tar $other || exit 1; done'
SH
mke2fs -q -t ext4 -d "$disk" "$WORK/disk.img" 6G

# The machine: the kernel's modules, busybox, jettison and the libraries it is linked to.
vm=$WORK/vm
modules=lib/modules/$release/kernel
mkdir -p "$vm"/{bin,etc,lib/aarch64-linux-gnu,proc,sys,dev,tmp,run,disk,new,root}
for part in fs/fuse fs/overlayfs fs/ext4 fs/jbd2 fs/mbcache.ko lib crypto drivers/virtio drivers/block/virtio_blk.ko; do
  [ -e "$debian/$modules/$part" ] || continue
  mkdir -p "$vm/$modules/$(dirname "$part")"
  cp -r "$debian/$modules/$part" "$vm/$modules/$(dirname "$part")/"
done
cp "$debian/bin/busybox" "$JETTISON" "$vm/bin/"
cp -L "$debian"/lib/aarch64-linux-gnu/lib{c.so.6,m.so.6,gcc_s.so.1} "$vm/lib/aarch64-linux-gnu/"
cp -L "$debian/lib/ld-linux-aarch64.so.1" "$vm/lib/"
printf '%s\n' root:x:0:0::/root:/bin/sh user:x:1000:1000::/disk/home:/bin/sh >"$vm/etc/passwd"
printf '%s\n' root:x:0: user:x:1000: >"$vm/etc/group"
cat >"$vm/init" <<'SH'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root TMPDIR=/disk
mount -t proc none /proc
mount -t sysfs none /sys
depmod
for module in virtio_pci virtio_blk crc32c_generic ext4 fuse overlay; do modprobe "$module" || echo "no module $module"; done
mount -t devtmpfs none /dev
mknod /dev/fuse c 10 229 2>/dev/null
chmod 666 /dev/fuse
# The first root file system cannot be left by pivot_root(2), which the sandbox needs: everything moves into another.
mount -t tmpfs -o mode=755 none /new
cp -a /bin /etc /lib /root /new/
mkdir -p /new/proc /new/sys /new/dev /new/tmp /new/run /new/disk
chmod 1777 /new/tmp
for directory in proc sys dev; do mount --move /$directory /new/$directory; done
for _ in $(seq 100); do [ -b /new/dev/vda ] && break; sleep 0.1; done
mount -t ext4 /new/dev/vda /new/disk && chmod 1777 /new/disk
cat >/new/start <<'START'
#!/bin/sh
ip link set lo up
mkdir -p /dev/pts /dev/shm
mount -t devpts none /dev/pts
sh /disk/checks </dev/null
echo "the checks ended"
sync
poweroff -f
START
exec switch_root /new /bin/sh /start
SH
chmod +x "$vm/init"
(cd "$vm" && find . | cpio --quiet -o -H newc) >"$WORK/initrd"
timeout 1800 qemu-system-aarch64 -machine virt -cpu max,pauth-impdef=on -smp 2 -m 4G -nographic -nic none -no-reboot \
  -kernel "$kernel" -initrd "$WORK/initrd" -append 'console=ttyAMA0 quiet panic=-1' \
  -drive "file=$WORK/disk.img,format=raw,if=virtio,cache=unsafe" </dev/null | sed -u 's|\r||' | tee "$WORK/log"
rm -f "$WORK/disk.img" "$WORK/layer.tar" "$WORK/initrd"
grep -q '^the checks ended' "$WORK/log" || { echo "the machine stopped before its end" >&2; exit 1; }
passed=$(grep -c '^ok ' "$WORK/log" || true)
failed=$(grep -c '^FAIL ' "$WORK/log" || true)
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
