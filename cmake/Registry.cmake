# A registry file lists members one per line, ECP_NEURON(lif); the same line
# gives CMake the source and C the table.
function(registry_sources out folder)
  set(def ${CMAKE_SOURCE_DIR}/${folder}/models.def)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${def})
  file(STRINGS ${def} lines REGEX "^ECP_[A-Z]+\\([a-z0-9_]+\\)")
  set(sources ${CMAKE_SOURCE_DIR}/${folder}/models.c)
  foreach(line ${lines})
    string(REGEX REPLACE "^ECP_[A-Z]+\\(([a-z0-9_]+)\\).*" "\\1" id ${line})
    list(APPEND sources ${CMAKE_SOURCE_DIR}/${folder}/${id}.c)
  endforeach()
  set(${out} ${sources} PARENT_SCOPE)
endfunction()
