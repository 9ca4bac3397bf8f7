# What every target of this project is built with.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)  # for clang-tidy and editors
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

# What ccache wants for what is compiled with precompiled headers (ccache(1), "Precompiled headers").
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

option(ESCAPEMENT_ASAN "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(ESCAPEMENT_TSAN "Build with ThreadSanitizer" OFF)
option(ESCAPEMENT_FUZZ "Build the fuzz targets too, and all for them: clang's libFuzzer with both sanitizers of asan" OFF)
if(ESCAPEMENT_ASAN OR ESCAPEMENT_FUZZ)
  set(sanitizers address,undefined)
elseif(ESCAPEMENT_TSAN)
  set(sanitizers thread)
endif()

find_package(PkgConfig REQUIRED)
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(cap REQUIRED IMPORTED_TARGET libcap)
pkg_check_modules(archive REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(elf REQUIRED IMPORTED_TARGET libelf)
pkg_check_modules(nl REQUIRED IMPORTED_TARGET libnl-route-3.0)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)

add_library(escapement_options INTERFACE)
target_compile_options(escapement_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # A false alarm of gcc 12 on std::string's operator+ (https://gcc.gnu.org/PR105651).
  target_compile_options(escapement_options INTERFACE -Wno-restrict)
endif()
target_compile_options(escapement_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)  # see ccache, above
if(sanitizers)
  target_compile_options(escapement_options INTERFACE
    -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer
    # What gcc says of itself: instrumentation makes it see uninitialized uses that are none, in <regex> here, and that
    # ThreadSanitizer knows no fences, of which std::shared_ptr has one.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized$<SEMICOLON>-Wno-tsan>)
  target_link_options(escapement_options INTERFACE -fsanitize=${sanitizers})
endif()
if(ESCAPEMENT_FUZZ)
  target_compile_options(escapement_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Tests beside the code they test; every case becomes a ctest of its own, which fails where the program no longer has it.
include(GoogleTest)
add_library(escapement_test_main STATIC ${CMAKE_CURRENT_LIST_DIR}/test_main.cc)
target_link_libraries(escapement_test_main PRIVATE escapement_options PUBLIC GTest::gmock)
# Half of the time of a build goes into the tests, most of it into these headers, and nobody waits for a test's own code.
target_compile_options(escapement_test_main PRIVATE $<$<CONFIG:Release>:-O0>)
target_precompile_headers(escapement_test_main PRIVATE
  <gmock/gmock.h> <chrono> <filesystem> <fstream> <functional> <map> <optional> <string> <vector>)

function(_escapement_test_program name)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARGN} escapement_options escapement_test_main)
  target_precompile_headers(${name} REUSE_FROM escapement_test_main)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)
endfunction()

function(escapement_test_program name)
  _escapement_test_program(${name} ${ARGN})
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES FAIL_REGULAR_EXPRESSION "Running 0 tests from")
endfunction()

# One source, one program.
function(escapement_test source)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  escapement_test_program(${name} ${ARGN})
endfunction()

# One source, one program, and of its tests the same part in each of a few: for many that are short, and that need long to
# be listed.
function(escapement_test_in_parts source parts)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  _escapement_test_program(${name} ${ARGN})
  math(EXPR last "${parts} - 1")
  foreach(part RANGE ${last})
    add_test(NAME ${name}_${part} COMMAND ${name} --gtest_brief=1)
    set_tests_properties(${name}_${part} PROPERTIES ENVIRONMENT "GTEST_TOTAL_SHARDS=${parts};GTEST_SHARD_INDEX=${part}"
                                                    FAIL_REGULAR_EXPRESSION " 0 tests from")
  endforeach()
endfunction()

# All the tests of one library in one program: `escapement_library_tests(isolator src/a_test.cc src/b_test.cc ...)`.
function(escapement_library_tests library)
  add_executable(${library}_test ${ARGN})
  target_include_directories(${library}_test PRIVATE src)
  escapement_test_program(${library}_test ${library})
endfunction()
