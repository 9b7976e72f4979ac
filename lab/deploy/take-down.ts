import type { Client } from '../../api/client/client.ts'
import { RemoteError } from '../../api/client/errors.ts'
import { labLabel } from '../../api/trestle/labels.ts'
import { listNodes } from './nodes.ts'

export interface TakenDown {
  nodes: number
  networks: number
}

/**
 * Takes away everything that carries the lab's label, whatever its file says by now. Goes on after an error and
 * rejects with all of them. Links fall with the nodes they join.
 */
export async function takeDown(client: Client, lab: string): Promise<TakenDown> {
  const [nodes, networks] = await Promise.all([
    listNodes(client, lab),
    client.networks.list({ filters: { label: [`${labLabel}=${lab}`] } }),
  ])
  const failures: string[] = []
  const attempt = async (subject: string, work: Promise<void>): Promise<void> => {
    await work.catch((error: Error) => {
      // Somebody else was quicker.
      if (!(error instanceof RemoteError && error.status === 404)) failures.push(`${subject}: ${error.message}`)
    })
  }
  await Promise.all(
    nodes.map(({ kind, name, node }) =>
      attempt(
        `node ${node}`,
        kind === 'container'
          ? client.containers.remove(name, { force: true, volumes: true })
          : client.trestle.namespaces.remove(name),
      ),
    ),
  )
  await Promise.all(networks.map(({ Id, Name }) => attempt(`network ${Name}`, client.networks.remove(Id))))
  const links = (await client.trestle.links.list()).filter(({ labels }) => labels[labLabel] === lab)
  await Promise.all(links.map(({ id }) => attempt(`link ${id}`, client.trestle.links.remove(id))))
  if (failures.length > 0) throw new Error(`lab ${lab} is not all gone: ${failures.join('; ')}`)
  return { nodes: nodes.length, networks: networks.length }
}
