# One static library per folder of src/, one test program per folder of tests/.

add_library(talmach_options INTERFACE)
# Portable code is as wide as SSE4's and takes five times as long to compile as all the rest.
if(TALMACH_NO_PORTABLE_SIMD AND CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
  target_compile_options(talmach_options INTERFACE -msse4.2 -maes -mpclmul)
endif()
target_compile_options(talmach_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow
                       -Wnon-virtual-dtor $<$<BOOL:${TALMACH_WARNINGS_AS_ERRORS}>:-Werror>)
# g++ 12 warns of overlaps in std::string that cannot be (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(talmach_options INTERFACE -Wno-restrict)
endif()
# x86-64's scalar code has no fused multiply-add; elsewhere compilers make some of what is written
# as two operations. Initial weights and statistics are the same numbers everywhere.
if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
  target_compile_options(talmach_options INTERFACE -ffp-contract=off)
endif()
if(TALMACH_LINKER)
  string(REGEX REPLACE ".*ld\\." "" linker ${TALMACH_LINKER})
  target_link_options(talmach_options INTERFACE -fuse-ld=${linker})
endif()
target_compile_definitions(talmach_options INTERFACE TALMACH_VERSION="${PROJECT_VERSION}")

# talmach_library(folder [PUBLIC targets...] [PRIVATE targets...]): src/<folder>/*.cc but main.cc as
# talmach::<folder>.
function(talmach_library folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PUBLIC;PRIVATE")
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  set(name talmach_${folder})
  if(sources)
    add_library(${name} STATIC EXCLUDE_FROM_ALL ${sources})
    set(scope PUBLIC)
    target_link_libraries(${name} PRIVATE talmach_options ${arg_PRIVATE})
    # A shared library shows nothing of the folders it is made of.
    if(BUILD_SHARED_LIBS OR TALMACH_BOTH_KINDS)
      set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON
                            CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    endif()
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  # Fuzzers are told which branches their files reach; no file decides what a kernel does.
  if(sources AND TALMACH_BUILD_FUZZERS AND NOT folder STREQUAL kernels)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  add_library(talmach::${folder} ALIAS ${name})
  target_include_directories(${name} ${scope} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} ${scope} ${arg_PUBLIC})
endfunction()

# talmach_program(name folder LINK targets...): src/<folder>/main.cc as an executable.
function(talmach_program name folder)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "LINK")
  add_executable(${name} ${PROJECT_SOURCE_DIR}/src/${folder}/main.cc)
  target_link_libraries(${name} PRIVATE talmach_options ${arg_LINK})
endfunction()

# talmach_test_headers(): what all tests are compiled with. Most of the time to compile a test goes
# into the headers of GoogleTest and of the standard library, so those are compiled once for all test
# programs, which therefore have the same compiler options, those of OpenMP among them.
function(talmach_test_headers)
  add_library(talmach_test_options INTERFACE)
  target_include_directories(talmach_test_options INTERFACE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(talmach_test_options INTERFACE talmach_options OpenMP::OpenMP_CXX
                                                       GTest::gmock_main)
  target_compile_options(talmach_test_options INTERFACE ${TALMACH_TEST_OPTIONS}
                         $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
                         "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  if(TALMACH_PRECOMPILE_TEST_HEADERS)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/test_headers.cc)
    file(CONFIGURE OUTPUT ${source} CONTENT "// Compiles the headers of the tests.\n")
    add_library(talmach_test_headers OBJECT ${source})
    target_link_libraries(talmach_test_headers PRIVATE talmach_test_options)
    target_precompile_headers(talmach_test_headers PRIVATE
      <gmock/gmock.h> <gtest/gtest.h> <algorithm> <cmath> <filesystem> <fstream> <functional>
      <limits> <memory> <numeric> <optional> <span> <string> <string_view> <thread> <vector>)
  endif()
endfunction()

# talmach_test(folder LINK targets...): every tests/<folder>/*_test.cc as one GoogleTest program.
# Tests run in the source folder, so that they find tests/golden and data by relative paths.
function(talmach_test folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${folder}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  set(name ${folder}_test)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE talmach_test_options ${arg_LINK})
  if(TALMACH_PRECOMPILE_TEST_HEADERS)
    target_precompile_headers(${name} REUSE_FROM talmach_test_headers)
  endif()
  # Spinning barriers are slow where several tests share the cores.
  gtest_discover_tests(${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DISCOVERY_TIMEOUT 60
                       PROPERTIES ENVIRONMENT "OMP_WAIT_POLICY=PASSIVE")
endfunction()
