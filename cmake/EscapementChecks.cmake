# escapement_add_checks([TARGETS NAME...] [COMMAND TEMPLATE] [PROFILES NAME-OR-PATH...] [PROBES ID...] [PROBES_DIR DIR])
# makes a ctest of each pair of a profile and a probe.
#
# The test <profile>.<probe> runs `escapement run --profile P --probe ID` and passes where the profile keeps what it claims
# against that probe, or each of that program. It is labelled with the profile and with the class of the probe. Where the
# question cannot be answered on this machine it is skipped; with ESCAPEMENT_MUST_WORK=1 in its environment it fails instead,
# unless the kernel has nothing there to attack.
#
# TARGETS     what builds the sandbox: isolator, bwrap, ...: escapement list targets; default: isolator. Another one builds what it
#             can of the profile, and must keep what that claims. Its tests are called <target>.<profile>.<probe>, labelled with it too,
#             and are skipped where it is not to be had.
# COMMAND     a line for sh that starts {probe} in a sandbox of your own: the target `command`
# PROFILES    names of profiles that ship, or files, relative to the current source directory; default: all that ship, for any other
#             target than the isolator strict
# PROBES      default: with PROBES_DIR those that were added for it in this directory, else all that ship
# PROBES_DIR  where probes of your own are built: the DIRECTORY of escapement_add_probe()
#
#   enable_testing()
#   include(EscapementProbe)
#   include(EscapementChecks)
#   escapement_add_probe(filesystem/my-probe.cc)
#   escapement_add_checks(PROFILES mine.toml strict PROBES_DIR ${CMAKE_BINARY_DIR}/probes)
#
# The program is the target escapement, where this is its own project, else ESCAPEMENT_PROGRAM or the one that is installed.

# What a check runs: sh -c THIS PROFILE PROGRAM ARGUMENT... ctest wants a status of its own, 77, for what could not be tested.
#
# Status 0 of escapement means that no claim was refuted, also where none could be put to the test; its last line, which is
# not the probe's, tells the two apart. A profile that was named and cannot be built is an error, 3. Without root that is
# what most profiles are, so there the isolator is asked, without any probe, whether permission is all that is missing.
# A target that is not to be had here is told apart by `list targets`, which is not asked of a run that went well.
# A refuted claim, 1, is never skipped. With ESCAPEMENT_MUST_WORK=1 escapement answers 3 to both, and that stays.
set_property(GLOBAL PROPERTY _ESCAPEMENT_CHECK [=[
report=$("$@") && status=0 || status=$?
printf '%s\n' "$report"
last=$(printf '%s\n' "$report" | tail -n 1)
expr "$last" : '[0-9]* cells*: [0-9]* not testable' > /dev/null && none=1 || none=0
case $status,$none,$(id -u),${ESCAPEMENT_MUST_WORK:-0} in
  0,1,*) exit 77 ;;
  3,*,1) exit 3 ;;
  3,*) target=$(expr " $*" : '.* run --target \([^ ]*\)') && "$1" list targets | grep "^$target  *no " && exit 77
       [ "$(id -u)" -ne 0 ] || exit 3
       said=$("$(dirname "$1")/isolator" run --profile "$0" -- / 2>&1) || [ $? -ne 125 ] ||
    case $said in *": Operation not permitted"* | *": Permission denied"*) exit 77 ;; esac ;;
esac
exit $status
]=])

# <id>=<class> of the probes of this project, or of a user's own, that are built into `dir`: as escapement_add_probe() made
# them in the source directory `source`. The class is the folder of the source.
function(_escapement_probes_of source dir out)
  set(found)
  get_property(targets DIRECTORY ${source} PROPERTY BUILDSYSTEM_TARGETS)
  list(FILTER targets INCLUDE REGEX "^probe-")
  foreach(target IN LISTS targets)
    get_target_property(where ${target} RUNTIME_OUTPUT_DIRECTORY)
    get_target_property(id ${target} OUTPUT_NAME)
    get_target_property(file ${target} SOURCES)
    get_filename_component(folder "${file}" DIRECTORY)
    get_filename_component(class "${folder}" NAME)
    if(where STREQUAL dir)
      list(APPEND found ${id}=${class})
    endif()
  endforeach()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# <id>=<class> of the probes of a program that is built already, as it lists them.
