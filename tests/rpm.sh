#!/usr/bin/env bash
# Images with databases of rpm's, slimmed by jettison: rpm itself and Berkeley DB's own tools find in the slim image's database
# exactly the packages that are left, and `--sbom`, `analyze` and `restore` agree. Closes with a line `N passed, N failed`.
#
# JETTISON  the binary (default: a debug build of this checkout)
# RPM_NDB   an rpm that was configured with --enable-ndb, which Debian's is not: then NDB is tried too
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/prepare.sh
need rpm rpm rpmbuild rpm db5.3_load db5.3-util python3 python3 busybox busybox-static newuidmap uidmap
if [ -z "${JETTISON:-}" ]; then
  need_build
  cargo build --quiet --locked --package jettison
  JETTISON=${CARGO_TARGET_DIR:-target}/debug/jettison
fi
JETTISON=$(readlink -f "$JETTISON")
here=$PWD/tests
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
export XDG_STATE_HOME=$work/state XDG_CACHE_HOME=$work/cache HOME=$work
cd "$work"
PASSED=0 FAILED=0
# check LABEL COMMAND...: passes when the command does; shows its output when not.
check() {
  local label=$1
  shift
  if "$@" >"$work/output" 2>&1; then
    PASSED=$((PASSED + 1)) && echo "ok   $label"
  else
    FAILED=$((FAILED + 1)) && echo "FAIL $label" && tail -n 25 "$work/output" | sed 's/^/     /'
  fi
}
fails() { ! "$@"; }

# package NAME FILES: a program, so many files of names that others have too, and a page of documentation.
package() {
  mkdir -p SPECS
  cat >"SPECS/$1.spec" <<SPEC
Name: $1
Version: 1
Release: 1
Summary: Fixture $1
License: MIT
BuildArch: noarch
AutoReqProv: no
Provides: virtual($1) = 2
Requires: /bin/sh
%description
A package for tests.
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/share/$1 %{buildroot}/usr/share/doc/$1
for number in \$(seq 1 $2); do echo \$number > %{buildroot}/usr/share/$1/file-\$number; done
printf '#!/bin/sh\ncat /usr/share/$1/file-1\n' > %{buildroot}/usr/bin/$1
chmod 755 %{buildroot}/usr/bin/$1
echo $1 > %{buildroot}/usr/share/doc/$1/readme
%files
/usr/bin/$1
/usr/share/$1
/usr/share/doc/$1
SPEC
  rpmbuild --quiet -bb --define "_topdir $work" --define "_rpmdir $work/packages" "SPECS/$1.spec" >rpmbuild.log 2>&1
}
# Of app a file is used; app2 and ap have names that begin like others; unused has more files than an index's page has room for.
package app 2
package app2 40
package ap 1
package unused 2000

