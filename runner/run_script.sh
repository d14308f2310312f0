#!/bin/bash
@about@
#
# usage: bash run.sh [FOLDER]
# Fetches the commit, builds it with the lab's config, and boots it in QEMU with the reproducer as the lab does.
# Needs git, make, a C compiler with a static C library, QEMU, and what Linux is built with.
# It runs the reproducer in a virtual machine without a network, and the tree's makefiles as you: read both first.
set -euo pipefail

url=@url@
branch=@branch@
commit=@commit@
folder=${1:-@name@}
mkdir -p -- "$folder"
cd -- "$folder"

# CC can name another compiler. Machines other than @machine@ cross-build.
CC=${CC:-@compiler@}
cross=
target=()
if [ "$(uname -m)" != @machine@ ]; then
  cross=@tools@
  case $CC in
  clang*) target=("--target=${cross%-}") ;;
  *) CC=$cross$CC ;;
  esac
fi
compile=("$CC" "${target[@]}")

echo "== The source: $commit"
[ -d linux ] || git init -q linux
if ! sha=$(git -C linux rev-parse -q --verify --end-of-options "$commit^{commit}"); then
  git -C linux fetch --tags -- "$url" "$branch"
  sha=$(git -C linux rev-parse --verify --end-of-options "$commit^{commit}")
fi
git -C linux checkout -q --detach "$sha"

echo "== The kernel"
settings=(
  ARCH=@arch@ "CROSS_COMPILE=$cross" "CC=$CC"
@settings@
)
mkdir -p build
base64 -d >build/.config <<'END_OF_FILE'
@config@
END_OF_FILE
make -C linux "${settings[@]}" "O=$PWD/build" olddefconfig
make -C linux "${settings[@]}" "O=$PWD/build" -j"$(nproc)" @goal@ vmlinux
cp build/@image@ kernel

echo "== The guest: an initramfs of init and the reproducer"
base64 -d >init.c <<'END_OF_FILE'
@init@
END_OF_FILE
"${compile[@]}" @init_flags@ -o init init.c
@payload@

pad() {
  head -c "$(((4 - $1 % 4) % 4))" /dev/zero
}
inode=0
member() { # name, mode, file, major and minor number: a member of a cpio archive
  local size links=1
  [ $(($2 >> 12)) -ne 4 ] || links=2 # a folder
  size=$(stat -L -c %s "$3")
  inode=$((inode + 1))
  printf 070701
  printf %08X "$inode" "$(($2))" 0 0 "$links" 0 "$size" 0 0 "$4" "$5" "$((${#1} + 1))" 0
  printf '%s\0' "$1"
  pad "$((110 + ${#1} + 1))"
  cat "$3"
  pad "$size"
}
{
@members@
  inode=-1
  member 'TRAILER!!!' 0 /dev/null 0 0
} >guest.cpio

echo "== The machine"
# ACCEL=tcg emulates the processor where KVM does not work.
if [ -z "$cross" ] && [ -w /dev/kvm ] && [ "${ACCEL:-kvm}" = kvm ]; then
  machine=(@kvm@)
  seconds=@kvm_seconds@
else
  machine=(@tcg@)
  seconds=@tcg_seconds@
fi
timeout "$seconds" @qemu@ "${machine[@]}" \
  @rest@ </dev/null | tee console.log ||
  echo "== The machine was stopped, or ended with an error"
echo "== Its console is in $PWD/console.log"
