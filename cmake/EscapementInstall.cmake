# What another project needs of an installed Escapement: the library with its headers, for find_package(escapement) and
# for pkg-config. Nothing in it names the prefix, so that the tree can be moved.

include(CMakePackageConfigHelpers)

install(TARGETS isolator EXPORT escapement-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY isolator/include/isolator DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(packages ${CMAKE_INSTALL_LIBDIR}/cmake/escapement)
set(modules ${CMAKE_INSTALL_DATADIR}/escapement/cmake)
install(EXPORT escapement-targets NAMESPACE escapement:: DESTINATION ${packages})
configure_package_config_file(cmake/escapement-config.cmake.in escapement-config.cmake INSTALL_DESTINATION ${packages}
                              PATH_VARS modules)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/escapement-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/escapement-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/escapement-config-version.cmake DESTINATION ${packages})

file(RELATIVE_PATH prefix_from_pc /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/isolator.pc.in isolator.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/isolator.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
