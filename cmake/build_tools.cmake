# ccache keeps nothing that was compiled with a precompiled header unless it may take macros and
# times in that header for what its content says, and clang's headers are equal only without time
# stamps. The header is large: its checksum is remembered.
if(CMAKE_CXX_COMPILER_LAUNCHER MATCHES "(^|/)ccache$")
  list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER env
       CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_INODECACHE=true)
endif()

# The fastest linker there is: GNU's needs three seconds for a test program with sanitizers.
if(NOT CMAKE_CROSSCOMPILING)
  find_program(TALMACH_LINKER NAMES ld.lld)
  mark_as_advanced(TALMACH_LINKER)
endif()
