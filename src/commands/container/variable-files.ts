import { readFile } from 'node:fs/promises'
import { UsageError } from '../../errors.ts'
import { parseVariableFile } from '../../request/values.ts'

/** The files of `--env-file`, one after the other. */
export async function readVariableFiles(
  paths: string[],
  environment: Record<string, string | undefined>,
): Promise<string[]> {
  const variables: string[] = []
  for (const path of paths) {
    const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`open ${path}: ${error.code === 'ENOENT' ? 'no such file or directory' : error.message}`)
    })
    variables.push(...parseVariableFile(content, environment))
  }
  return variables
}
