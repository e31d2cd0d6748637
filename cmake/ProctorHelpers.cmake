# SPDX-License-Identifier: MIT
# The helpers of every CMakeLists.txt in this tree.  Sources are named relative to the folder that calls.
#
#   pr_library(NAME SOURCE...)
#       A static library of position-independent code whose symbols stay hidden in a shared library.
#       Link what it needs with target_link_libraries(NAME PUBLIC ...).
#
#   pr_test(X_test.c [LIBRARY...] [SOURCES FILE...] [LABELS LABEL...] [TIMEOUT SECONDS] [ENV NAME=VALUE...] [SERIAL])
#       A cmocka program and a ctest named after its path: core/base/buf_test.c is core.base.buf.  The
#       first folder of the path is a label too (ctest -L core).  Exit status 77 means skipped.  The
#       test runs in BUILD/test and finds its files with the macros PR_SOURCE_DIR, PR_FIXTURES (the
#       folder fixtures) and PR_BUILD_DIR (where proctor and libproctor.so are).  The target tests.core
#       builds all programs of the folder core, and so on.
#       The label no-sanitizer keeps a test out of every sanitizer's run, single-thread out of the
#       thread sanitizer's, which has nothing to find there and takes minutes.
#
#   pr_script_test(NAME COMMAND ARGUMENT... [LABELS ...] [TIMEOUT SECONDS] [ENV ...] [SERIAL])
#       A ctest that runs a command; the same environment names are set as variables.
#
#   pr_fuzz(X_fuzz.c RUNS COUNT [LIBRARY...] [CORPUS FOLDER])
#       A function LLVMFuzzerTestOneInput().  With PROCTOR_FUZZ and clang it becomes the libFuzzer
#       program BUILD/fuzz/X (target fuzz builds them all); otherwise a ctest that replays each file of
#       CORPUS (below fixtures/), so that it is built and run by every compiler.  RUNS: how many inputs
#       ci/test tries when it is not asked for more; what goes into some seconds.

function(pr_library name)
  add_library(${name} STATIC ${ARGN})
  set_target_properties(${name} PROPERTIES C_VISIBILITY_PRESET hidden)
endfunction()

# The ctest name of a source file: its path below the top with dots, without the suffix.
function(pr_path_name result file suffix)
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
  cmake_path(RELATIVE_PATH file BASE_DIRECTORY ${CMAKE_SOURCE_DIR})
  string(REGEX REPLACE "${suffix}$" "" name ${file})
  string(REPLACE "/" "." name ${name})
  set(${result} ${name} PARENT_SCOPE)
endfunction()

# These take longest: they begin first, so that none runs alone at the end.
set(pr_long_tests core.test.pressure core.test.split core.test.signature core.test.fault analyzers.history
    harness.adapter.conformance harness.runner harness.travel harness.damage reports.browser reports.page)

# What every ctest has.  A limit is generous: it ends a hang, it does not judge speed.  What proctor keeps of earlier runs it
# keeps in a folder of the test's own, not in the user's.
function(pr_test_properties name labels timeout environment serial)
  string(REGEX REPLACE "\\..*" "" folder ${name})
  if(name IN_LIST pr_long_tests)
    if(NOT timeout)
      set(timeout 600)
    endif()
    set_tests_properties(${name} PROPERTIES COST 100)
  elseif(NOT timeout)
    set(timeout 300)
  endif()
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT ${timeout}
    LABELS "${folder};${labels}" ENVIRONMENT "${environment};XDG_DATA_HOME=${CMAKE_BINARY_DIR}/test/data/${name}")
  if(serial)
    set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
  endif()
endfunction()

# Macros by which a test finds the tree.
function(pr_test_definitions target)
  target_compile_definitions(${target} PRIVATE PR_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    PR_FIXTURES="${CMAKE_SOURCE_DIR}/fixtures" PR_BUILD_DIR="${CMAKE_BINARY_DIR}")
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
endfunction()

