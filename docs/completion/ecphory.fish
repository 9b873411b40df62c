# fish completion for ecphory; install as share/fish/vendor_completions.d/ecphory.fish
complete -c ecphory -f
set -l commands run check sweep plot score import export recover list describe version help

complete -c ecphory -n "not __fish_seen_subcommand_from $commands" -a run -d 'build and run a network'
complete -c ecphory -n "not __fish_seen_subcommand_from $commands" -a check -d 'validate and forecast'
complete -c ecphory -n "not __fish_seen_subcommand_from $commands" -a plot -d 'draw a run'
complete -c ecphory -n "not __fish_seen_subcommand_from $commands" -a score -d 'score against recorded data'
complete -c ecphory -n "not __fish_seen_subcommand_from $commands" -a import -d 'a network of another tool as a config'
complete -c ecphory -n "not __fish_seen_subcommand_from $commands" -a export -d 'a network for other tools'
complete -c ecphory -n "not __fish_seen_subcommand_from $commands" -a recover -d 'rescue a killed run'
complete -c ecphory -n "not __fish_seen_subcommand_from $commands" -a list -d 'what there is'
complete -c ecphory -n "not __fish_seen_subcommand_from $commands" -a describe -d 'manual page of a member'
complete -c ecphory -n "not __fish_seen_subcommand_from $commands" -a version -d 'version and build'
complete -c ecphory -n "not __fish_seen_subcommand_from $commands" -a help -d 'help'
complete -c ecphory -s h -l help -d 'the help of the command'

set -l network '__fish_seen_subcommand_from run check'
complete -c ecphory -n $network -a '(ecphory list scenarios --names 2>/dev/null | string replace scenario/ "")' -d scenario
complete -c ecphory -n $network -a '(__fish_complete_suffix .cfg)'
complete -c ecphory -n $network -s s -l set -x -d 'replace a value of the config'
complete -c ecphory -n $network -l seed -x -d 'the same as -s seed=N'
complete -c ecphory -n $network -s t -l threads -x -d 'threads to use'
complete -c ecphory -n $network -l json -d 'one JSON object'
complete -c ecphory -n $network -l latency -x -d 'of a message between ranks'
complete -c ecphory -n $network -l bandwidth -x -d 'of messages, in GB/s'
complete -c ecphory -n '__fish_seen_subcommand_from check' -l ranks -x -d 'forecast for so many ranks'

complete -c ecphory -n '__fish_seen_subcommand_from run check export list describe' -l plugin -r -F -d 'load models of your own'

set -l run '__fish_seen_subcommand_from run'
complete -c ecphory -n $run -s o -l out -x -a '(__fish_complete_directories)' -d 'folder for the files'
complete -c ecphory -n $run -l no-files -d 'write nothing'
complete -c ecphory -n $run -l isa -x -a 'auto baseline avx2 avx512' -d 'instruction set'
complete -c ecphory -n $run -s q -l quiet -d 'no progress and no summary'
complete -c ecphory -n $run -l weights-checksum -d 'compute weights_checksum'
complete -c ecphory -n $run -l checkpoint-every -x -d 'checkpoints, in model time'
complete -c ecphory -n $run -l checkpoint-wall -x -d 'checkpoints, in wall time'
complete -c ecphory -n $run -l max-wall -x -d 'stop before so much wall time is over'
complete -c ecphory -n $run -l resume -d 'go on from the checkpoint'
complete -c ecphory -n $run -l resume-previous -d 'go on from the one before'
complete -c ecphory -n $run -l dry-run-rank -x -d 'try one rank of many'
complete -c ecphory -n $run -l of -x -d 'ranks of the dry run'
complete -c ecphory -n $run -l dry-run-rate -x -d 'rate of the others'

set -l plot '__fish_seen_subcommand_from plot'
complete -c ecphory -n $plot -F -a 'raster rates trace histogram'
complete -c ecphory -n $plot -s o -l out -r -F -d 'the picture'
complete -c ecphory -n $plot -s p -l population -x -d 'populations to show'
complete -c ecphory -n $plot -l signal -x -d 'probe or field'
complete -c ecphory -n $plot -l from -x -d begin
complete -c ecphory -n $plot -l to -x -d end
complete -c ecphory -n $plot -l bin -x -d 'width of a bin'
complete -c ecphory -n $plot -l neurons -x -d 'at most so many neurons'

set -l sweep '__fish_seen_subcommand_from sweep'
complete -c ecphory -n $sweep -l over -x -d 'a key with its values'
complete -c ecphory -n $sweep -l seeds -x -d 'how many seeds, or a list'
complete -c ecphory -n $sweep -l together -d 'values side by side'
complete -c ecphory -n $sweep -l show -x -d 'results to show'
complete -c ecphory -n $sweep -l jobs -x -d 'runs at once'

set -l score '__fish_seen_subcommand_from score'
complete -c ecphory -n $score -l data -r -F -d 'the recording'
complete -c ecphory -n $score -l model -r -F -d 'what is scored'
complete -c ecphory -n $score -l measure -x -d 'measures'
complete -c ecphory -n $score -s s -l set -x -d 'a parameter of a measure'
complete -c ecphory -n $score -l window -x -d 'where spikes are counted'
complete -c ecphory -n $score -l by -x -d 'column of the trials'

set -l import '__fish_seen_subcommand_from import'
complete -c ecphory -n $import -a '(__fish_complete_suffix .nir)'
complete -c ecphory -n $import -s o -l out -x -a '(__fish_complete_directories)' -d 'folder for the config'
complete -c ecphory -n $import -l dt -x -d 'step of the config'
complete -c ecphory -n '__fish_seen_subcommand_from import export' -l pulse -x -d 'length of a spike in NIR'

set -l export '__fish_seen_subcommand_from export'
complete -c ecphory -n $export -a '(ecphory list scenarios --names 2>/dev/null | string replace scenario/ "")' -d scenario
complete -c ecphory -n $export -a '(__fish_complete_suffix .cfg)'
complete -c ecphory -n $export -s o -l out -r -F -d 'FILE.nir, or a folder'
complete -c ecphory -n $export -s s -l set -x -d 'replace a value of the config'
complete -c ecphory -n $export -l seed -x -d 'the same as -s seed=N'

complete -c ecphory -n '__fish_seen_subcommand_from list' -l names -d 'names only'
complete -c ecphory -n '__fish_seen_subcommand_from list' -a 'neurons plasticity memories scenarios analyses rules laws stimuli probes config'
complete -c ecphory -n '__fish_seen_subcommand_from describe' -a '(ecphory list --names 2>/dev/null)'
complete -c ecphory -n '__fish_seen_subcommand_from recover' -a '(__fish_complete_directories)'
complete -c ecphory -n '__fish_seen_subcommand_from help' -a "$commands"
