import { errors } from '../../../api/errors.ts'
import { index, parseJson, type OciDescriptor } from './formats.ts'

/** As Node names it to as Go does, which is what images carry. */
const architectures: Record<string, string> = {
  x64: 'amd64',
  ia32: '386',
  arm: 'arm',
  arm64: 'arm64',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
  s390x: 's390x',
}
export const hostArchitecture = architectures[process.arch] ?? process.arch

/** Of an index of several platforms. Throws 400 when this machine's is not among them. */
export function manifestFor({ digest }: Pick<OciDescriptor, 'digest'>, bytes: Buffer): OciDescriptor {
  const { manifests } = parseJson(bytes, index, `the index ${digest}`)
  const fitting = manifests.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === hostArchitecture,
  )
  if (fitting === undefined) throw errors.invalidParameter(`the image ${digest} is not for linux/${hostArchitecture}`)
  return fitting
}
