#!/bin/bash
@about@
#
# usage: bash run.sh [FOLDER]
# Fetches the commit, builds it with the lab's config, and boots it in QEMU with the reproducer as the lab does.
# Needs git, make, a C compiler with a static C library, QEMU, and what Linux is built with.
# As in the lab, the commit's age says which options it is built without, which compilers fit it, and which later
# commits are put on top. What differs from the lab:
@differences@
# It runs the reproducer in a virtual machine without a network, and the tree's makefiles as you: read both first.
set -euo pipefail

url=@url@
branch=@branch@
commit=@commit@
folder=${1:-@name@}
mkdir -p -- "$folder"
cd -- "$folder"

# CC can name another compiler. Machines other than @machine@ cross-build.
wanted=${CC:-@compiler@}
cross=
prefix=
target=()
if [ "$(uname -m)" != @machine@ ]; then
  cross=@tools@
  case $wanted in
  clang*) target=("--target=${cross%-}") ;;
  *) prefix=$cross ;;
  esac
fi
compile=("$prefix$wanted" "${target[@]}")

echo "== The source: $commit"
[ -d linux ] || git init -q linux
if ! sha=$(git -C linux rev-parse -q --verify --end-of-options "$commit^{commit}"); then
  git -C linux fetch --tags -- "$url" "$branch"
  sha=$(git -C linux rev-parse --verify --end-of-options "$commit^{commit}")
fi
git -C linux checkout -q --force --detach "$sha"

release() { # name: what the tree's Makefile says of it
  head -c 4096 linux/Makefile | sed -n "s/^$1[[:blank:]]*=[[:blank:]]*\([^[:blank:]]*\)[[:blank:]]*\$/\1/p" | tail -n 1
}
age=0 # as one number; what is not Linux has none
extra=$(release EXTRAVERSION)
parts="$(release VERSION) $(release PATCHLEVEL) $(release SUBLEVEL)"
if [[ $parts =~ ^([0-9]{1,4})\ ([0-9]{1,4})\ ([0-9]{0,4})$ ]]; then
  age=$(((10#${BASH_REMATCH[1]} * 10000 + 10#${BASH_REMATCH[2]}) * 10000 + 10#0${BASH_REMATCH[3]}))
  candidate=9999
  if [[ $extra =~ ^-rc([0-9]{1,4}) ]]; then candidate=$((10#${BASH_REMATCH[1]})); fi
  age=$((age * 10000 + candidate))
  if [ "$age" -lt @first@ ]; then age=0; fi
fi

backport() { # from, before, fix, title, guilty: a later commit on top of those that lack it
  if [ "$age" -eq 0 ] || [ "$age" -lt "$1" ] || [ "$age" -ge "$2" ]; then return; fi
  if ! git -C linux cat-file -e "$3^{commit}" 2>/dev/null; then
    echo "== No backport of '$4': the repository lacks it"
    return
  fi
  if [ -n "$5" ] && ! git -C linux merge-base --is-ancestor "$5" "$sha"; then return; fi
  if grep -qxF -- "$4" <<<"$(git -C linux log --format=%s --fixed-strings --grep="$4" "$sha")"; then return; fi
  echo "== Backport of '$4'"
  git -C linux cherry-pick --no-commit "$3"
}
@backports@

echo "== The kernel"
version() { # command: its version as one number
  local said major minor patch
  said=$("$1" -dumpfullversion 2>/dev/null) || said=$("$1" -dumpversion 2>/dev/null) || said=0
  IFS=. read -r major minor patch <<<"$said"
  echo "$(((10#0$major * 1000 + 10#0$minor) * 1000 + 10#0$patch))"
}
oldest=0 newest=999999999 fitting=
wants() { # from, oldest, newest, words: the compilers that build kernels from a release on
  if [ "$age" -ge "$1" ]; then oldest=$2 newest=$3 fitting=$4; fi
}
builder=$prefix$wanted
if [ -z "${CC:-}" ] && [ "$age" -gt 0 ]; then
  :
@compilers@
fi
if [ -n "$fitting" ]; then # nothing is said of a compiler that was named exactly
  best=0
  for one in "$prefix$wanted" "$prefix$wanted"-{4..30}; do
    found=$(version "$one")
    if [ "$found" -ge "$oldest" ] && [ "$found" -le "$newest" ] && [ "$found" -gt "$best" ]; then
      best=$found builder=$one
    fi
  done
  if [ "$best" -eq 0 ]; then
    echo "== No $wanted here fits the commit's age, which wants $fitting: it may not build. CC=... names another" >&2
  fi
fi
echo "== Built by $builder"
settings=(
  ARCH=@arch@ "CROSS_COMPILE=$cross" "CC=$builder"
@settings@
)
mkdir -p build
base64 -d >build/.config <<'END_OF_FILE'
@config@
END_OF_FILE
without() { # before, option, another: kernels before a release are built without the option, or with the other one
  if [ "$age" -eq 0 ] || [ "$age" -ge "$1" ]; then return; fi
  if ! grep "^CONFIG_$2=" build/.config | grep -qv '=n$'; then return; fi
  sed -i "s/^CONFIG_$2=.*/# CONFIG_$2 is not set${3:+\\nCONFIG_$3=y}/" build/.config
  echo "== Without CONFIG_$2${3:+, but with CONFIG_$3}"
}
@rules@
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