function(pr_test source)
  if(NOT PROCTOR_TESTS)
    return()
  endif()
  cmake_parse_arguments(T "SERIAL" "TIMEOUT" "SOURCES;LABELS;ENV" ${ARGN})
  pr_path_name(name ${source} "_test\\.c")
  add_executable(test.${name} ${source} ${T_SOURCES})
  target_link_libraries(test.${name} PRIVATE ${T_UNPARSED_ARGUMENTS} PkgConfig::cmocka)
  pr_test_definitions(test.${name})
  string(REGEX REPLACE "\\..*" "" folder ${name})
  if(NOT TARGET tests.${folder})
    add_custom_target(tests.${folder})
  endif()
  add_dependencies(tests.${folder} test.${name})
  add_test(NAME ${name} COMMAND test.${name} WORKING_DIRECTORY ${CMAKE_BINARY_DIR}/test)
  pr_test_properties(${name} "${T_LABELS}" "${T_TIMEOUT}" "${T_ENV}" "${T_SERIAL}")
endfunction()

function(pr_script_test name)
  if(NOT PROCTOR_TESTS)
    return()
  endif()
  cmake_parse_arguments(T "SERIAL" "TIMEOUT" "LABELS;ENV" ${ARGN})
  add_test(NAME ${name} COMMAND ${T_UNPARSED_ARGUMENTS} WORKING_DIRECTORY ${CMAKE_BINARY_DIR}/test)
  pr_test_properties(${name} "${T_LABELS}" "${T_TIMEOUT}"
    "PR_SOURCE_DIR=${CMAKE_SOURCE_DIR};PR_FIXTURES=${CMAKE_SOURCE_DIR}/fixtures;PR_BUILD_DIR=${CMAKE_BINARY_DIR};${T_ENV}"
    "${T_SERIAL}")
endfunction()

function(pr_fuzz source)
  cmake_parse_arguments(T "" "CORPUS;RUNS" "" ${ARGN})
  if(NOT T_RUNS)
    message(FATAL_ERROR "pr_fuzz(${source}): say with RUNS how many inputs ci/test tries")
  endif()
  pr_path_name(name ${source} "_fuzz\\.c")
  if(PROCTOR_FUZZ)
    string(REGEX REPLACE ".*\\." "" short ${name})
    add_executable(fuzz.${short} ${source})
    target_link_libraries(fuzz.${short} PRIVATE ${T_UNPARSED_ARGUMENTS})
    target_compile_options(fuzz.${short} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz.${short} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz fuzz.${short})
    set_target_properties(fuzz.${short} PROPERTIES OUTPUT_NAME ${short}
      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    file(WRITE ${CMAKE_BINARY_DIR}/fuzz/${short}.runs ${T_RUNS})
    if(T_CORPUS)
      file(WRITE ${CMAKE_BINARY_DIR}/fuzz/${short}.fixtures ${CMAKE_SOURCE_DIR}/fixtures/${T_CORPUS})
    endif()
  elseif(PROCTOR_TESTS AND T_CORPUS)
    add_executable(test.${name} ${source} ${CMAKE_SOURCE_DIR}/ci/fuzz/replay.c)
    target_link_libraries(test.${name} PRIVATE ${T_UNPARSED_ARGUMENTS})
    pr_test_definitions(test.${name})
    add_test(NAME ${name} COMMAND test.${name} ${CMAKE_SOURCE_DIR}/fixtures/${T_CORPUS})
    pr_test_properties(${name} "fuzz" "" "" "")
  endif()
endfunction()

if(PROCTOR_TESTS)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/test)
endif()
if(PROCTOR_FUZZ)
  add_custom_target(fuzz)
endif()
if(PROCTOR_FUZZ AND NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "PROCTOR_FUZZ needs clang: configure with -DCMAKE_C_COMPILER=clang")
endif()

# Gives a target pr_version_git.h (the commit) and PR_VERSION_FLAGS (how C files are compiled).
function(pr_version_header target)
  set(folder ${CMAKE_BINARY_DIR}/generated)
  add_custom_target(pr_version_git BYPRODUCTS ${folder}/pr_version_git.h
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${folder}/pr_version_git.h
            -P ${CMAKE_SOURCE_DIR}/cmake/git_version.cmake)
  add_dependencies(${target} pr_version_git)
  target_include_directories(${target} PRIVATE ${folder})
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  get_directory_property(options COMPILE_OPTIONS)
  list(FILTER options EXCLUDE REGEX "^-W")
  list(JOIN options " " options)
  string(STRIP "${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${type}} ${options}" flags)
  target_compile_definitions(${target} PRIVATE "PR_VERSION_FLAGS=\"${flags}\"")
endfunction()
