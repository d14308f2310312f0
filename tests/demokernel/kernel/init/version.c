// SPDX-License-Identifier: Apache-2.0
#include <generated/compile.h>
#include <generated/utsrelease.h>
#include <kernel/setup.h>

const char init_uts_release[] = UTS_RELEASE;
const char init_uts_version[] = UTS_VERSION;

const char demokernel_banner[] =
	"Demokernel version " UTS_RELEASE " (" COMPILE_BY "@" COMPILE_HOST ") ("
	COMPILER ", " LINKER ") " UTS_VERSION "\n";
