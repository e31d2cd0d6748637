/* SPDX-License-Identifier: MIT */
/* core/base/version.c - the names come from CMake; the commit from a header made at each build.  */
#include "core/base/version.h"

#include "pr_version_git.h"

const char pr_version[] = PR_VERSION;
const char pr_version_git[] = PR_VERSION_GIT;
const char pr_version_compiler[] = PR_VERSION_COMPILER;
const char pr_version_flags[] = PR_VERSION_FLAGS;
