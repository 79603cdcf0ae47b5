dnl What a compiler and a linker can do against the exploitation of a bug that
dnl we have overlooked.  Each flag is tried, alone, with warnings as errors:
dnl what this compiler does not know is left out, and tests/hardened.sh looks at
dnl what the programs have become.
dnl
dnl CKPTFS_TRY_FLAG(VARIABLE, FLAG, WORD, [PROGRAM]): a program that is compiled
dnl and linked with it is the test; then VARIABLE has the flag, and
dnl CKPTFS_HARDENING the word.
AC_DEFUN([CKPTFS_TRY_FLAG], [
  ckptfs_saved=$CFLAGS
  CFLAGS="$CFLAGS -Werror $2"
  AC_MSG_CHECKING([whether $CC takes $2])
  AC_LINK_IFELSE([m4_default([$4], [AC_LANG_PROGRAM([], [])])],
    [AC_MSG_RESULT([yes])
     $1="$$1 $2"
     CKPTFS_HARDENING="$CKPTFS_HARDENING $3"],
    [AC_MSG_RESULT([no])])
  CFLAGS=$ckptfs_saved
])

dnl A level of checked C library calls: it needs optimization, and headers that
dnl know it.
AC_DEFUN([CKPTFS_TRY_FORTIFY],
  [CKPTFS_TRY_FLAG([CKPTFS_HARD_CFLAGS], [-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$1], [fortify],
    [AC_LANG_SOURCE([[
#include <stdio.h>
#if !defined(__OPTIMIZE__) || !defined(__USE_FORTIFY_LEVEL) || __USE_FORTIFY_LEVEL < $1
#error no
#endif
int main(void) { return 0; }
]])])])

dnl CKPTFS_HARDENING_FLAGS: sets CKPTFS_HARD_CFLAGS and CKPTFS_HARD_LDFLAGS.
AC_DEFUN([CKPTFS_HARDENING_FLAGS], [
  CKPTFS_TRY_FLAG([CKPTFS_HARD_CFLAGS], [-fPIE], [])
  CKPTFS_TRY_FLAG([CKPTFS_HARD_LDFLAGS], [-fPIE -pie], [pie])
  CKPTFS_TRY_FLAG([CKPTFS_HARD_LDFLAGS], [-Wl,-z,relro], [relro])
  CKPTFS_TRY_FLAG([CKPTFS_HARD_LDFLAGS], [-Wl,-z,now], [now])
  CKPTFS_TRY_FLAG([CKPTFS_HARD_LDFLAGS], [-Wl,-z,noexecstack], [noexecstack])
  CKPTFS_TRY_FLAG([CKPTFS_HARD_CFLAGS], [-fstack-protector-strong], [stack-protector])
  CKPTFS_TRY_FLAG([CKPTFS_HARD_CFLAGS], [-fstack-clash-protection], [stack-clash])
  dnl x86, and 64-bit ARM: indirect jumps land only where they may.
  CKPTFS_TRY_FLAG([CKPTFS_HARD_CFLAGS], [-fcf-protection=full], [cet])
  CKPTFS_TRY_FLAG([CKPTFS_HARD_CFLAGS], [-mbranch-protection=standard], [branch-protection])
  CKPTFS_TRY_FORTIFY([3])
  AS_CASE([$CKPTFS_HARDENING], [*fortify*], [], [CKPTFS_TRY_FORTIFY([2])])
])
