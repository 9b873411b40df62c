# What `cmake --install` leaves: the program, the library with its headers and
# a pkg-config file, the scenarios, the manual page and the shell completions.
include(GNUInstallDirs)

set_target_properties(ecphory_core PROPERTIES OUTPUT_NAME ecphory)
install(TARGETS ecphory_core ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET ecphory)
  install(TARGETS ecphory RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
# What a program needs that builds a plan, runs it and reads what came out, or works with memories; and
# what a member needs.
set(ecp_headers "")
foreach(name analysis blas_kernels capacity config experience feature_map field forecast isa memory mlp names network
    neuron plan plan_memory plasticity plot plugin recall recording report retrieval scenario score status store
    store_tables types units vector_math)
  list(APPEND ecp_headers ${CMAKE_SOURCE_DIR}/engine/${name}.h)
endforeach()
install(FILES ${ecp_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ecphory/engine)

# The library is static: who links it links what it uses.
set(ECP_PC_LIBS "")
foreach(library ${ECP_LIBRARIES})
  if(library MATCHES "^(/|-)")
    string(APPEND ECP_PC_LIBS " ${library}")
  elseif(NOT library MATCHES "::")
    string(APPEND ECP_PC_LIBS " -l${library}")
  endif()
endforeach()
if(ECP_MPI)
  string(JOIN " " ecp_mpi_link ${MPI_C_LIBRARIES} ${MPI_C_LINK_FLAGS})
  string(APPEND ECP_PC_LIBS " ${ecp_mpi_link}")
endif()
string(APPEND ECP_PC_LIBS " -lm ${OpenMP_C_FLAGS}")
set(ECP_PC_CFLAGS "")
if(ECP_DOUBLE)
  set(ECP_PC_CFLAGS "-DECP_DOUBLE")
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  string(APPEND ECP_PC_CFLAGS " -DECP_HAVE_X86")
endif()
# How a plugin is compiled: with these, its loops vectorise and give the same bits on every machine.
set(ECP_PC_PLUGIN "-shared -fPIC -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math -fopenmp-simd")
file(RELATIVE_PATH ecp_pc_up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" ecp_pc_up "${ecp_pc_up}")
configure_file(${CMAKE_SOURCE_DIR}/cmake/ecphory.pc.in ${CMAKE_BINARY_DIR}/ecphory.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/ecphory.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

file(GLOB ecp_scenario_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/scenarios/*.cfg)
install(FILES ${ecp_scenario_files} DESTINATION ${CMAKE_INSTALL_DATADIR}/ecphory/scenarios)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/scenarios/data DESTINATION ${CMAKE_INSTALL_DATADIR}/ecphory/scenarios)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DATADIR}/ecphory
  PATTERN "*.so" EXCLUDE)
install(FILES ${CMAKE_SOURCE_DIR}/docs/ecphory.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
set(completion ${CMAKE_SOURCE_DIR}/docs/completion)
install(FILES ${completion}/ecphory.bash RENAME ecphory OPTIONAL
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${completion}/_ecphory OPTIONAL
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${completion}/ecphory.fish OPTIONAL
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
