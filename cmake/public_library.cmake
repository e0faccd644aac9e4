# libtalmach: src/talmach over the rooms below it, which stay inside; and libtalmach-pictures, apart
# from it because programs need Pango and Cairo for it. Each is talmach::<name> of the kind that
# BUILD_SHARED_LIBS says.

# Programs see <talmach/…> and no room beside it.
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/talmach ${PROJECT_BINARY_DIR}/include/talmach SYMBOLIC)

# talmach_public_headers(<target>): what programs are compiled with.
function(talmach_public_headers name)
  target_include_directories(${name} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include> $<INSTALL_INTERFACE:include>)
  target_compile_features(${name} INTERFACE cxx_std_20)
endfunction()

# talmach_front(<target> SOURCES files... LINK targets...): a part of src/talmach. Unlike the rooms
# it is compiled with visible symbols, of which cmake/exports.map leaves the public ones.
function(talmach_front name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  add_library(${name} STATIC EXCLUDE_FROM_ALL ${arg_SOURCES})
  if(BUILD_SHARED_LIBS OR TALMACH_BOTH_KINDS)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON
                          VISIBILITY_INLINES_HIDDEN ON)
  endif()
  target_compile_definitions(${name} PRIVATE TALMACH_INSIDE)
  target_link_libraries(${name} PRIVATE talmach_options ${arg_LINK})
endfunction()

# talmach_public_library(<name> FRONT target ROOMS folders... [ON target]): the targets
# <name>_static, an archive of all objects of the front and the rooms, and <name>_shared, which has
# what the front needs of them. ON names the public library this one is used with.
function(talmach_public_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FRONT;ON" "ROOMS")
  set(objects $<TARGET_OBJECTS:${arg_FRONT}>)
  foreach(room IN LISTS arg_ROOMS)
    list(APPEND objects $<TARGET_OBJECTS:talmach_${room}>)
    get_target_property(libraries talmach_${room} LINK_LIBRARIES)
    list(APPEND needed ${libraries})
  endforeach()
  list(FILTER needed EXCLUDE REGEX "^talmach|^nlohmann_json")  # the latter has headers alone
  list(REMOVE_DUPLICATES needed)
  add_library(${name}_static STATIC EXCLUDE_FROM_ALL ${objects})
  target_link_libraries(${name}_static PRIVATE ${needed})

  set(map ${PROJECT_SOURCE_DIR}/cmake/exports.map)
  add_library(${name}_shared SHARED EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${arg_FRONT}>)
  target_link_libraries(${name}_shared PRIVATE ${arg_FRONT})
  target_link_options(${name}_shared PRIVATE -Wl,--version-script=${map})
  set_target_properties(${name}_shared PROPERTIES LINK_DEPENDS ${map} VERSION ${PROJECT_VERSION}
                        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

  string(REPLACE _ - file ${name})
  foreach(kind static shared)
    set_target_properties(${name}_${kind} PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME ${file})
    talmach_public_headers(${name}_${kind})
    if(arg_ON)
      target_link_libraries(${name}_${kind} PUBLIC ${arg_ON}_${kind})
    endif()
  endforeach()
  if(BUILD_SHARED_LIBS)
    set(kind shared)
  else()
    set(kind static)
  endif()
  if(TALMACH_BOTH_KINDS)
    set_target_properties(${name}_static ${name}_shared PROPERTIES EXCLUDE_FROM_ALL OFF)
  endif()
  set_target_properties(${name}_${kind} PROPERTIES EXCLUDE_FROM_ALL OFF)
  string(REPLACE talmach_ "" alias ${name})
  add_library(talmach::${alias} ALIAS ${name}_${kind})
endfunction()

file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/talmach/*.cc)
list(FILTER sources EXCLUDE REGEX "/picture\\.cc$")
talmach_front(talmach_front SOURCES ${sources} LINK talmach::project talmach::evaluation)
talmach_public_library(talmach FRONT talmach_front
  ROOMS base tensor kernels io alignment text evaluation attention nn model search config training
        project)

if(TALMACH_BUILD_PICTURES)
  talmach_front(talmach_pictures_front SOURCES ${PROJECT_SOURCE_DIR}/src/talmach/picture.cc
                LINK talmach::drawing talmach_front)
  talmach_public_library(talmach_pictures FRONT talmach_pictures_front ROOMS drawing ON talmach)
endif()
