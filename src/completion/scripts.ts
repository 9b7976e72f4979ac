/** Completion scripts: the tree is written into them, names of things are asked of the daemon (in silence if there is none). */
import { flatten, type DescribedCommand, type DescribedFlag } from './describe.ts'

/** How the words for an operand or a flag's value are found, by its name. */
const lookups: Record<string, string> = {
  container: "trestle ps -a --format '{{.Names}}'",
  network: "trestle network ls --format '{{.Name}}'",
  volume: "trestle volume ls --format '{{.Name}}'",
  image: "trestle image ls --format '{{.Repository}}:{{.Tag}}'",
}

const lookupOf = (name: string): string | undefined => lookups[name === '--network' ? 'network' : name]

export function bashScript(program: DescribedCommand): string {
  const commands = flatten(program)
  return `# bash completion for trestle. Load it: source <(trestle completion bash)
_trestle() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} path='' skip='' operands=0 at verbs flags valued
  for ((at = 1; at <= COMP_CWORD; at++)); do
    case "$path" in
${commands.map((command) => `      ${bashPattern(command)}) verbs=${quote(command.verbs.map((verb) => verb.path.at(-1)!).join(' '))}; flags=${quote(flagNames(command.flags).join(' '))}; valued=${quote(` ${valuedNames(command).join(' ')} `)} ;;`).join('\n')}
    esac
    ((at == COMP_CWORD)) && break
    local one=\${COMP_WORDS[at]}
    if [[ -n $skip ]]; then skip=''
    elif [[ $one == -* ]]; then [[ $valued == *" $one "* ]] && skip=1
    elif [[ " $verbs " == *" $one "* ]]; then path="$path $one"
    else ((operands++)); fi
  done
  COMPREPLY=()
  if [[ -n $skip ]]; then
    case "$path $before" in
${commands.flatMap((command) => command.flags.flatMap((flag) => bashFlag(command, flag))).join('\n')}
      *) COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
  elif [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  elif [[ -n $verbs ]]; then
    COMPREPLY=($(compgen -W "$verbs" -- "$word"))
  else
    case "$path $operands" in
${commands.flatMap(bashOperands).join('\n')}
      *) COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
  fi
}
complete -o filenames -F _trestle trestle
`
}

/** The path as the script builds it: each word after a blank. */
function bashPath({ path }: DescribedCommand): string {
  return path.map((word) => ` ${word}`).join('')
}

function bashPattern(command: DescribedCommand): string {
  return quote(bashPath(command))
}

function bashFlag(command: DescribedCommand, flag: DescribedFlag): string[] {
  const words = bashWords(flag.choices, lookupOf(flag.names.at(-1)!))
  if (!flag.takesValue || words === undefined) return []
  return [`      ${flag.names.map((name) => quote(`${bashPath(command)} ${name}`)).join('|')}) ${words} ;;`]
}

function bashOperands(command: DescribedCommand): string[] {
  return command.operands.flatMap((operand, at) => {
    const words = bashWords(operand.choices, lookupOf(operand.name))
    const pattern = operand.isVariadic ? `${quote(`${bashPath(command)} `)}*` : quote(`${bashPath(command)} ${at}`)
    return words === undefined ? [] : [`      ${pattern}) ${words} ;;`]
  })
}

function bashWords(choices: string[], lookup: string | undefined): string | undefined {
  if (choices.length > 0) return `COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$word"))`
  return lookup === undefined ? undefined : `COMPREPLY=($(compgen -W "$(${lookup} 2>/dev/null)" -- "$word"))`
}

export function zshScript(program: DescribedCommand): string {
  const commands = flatten(program)
  return `#compdef trestle
# zsh completion for trestle. Put it on your fpath as _trestle, or: source <(trestle completion zsh)
${Object.entries(lookups)
  .map(
    ([name, lookup]) =>
      `_trestle_${name}() { local -a words; words=(\${(f)"$(${lookup} 2>/dev/null)"}); compadd -a words }`,
  )
  .join('\n')}
${commands.map(zshFunction).join('\n')}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _trestle "$@"; else compdef _trestle trestle; fi
`
}

function zshName({ path }: DescribedCommand): string {
  return ['_trestle', ...path].join('__')
}

function zshFunction(command: DescribedCommand): string {
  const flags = command.flags.map((flag) => zshFlag(flag))
  if (command.verbs.length === 0) {
    const operands = command.operands.map(({ name, isVariadic, choices }) =>
      quote(`${isVariadic ? '*' : ''}:${name}:${zshWords(name, choices)}`),
    )
    return `${zshName(command)}() {\n  _arguments -s -S \\\n    ${[...flags, ...operands].join(' \\\n    ')}\n}`
  }
  return `${zshName(command)}() {
  local context state line curcontext=$curcontext
  local -a verbs
  verbs=(${command.verbs.map((verb) => quote(`${verb.path.at(-1)}:${verb.description.replaceAll(':', '\\:')}`)).join(' ')})
  _arguments -s -C \\
    ${flags.join(' \\\n    ')} \\
    '1: :->verb' '*:: :->rest'
  case $state in
    verb) _describe 'command' verbs ;;
    rest) (( $+functions[${zshName(command)}__$line[1]] )) && ${zshName(command)}__$line[1] ;;
  esac
}`
}

function zshFlag({ names, description, takesValue, choices }: DescribedFlag): string {
  const text = `[${description.replace(/[[\]:\\]/g, '\\$&')}]`
  const value = takesValue ? `:value:${zshWords(names.at(-1)!, choices)}` : ''
  // Every flag may come again: which of them may is the program's to say.
  return names.map((name) => quote(`*${name}${text}${value}`)).join(' ')
}

function zshWords(name: string, choices: string[]): string {
  if (choices.length > 0) return `(${choices.join(' ')})`
  const noun = name.replace(/^--/, '')
  return noun in lookups ? `_trestle_${noun}` : '_files'
}

function flagNames(flags: DescribedFlag[]): string[] {
  return flags.flatMap(({ names }) => names)
}

function valuedNames({ flags }: DescribedCommand): string[] {
  return flagNames(flags.filter(({ takesValue }) => takesValue))
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
