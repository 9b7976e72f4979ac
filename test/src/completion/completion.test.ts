/** The scripts are run by the shells they are for. */
import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { projectRoot } from '../../support/host.ts'
import { run } from '../../support/run.ts'

const cli = `${projectRoot}bin/trestle`

/** What bash offers for a line that ends at the cursor. */
async function offers(line: string): Promise<string[]> {
  const script = `
    trestle() { case "$1 $2" in 'ps -a') echo web; echo db ;; 'network ls') echo lan; echo dmz ;; 'image ls') echo trestle/toolbox:latest ;; esac; }
    source <(${cli} completion bash)
    read -ra COMP_WORDS <<< ${JSON.stringify(line)}
    [[ ${JSON.stringify(line)} == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    _trestle
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = await run(['bash', '-c', script])
  expect(stderr).toBe('')
  return stdout.split('\n').filter((word) => word !== '')
}

describe('bash completes', () => {
  test.each([
    ['trestle netw', ['network']],
    ['trestle network con', ['connect']],
    ['trestle network connect ', ['lan', 'dmz']],
    ['trestle network connect lan ', ['web', 'db']],
    ['trestle -H tcp://a:1 network rm l', ['lan']],
    ['trestle network create --sub', ['--subnet']],
    ['trestle run -d --network ', ['lan', 'dmz']],
    ['trestle run --name x -p 80:80 tr', ['trestle/toolbox:latest']],
    ['trestle rm -f web ', ['web', 'db']],
    ['trestle inspect --type n', ['network']],
    ['trestle completion ', ['bash', 'zsh']],
  ])('%s', async (line, words) => {
    expect(await offers(line)).toEqual(words)
  })
})

const zsh = ['/bin/zsh', '/usr/bin/zsh'].find((file) => existsSync(file))

describe('the script for zsh', () => {
  test(`knows every command${zsh === undefined ? ' (no zsh on this machine: only its text is looked at)' : ', and zsh can read it'}`, async () => {
    const { stdout } = await run([cli, 'completion', 'zsh'])
    expect(stdout).toContain('_trestle__network__connect() {')
    expect(stdout).toContain("':network:_trestle_network'")
    if (zsh !== undefined)
      await run([
        zsh,
        '-f',
        '-c',
        `autoload -U compinit; compinit -u -D; ${stdout}\nwhence -f _trestle__network__create > /dev/null`,
      ])
  })
})

test('other shells are refused by name', async () => {
  expect(await run([cli, 'completion', 'fish'], { allowFailure: true })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Allowed choices are bash, zsh'),
  })
})
