# cmake --install: the program, the libraries, their headers, and what find_package and pkg-config
# read. The installed tree may be moved.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/talmach)
if(TALMACH_BUILD_PROGRAM)
  install(TARGETS talmach_main RUNTIME COMPONENT program)
endif()

set(names talmach)
if(TALMACH_BUILD_PICTURES)
  list(APPEND names talmach_pictures)
endif()
set(kinds static)
if(TALMACH_BOTH_KINDS)
  set(kinds static shared)
elseif(BUILD_SHARED_LIBS)
  set(kinds shared)
endif()
foreach(name IN LISTS names)
  foreach(kind IN LISTS kinds)
    install(TARGETS ${name}_${kind} EXPORT ${name}_${kind}
            LIBRARY COMPONENT library NAMELINK_COMPONENT development
            ARCHIVE COMPONENT development)
    install(EXPORT ${name}_${kind} NAMESPACE talmach:: DESTINATION ${package_dir}
            COMPONENT development)
  endforeach()
endforeach()

foreach(header IN ITEMS attention_layer attention_map error metrics namespace picture scoring talmach translator)
  install(FILES ${PROJECT_SOURCE_DIR}/src/talmach/${header}.h
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/talmach COMPONENT development)
endforeach()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/talmach-config.cmake.in
                              ${PROJECT_BINARY_DIR}/talmach-config.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/talmach-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/talmach-config.cmake
              ${PROJECT_BINARY_DIR}/talmach-config-version.cmake
              ${CMAKE_CURRENT_LIST_DIR}/dependencies.cmake
              ${CMAKE_CURRENT_LIST_DIR}/drawing_dependencies.cmake
        DESTINATION ${package_dir} COMPONENT development)

file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
foreach(name IN LISTS names)
  string(REPLACE _ - file ${name})
  configure_file(${CMAKE_CURRENT_LIST_DIR}/${file}.pc.in ${PROJECT_BINARY_DIR}/${file}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${file}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
          COMPONENT development)
endforeach()
