# escapement_write_system_calls(FILE) writes a header with the names and numbers of all system calls, from the kernel's own
# headers: those of this architecture, and on x86-64 those of i386 and of x32. What a new header brings, it brings.

function(_escapement_system_calls out table header)
  set(source ${CMAKE_BINARY_DIR}/system-calls/${table})
  set(preprocess ${CMAKE_CXX_COMPILER} -E -P -x c++ -D__X32_SYSCALL_BIT=0x40000000)
  file(WRITE ${source}.macros "#include <${header}>\n")
  execute_process(COMMAND ${preprocess} -dM ${source}.macros OUTPUT_VARIABLE macros COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "#define __NR_[a-z0-9_]+ " names "${macros}")
  list(TRANSFORM names REPLACE "#define __NR_([a-z0-9_]+) " "\\1")
  list(REMOVE_ITEM names syscalls arch_specific_syscall)  # a number of calls, and where those of an architecture begin
  list(SORT names)

  set(rows "#include <${header}>\n")
  foreach(name ${names})
    string(APPEND rows "{\"${name}\", __NR_${name}},\n")
  endforeach()
  file(WRITE ${source}.rows "${rows}")
  execute_process(COMMAND ${preprocess} ${source}.rows OUTPUT_VARIABLE rows COMMAND_ERROR_IS_FATAL ANY)
  set(${out} "inline constexpr SystemCallNumber ${table}_calls[] = {\n${rows}};\n" PARENT_SCOPE)

  execute_process(COMMAND ${preprocess} -M ${source}.macros OUTPUT_VARIABLE read COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "/[^ \n]*unistd[^ \n]*" read "${read}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${read})
endfunction()

function(escapement_write_system_calls file)
  _escapement_system_calls(text native asm/unistd.h)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    foreach(table i386 x32)
      string(REPLACE "i386" "32" header asm/unistd_${table}.h)
      _escapement_system_calls(more ${table} ${header})
      string(APPEND text "${more}")
    endforeach()
  endif()
  file(CONFIGURE OUTPUT ${file} @ONLY CONTENT "#pragma once

// Written by system-calls.cmake.

namespace probe {

struct SystemCallNumber {
  const char* name;
  int number;
};

@text@
}  // namespace probe
")
endfunction()
