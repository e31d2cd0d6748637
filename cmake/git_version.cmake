# SPDX-License-Identifier: MIT
# Run at each build: writes pr_version_git.h when the commit (or "dirty") changed, so that a record names the
# code that was built and not the code that was configured.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define PR_VERSION_GIT \"${commit}\"\n")