function(_escapement_probes_listed_by program out)
  execute_process(COMMAND ${program} list probes --format json OUTPUT_VARIABLE listed COMMAND_ERROR_IS_FATAL ANY)
  string(JSON count LENGTH "${listed}")
  set(found)
  math(EXPR last "${count} - 1")
  foreach(i RANGE ${last})
    string(JSON id GET "${listed}" ${i} id)
    string(JSON class GET "${listed}" ${i} class)
    list(APPEND found ${id}=${class})
  endforeach()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

function(_escapement_profiles_that_ship out)
  foreach(dir ../suites/profiles ../profiles)  # in the source tree, and installed
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${dir}/*.toml)
    if(files)
      break()
    endif()
  endforeach()
  list(TRANSFORM files REPLACE "^.*/([^/]+)\\.toml$" "\\1")
  set(${out} ${files} PARENT_SCOPE)
endfunction()

function(escapement_add_checks)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "PROBES_DIR;COMMAND" "TARGETS;PROFILES;PROBES")
  if(arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "escapement_add_checks: cannot read ${arg_UNPARSED_ARGUMENTS} ${arg_KEYWORDS_MISSING_VALUES}")
  endif()
  if(TARGET escapement)
    set(program $<TARGET_FILE:escapement>)
  else()
    find_program(ESCAPEMENT_PROGRAM escapement REQUIRED HINTS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../../../bin
                 DOC "The command escapement, built or installed")
    set(program ${ESCAPEMENT_PROGRAM})
  endif()

  set(from)
  if(arg_PROBES_DIR)
    get_filename_component(dir ${arg_PROBES_DIR} ABSOLUTE)
    set(from --probes ${dir})
    _escapement_probes_of(${CMAKE_CURRENT_SOURCE_DIR} ${dir} known)
  elseif(TARGET escapement)
    get_filename_component(source ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../probes ABSOLUTE)
    _escapement_probes_of(${source} ${CMAKE_BINARY_DIR}/probes known)
  else()
    _escapement_probes_listed_by(${program} known)
  endif()
  if(NOT arg_PROBES)
    list(TRANSFORM known REPLACE "=.*" "" OUTPUT_VARIABLE arg_PROBES)
  endif()
  if(arg_COMMAND AND NOT arg_COMMAND MATCHES "{(probe|root)}")
    message(FATAL_ERROR "escapement_add_checks: COMMAND ${arg_COMMAND}: expected {probe}, or {root}, in it")
  endif()
  if(arg_COMMAND AND NOT "command" IN_LIST arg_TARGETS)
    list(APPEND arg_TARGETS command)
  endif()
  if(NOT arg_TARGETS)
    set(arg_TARGETS isolator)
  endif()
  if(NOT arg_PROFILES AND NOT arg_TARGETS STREQUAL "isolator")
    set(arg_PROFILES strict)
  elseif(NOT arg_PROFILES)
    _escapement_profiles_that_ship(arg_PROFILES)
  endif()
  # No test at all would look like success.
  if(NOT arg_PROBES OR NOT arg_PROFILES)
    message(FATAL_ERROR "escapement_add_checks: nothing to check: profiles: ${arg_PROFILES}; probes: ${arg_PROBES}")
  endif()

  get_property(check GLOBAL PROPERTY _ESCAPEMENT_CHECK)
  foreach(profile IN LISTS arg_PROFILES)
    get_filename_component(name ${profile} NAME)
    string(REGEX REPLACE "\\.toml$" "" name ${name})
    if(profile MATCHES "/|\\.toml$")
      get_filename_component(profile ${profile} ABSOLUTE)
    endif()
    foreach(id IN LISTS arg_PROBES)
      set(labels_of_pair ${name})
      foreach(probe IN LISTS known)
        if(probe MATCHES "^${id}=(.+)$")
          list(APPEND labels_of_pair ${CMAKE_MATCH_1})
        endif()
      endforeach()
      foreach(target IN LISTS arg_TARGETS)
        set(test ${name}.${id})
        set(labels ${labels_of_pair})
        set(by)
        if(NOT target STREQUAL "isolator")
          set(test ${target}.${test})
          set(by --target ${target})
          list(APPEND labels ${target})
        endif()
        if(target STREQUAL "command")
          list(APPEND by --command ${arg_COMMAND})
        endif()
        add_test(NAME ${test}
                 COMMAND sh -c "${check}" ${profile} ${program} run ${by} --profile ${profile} --probe ${id} ${from})
        set_tests_properties(${test} PROPERTIES LABELS "${labels}" SKIP_RETURN_CODE 77 TIMEOUT 120)
      endforeach()
    endforeach()
  endforeach()
endfunction()
