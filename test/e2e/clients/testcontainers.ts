/** Run inside a hermetic host, with DOCKER_HOST: what a test suite with testcontainers does, printed as JSON. */
import { GenericContainer, Network, Wait } from 'testcontainers'

await using network = await new Network().start()
await using web = await new GenericContainer('trestle/toolbox')
  .withNetwork(network)
  .withNetworkAliases('web')
  .withExposedPorts(80)
  .withCommand(['sh', '-c', 'echo page >/tmp/index.html; echo ready; exec httpd -f -p 80 -h /tmp'])
  .withWaitStrategy(Wait.forAll([Wait.forLogMessage('ready'), Wait.forListeningPorts()]))
  .start()
await using client = await new GenericContainer('trestle/toolbox')
  .withNetwork(network)
  .withCommand(['sleep', '60'])
  .start()

const fromHost = await fetch(`http://${web.getHost()}:${web.getMappedPort(80)}/`)
const fromClient = await client.exec(['curl', '-s', 'http://web/'])
console.log(
  JSON.stringify({
    fromHost: (await fromHost.text()).trim(),
    fromClient: fromClient.output.trim(),
    exitCode: fromClient.exitCode,
  }),
)
