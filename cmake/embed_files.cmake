# talmach_embed(folder subfolder file...): makes each src/<folder>/<subfolder>/<file> a constant
# <folder>::EmbeddedFile("<file>") of talmach::<folder>, so that programs need no files beside
# them.
function(talmach_embed folder subfolder)
  set(text "// Generated from src/${folder}/${subfolder}/ by cmake/embed_files.cmake.\n")
  string(APPEND text "#include \"${folder}/embedded_file.h\"\n\nnamespace talmach::${folder} {\n\n")
  string(APPEND text "std::string_view EmbeddedFile(std::string_view name) {\n")
  foreach(name IN LISTS ARGN)
    set(path ${PROJECT_SOURCE_DIR}/src/${folder}/${subfolder}/${name})
    file(READ ${path} content)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    string(APPEND text "  if (name == \"${name}\") {\n"
           "    return R\"embedded(${content})embedded\";\n  }\n")
  endforeach()
  string(APPEND text "  return {};\n}\n\n}  // namespace talmach::${folder}\n")
  # Copying leaves the time stamp alone when nothing changed, so nothing is rebuilt.
  set(generated ${PROJECT_BINARY_DIR}/generated/${folder}/embedded_file)
  file(WRITE ${generated}.new "${text}")
  configure_file(${generated}.new ${generated}.cc COPYONLY)
  target_sources(talmach_${folder} PRIVATE ${generated}.cc)
endfunction()
