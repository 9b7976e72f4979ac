import { expect, test } from 'vitest'
import { topologyJsonSchema } from '../../../lab/model/topology.ts'

test('the JSON schema that editors read is the one that the parser uses (vitest -u writes it again)', async () => {
  await expect(`${JSON.stringify(topologyJsonSchema(), undefined, 2)}\n`).toMatchFileSnapshot(
    '../../../topologies/topology.schema.json',
  )
})