rpm --root "$work/root" --dbpath /var/lib/rpm --initdb
rpm --root "$work/root" --dbpath /var/lib/rpm -i --nodeps --noscripts packages/noarch/*.rpm 2>/dev/null
# A key is an entry of the database too, but no package.
key=/etc/apt/trusted.gpg.d/debian-archive-bookworm-stable.asc
[ ! -e "$key" ] || rpm --root "$work/root" --dbpath /var/lib/rpm --import "$key"
mkdir -p root/bin root/etc
cp "$(command -v busybox)" root/bin/busybox
ln -s busybox root/bin/sh
ln -s busybox root/bin/cat
printf 'ID=fedora\nVERSION_ID=40\n' >root/etc/os-release
mv root/var/lib/rpm sqlite

# ask FORM DIRECTORY ARGS...: rpm, on the database of a directory.
ask() {
  local form=$1 directory=$2 rpm=rpm backend=bdb_ro
  shift 2
  case $form in
    sqlite | log) backend=sqlite ;;
    ndb) backend=ndb rpm=$RPM_NDB ;;
  esac
  "$rpm" --define "_db_backend $backend" --dbpath "$directory" "$@"
}
# says EXPECTED COMMAND...: the command prints those lines, in any order, and nothing else.
says() {
  local expected=$1
  shift
  "$@" 2>&1 | sort | diff <(printf '%s' "$expected" | sort) -
}
# sound FORM DIRECTORY: no tool complains.
sound() {
  ask "$1" "$2" --verifydb || return 1
  local file
  case $1 in btree* | hash*)
    for file in "$2"/[A-Z]*; do db5.3_verify -q "$file" || return 1; done ;;
  esac
}
same_header() { diff <(ask "$1" "$work/$1" -q app --xml) <(ask "$1" "$2" -q app --xml); }

keys=$(rpm --dbpath "$work/sqlite" -qa 'gpg-pubkey*')
left=$(printf 'app-1-1.noarch\n%s' "$keys" | sed '/^$/d')$'\n'
back=$(printf 'app-1-1.noarch\nunused-1-1.noarch\n%s' "$keys" | sed '/^$/d')$'\n'

# form NAME: an image with that database, which lies in the directory of that name.
form() {
  local form=$1 out=$work/$1-slim
  local database=$out/var/lib/rpm
  rm -rf "$out" root/var/lib/rpm
  mkdir -p root/var/lib
  cp -r "$form" root/var/lib/rpm
  python3 "$here/rpm.py" image root fat.tar /usr/bin/app
  slim() { "$JETTISON" slim --quiet fat.tar --to "docker-archive:$1" --rest rest.tar --sbom bill.json --report report.json; }
  check "$form: slimmed" slim slim.tar
  [ -s slim.tar ] || return 0
  check "$form: twice the same" slim again.tar
  check "$form: the same id" python3 "$here/rpm.py" same slim.tar again.tar
  check "$form: nothing to warn of" fails grep -q rpm-database-whole report.json
  python3 "$here/rpm.py" unpack slim.tar "$out"
  check "$form: rpm -qa lists what is left" says "$left" ask "$form" "$database" -qa
  check "$form: rpm -q finds it" says $'app-1-1.noarch\n' ask "$form" "$database" -q app
  check "$form: its header is what it was" same_header "$form" "$database"
  check "$form: its file is its own" says $'app-1-1.noarch\n' ask "$form" "$database" -qf /usr/share/app/file-1
  check "$form: what it provides is found" says $'app-1-1.noarch\n' ask "$form" "$database" -q --whatprovides 'virtual(app)'
  check "$form: what requires is found" says $'app-1-1.noarch\n' ask "$form" "$database" -q --whatrequires /bin/sh
  local gone
  for gone in app2 ap unused; do
    check "$form: rpm -q $gone finds none" fails ask "$form" "$database" -q "$gone"
    check "$form: nothing provides it" fails ask "$form" "$database" -q --whatprovides "virtual($gone)"
    check "$form: its file is nobody's" fails ask "$form" "$database" -qf "/usr/share/$gone/file-1"
  done
  check "$form: the database is sound" sound "$form" "$database"
  check "$form: the bill agrees" says $'app-1-1\n' python3 "$here/rpm.py" bill bill.json
  "$JETTISON" analyze --quiet slim.tar --format json --output analysis.json
  check "$form: analyze agrees" says $'app-1-1\n' python3 "$here/rpm.py" analysis analysis.json
  check "$form: restored" "$JETTISON" restore --quiet slim.tar --rest rest.tar --compression none --to docker-archive:whole.tar
  check "$form: it is the fat image again" python3 "$here/rpm.py" same fat.tar whole.tar
  check "$form: a package comes back" "$JETTISON" restore --quiet slim.tar --rest rest.tar /usr/bin/unused --to docker-archive:some.tar
  rm -rf "$out"
  python3 "$here/rpm.py" unpack some.tar "$out"
  check "$form: rpm lists it again" says "$back" ask "$form" "$database" -qa
  check "$form: rpm finds its files again" says $'unused-1-1.noarch\n' ask "$form" "$database" -qf /usr/share/unused/file-1234
  check "$form: the database is sound again" sound "$form" "$database"
  rm -f ./*.tar
}

python3 "$here/rpm.py" log sqlite log
for kind in btree hash; do
  for order in little big; do python3 "$here/rpm.py" berkeley sqlite "$kind-$order" "$kind" "$order"; done
done
for name in sqlite log btree-little btree-big hash-little hash-big; do form "$name"; done
if [ -n "${RPM_NDB:-}" ]; then
  mkdir ndb
  "$RPM_NDB" --define '_db_backend ndb' --dbpath "$work/ndb" -i --justdb --nodeps --noscripts packages/noarch/*.rpm
  keys= left=$'app-1-1.noarch\n' back=$'app-1-1.noarch\nunused-1-1.noarch\n'
  form ndb
else
  echo "not tried: NDB, which Debian's rpm does not know (RPM_NDB names one that does); the crate's own tests hold it against fixtures"
fi

# A program that reads the database finds all of it.
cp -r sqlite read
rm -rf root/var/lib/rpm
cp -r read root/var/lib/rpm
python3 "$here/rpm.py" image root fat.tar /bin/sh -c 'cat /var/lib/rpm/rpmdb.sqlite | busybox wc -c; /usr/bin/app'
check "read: slimmed" "$JETTISON" slim --quiet fat.tar --to docker-archive:slim.tar --report report.json
check "read: it is told" grep -q "rpm's database stays whole (the program itself read it)" report.json
python3 "$here/rpm.py" unpack slim.tar out
check "read: the database is whole" cmp out/var/lib/rpm/rpmdb.sqlite sqlite/rpmdb.sqlite

echo "$PASSED passed, $FAILED failed"
[ "$FAILED" = 0 ]
