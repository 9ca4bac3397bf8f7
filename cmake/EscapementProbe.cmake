# escapement_add_probe(SOURCE [DIRECTORY DIR]) builds a probe from one source file and the probe SDK.
#
# The probe <id> (SOURCE without folder and extension) becomes the target probe-<id> and the program DIR/<id>; DIR is
# ${CMAKE_BINARY_DIR}/probes unless told otherwise. It is static, so that it runs in an empty root, and small, so that
# hundreds of them cost nothing: C++20 without exceptions, RTTI or a C++ runtime, against musl where musl is installed
# and against glibc otherwise. Other projects can include this file and write probes of their own.
#
# Both compilers take the same way to musl: g++ alone knows -specs, so the start files, the library and the headers of
# musl are named one by one instead. The headers of the C++ library, of the compiler and of the kernel are found
# among the directories that CMake asked the compiler for; no version and no architecture is written down here.

option(ESCAPEMENT_MUSL "Build probes against musl where it is installed" ON)
set(ESCAPEMENT_PROBE_SDK ${CMAKE_CURRENT_LIST_DIR}/../probes/sdk CACHE INTERNAL "Sources of the probe SDK")

# Sets what the interface target escapement_probe_flags has to add to reach musl; `found` says whether it can.
function(_escapement_use_musl found)
  set(${found} FALSE PARENT_SCOPE)
  string(REGEX REPLACE "-gnu.*$" "-musl" triple "${CMAKE_LIBRARY_ARCHITECTURE}")
  find_file(ESCAPEMENT_MUSL_LIBC libc.a NO_DEFAULT_PATH PATHS /usr/lib/${triple} /usr/lib/musl/lib
            DOC "musl's static library; crt1.o, crti.o and crtn.o lie beside it")
  find_path(ESCAPEMENT_MUSL_INCLUDE bits/alltypes.h NO_DEFAULT_PATH PATHS /usr/include/${triple} /usr/lib/musl/include
            DOC "musl's headers")
  if(NOT ESCAPEMENT_MUSL_LIBC OR NOT ESCAPEMENT_MUSL_INCLUDE)
    return()
  endif()

  # <linux/...> and <asm/...> alone: the directories that hold them hold glibc's headers as well.
  set(kernel ${CMAKE_BINARY_DIR}/kernel-headers)
  foreach(dir ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES})
    if(dir MATCHES "/c\\+\\+(/|$)")
      list(APPEND cxx_headers "SHELL:-isystem ${dir}")
    elseif(EXISTS ${dir}/stdatomic.h)
      list(APPEND compiler_headers "SHELL:-isystem ${dir}")
    endif()
    foreach(part linux/version.h asm/unistd.h asm-generic/unistd.h)
      if(EXISTS ${dir}/${part})
        get_filename_component(name ${part} DIRECTORY)
        file(MAKE_DIRECTORY ${kernel})
        file(CREATE_LINK ${dir}/${name} ${kernel}/${name} SYMBOLIC)
      endif()
    endforeach()
  endforeach()
  if(NOT cxx_headers OR NOT EXISTS ${kernel}/linux OR NOT EXISTS ${kernel}/asm)
    return()
  endif()

  target_compile_options(escapement_probe_flags INTERFACE
    -nostdinc ${cxx_headers} "SHELL:-isystem ${ESCAPEMENT_MUSL_INCLUDE}" ${compiler_headers}
    "SHELL:-idirafter ${kernel}"
    # libstdc++ was configured for glibc and asks for its version; 0 keeps it to what every C library has.
    "-D__GLIBC_PREREQ(a,b)=0")
  get_filename_component(lib ${ESCAPEMENT_MUSL_LIBC} DIRECTORY)
  target_link_options(escapement_probe_flags INTERFACE -nostdlib ${lib}/crt1.o ${lib}/crti.o)
  target_link_libraries(escapement_probe_flags INTERFACE
    -Wl,--start-group ${ESCAPEMENT_MUSL_LIBC} -lgcc -Wl,--end-group ${lib}/crtn.o)
  set(${found} TRUE PARENT_SCOPE)
endfunction()

# Defines escapement_probe_flags and escapement_probe_sdk, once a build.
function(_escapement_probe_toolchain)
  if(TARGET escapement_probe_sdk)
    return()
  endif()
  add_library(escapement_probe_flags INTERFACE)
  target_compile_features(escapement_probe_flags INTERFACE cxx_std_20)
  target_compile_options(escapement_probe_flags INTERFACE
    -O2 -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers
    -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-asynchronous-unwind-tables -fno-unwind-tables
    -ffunction-sections -fdata-sections -fno-pie -fno-lto -fno-sanitize=all)
  target_link_options(escapement_probe_flags INTERFACE
    -static $<$<CXX_COMPILER_ID:GNU>:-no-pie> -s -fno-lto -fno-sanitize=all
    -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noseparate-code)

  set(musl FALSE)
  if(ESCAPEMENT_MUSL)
    _escapement_use_musl(musl)
  endif()
  set(ESCAPEMENT_PROBES_USE_MUSL ${musl} CACHE INTERNAL "Are the probes built against musl?")
  if(musl)
    message(STATUS "Probes are built against musl (${ESCAPEMENT_MUSL_LIBC})")
  else()
    message(STATUS "Probes are built against static glibc: larger than against musl (Debian: apt install musl-dev)")
    target_link_options(escapement_probe_flags INTERFACE -nodefaultlibs)
    target_link_libraries(escapement_probe_flags INTERFACE
      -Wl,--start-group -lc -lgcc -lgcc_eh -Wl,--end-group)
  endif()

  file(GLOB sources CONFIGURE_DEPENDS ${ESCAPEMENT_PROBE_SDK}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  add_library(escapement_probe_sdk STATIC ${sources})
  target_include_directories(escapement_probe_sdk PUBLIC ${ESCAPEMENT_PROBE_SDK})
  target_link_libraries(escapement_probe_sdk PUBLIC escapement_probe_flags)
endfunction()

function(escapement_add_probe source)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DIRECTORY" "")
  if(NOT arg_DIRECTORY)
    set(arg_DIRECTORY ${CMAKE_BINARY_DIR}/probes)
  endif()
  _escapement_probe_toolchain()
  get_filename_component(id ${source} NAME_WLE)
  add_executable(probe-${id} ${source})
  set_target_properties(probe-${id} PROPERTIES OUTPUT_NAME ${id} RUNTIME_OUTPUT_DIRECTORY ${arg_DIRECTORY}
                        POSITION_INDEPENDENT_CODE OFF INTERPROCEDURAL_OPTIMIZATION OFF)
  target_link_libraries(probe-${id} PRIVATE escapement_probe_sdk)
endfunction()
