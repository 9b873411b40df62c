# bash completion for ecphory; install as
# share/bash-completion/completions/ecphory
_ecphory()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    local commands="run check sweep plot score import export recover list describe version help"
    local kinds="neurons plasticity memories scenarios analyses rules laws stimuli probes config"
    local plots="raster rates trace histogram"
    COMPREPLY=()

    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
        return
    fi
    case $before in
    --isa)
        mapfile -t COMPREPLY < <(compgen -W "auto baseline avx2 avx512" -- "$word")
        return ;;
    -o | --out)
        if [ "$command" = run ] || [ "$command" = sweep ] || [ "$command" = import ]; then
            mapfile -t COMPREPLY < <(compgen -d -- "$word")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
        fi
        return ;;
    --plugin)
        mapfile -t COMPREPLY < <(compgen -f -X '!*.so' -- "$word"; compgen -d -S / -- "$word")
        return ;;
    -s | --set | --seed | -t | --threads | -p | --population | --signal | --from | --to | --bin | --neurons)
        return ;;
    --checkpoint-every | --checkpoint-wall | --max-wall | --latency | --bandwidth | --ranks)
        return ;;
    --measure | --window | --by | --over | --seeds | --show | --jobs | --dt | --pulse)
        return ;;
    --data | --model)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return ;;
    --dry-run-rank | --of | --dry-run-rate)
        return ;;
    esac

    local options=
    case $command in
    run)
        options="--set --seed --plugin --threads --out --no-files --isa --quiet --json --weights-checksum --help"
        options+=" --checkpoint-every --checkpoint-wall --max-wall --resume --resume-previous"
        options+=" --dry-run-rank --of --dry-run-rate --latency --bandwidth" ;;
    sweep)
        options="--over --seeds --together --show --jobs --set --seed --plugin --threads --out --resume"
        options+=" --quiet --json --help" ;;
    check) options="--set --seed --plugin --threads --json --ranks --latency --bandwidth --help" ;;
    score) options="--data --model --measure --set --window --by --population --seed --out --no-files --quiet --json --help" ;;
    import) options="--out --dt --pulse --help" ;;
    export) options="--set --seed --plugin --out --pulse --help" ;;
    plot) options="--out --population --signal --from --to --bin --neurons --help" ;;
    list) options="--names --plugin --help" ;;
    describe) options="--plugin --help" ;;
    *) options="--help" ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        return
    fi
    case $command in
    run | check | sweep | export)
        mapfile -t COMPREPLY < <(compgen -W "$(ecphory list scenarios --names 2>/dev/null | sed 's|.*/||')" -- "$word"
            compgen -f -X '!*.cfg' -- "$word"; compgen -d -S / -- "$word") ;;
    plot)
        if [ "$COMP_CWORD" -eq 2 ]; then
            mapfile -t COMPREPLY < <(compgen -d -- "$word"; compgen -f -X '!*.h5' -- "$word")
        else
            mapfile -t COMPREPLY < <(compgen -W "$plots" -- "$word")
        fi ;;
    import) mapfile -t COMPREPLY < <(compgen -f -X '!*.nir' -- "$word"; compgen -d -S / -- "$word") ;;
    recover) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    list) mapfile -t COMPREPLY < <(compgen -W "$kinds" -- "$word") ;;
    describe) mapfile -t COMPREPLY < <(compgen -W "$(ecphory list --names 2>/dev/null)" -- "$word") ;;
    help) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
    esac
}
complete -F _ecphory ecphory
