# SPDX-License-Identifier: MIT
# The engine without its counters, linked as often as the other and with its objects in the same orders: what hooks cost
# is what the two differ by (harness/plant.h, watch=unhooked).  Not part of a build, because only who asks needs it:
# cmake --build build --target unhooked.
if(PROCTOR_HOOKS AND PROCTOR_RELINKS GREATER 0)
  get_target_property(unhooked_sources pr_engine SOURCES)
  get_target_property(unhooked_folder pr_engine SOURCE_DIR)
  list(TRANSFORM unhooked_sources PREPEND "${unhooked_folder}/")
  add_library(pr_engine_unhooked STATIC EXCLUDE_FROM_ALL ${unhooked_sources})
  set_target_properties(pr_engine_unhooked PROPERTIES C_VISIBILITY_PRESET hidden)
  target_compile_options(pr_engine_unhooked PRIVATE -UPROCTOR_HOOKS -DPROCTOR_HOOKS=0)
  target_link_libraries(pr_engine_unhooked PUBLIC pr_base PkgConfig::libuv Threads::Threads)
  add_custom_target(unhooked)
  foreach(number RANGE ${PROCTOR_RELINKS})
    set(target proctor_unhooked_${number})
    add_library(${target} SHARED EXCLUDE_FROM_ALL $<TARGET_OBJECTS:pr_engine_unhooked>)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME proctor LINKER_LANGUAGE C
      LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/unhooked/${number})
    # As pr_link_engine() in core/CMakeLists.txt.
    target_link_libraries(${target} PRIVATE pr_base PkgConfig::libuv Threads::Threads)
    target_link_options(${target} PRIVATE -Wl,--exclude-libs,ALL -Wl,-z,defs -Wl,-Bsymbolic-functions -Wl,-z,nodelete)
    if(number GREATER 0)
      set_target_properties(${target} PROPERTIES
        RULE_LAUNCH_LINK "${CMAKE_SOURCE_DIR}/cmake/shuffled_link ${number}")
    endif()
    add_dependencies(unhooked ${target})
  endforeach()
endif()
