/** The environment of a container's process, and of what is executed beside it. */

/** `NAME` of `NAME=value`. */
export const variableName = (variable: string): string => variable.split('=', 1)[0]!

/**
 * Docker's own variables, and those of links, under the given ones. HOME is the user's own directory: the runtime knows it from the
 * container's passwd(5).
 */
export function processEnvironment(
  variables: readonly string[],
  { hostname, isTty, links }: { hostname: string; isTty: boolean; links: string[] },
): string[] {
  const defaults = [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    `HOSTNAME=${hostname}`,
    ...(isTty ? ['TERM=xterm'] : []),
    ...links,
  ]
  const names = new Set(variables.map(variableName))
  return [
    ...defaults.filter((variable) => !names.has(variableName(variable))),
    ...variables.filter((variable) => variable.includes('=')),
  ]
}
