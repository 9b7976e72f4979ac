/** The words of a topology file that several of its parts use. */
import { z } from 'zod'

/** Also a DNS name, half of a container's name, and a namespace's name for `ip netns exec`. */
export const itemName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,30}$/,
    'a name has 1 to 31 letters, digits, "_" or "-", and begins with a letter or digit',
  )

/** YAML has numbers and booleans where an environment variable or a sysctl has text. */
export const scalarText = z.union([z.string(), z.number(), z.boolean()]).transform(String)

/** Run by `sh -c` when it is text, as it stands when it is a list. */
export const command = z.union([
  z
    .string()
    .min(1, 'a command cannot be empty')
    .transform((text) => ['sh', '-c', text]),
  z.array(z.string()).min(1, 'a command cannot be empty'),
])

export const sysctls = z.record(
  z
    .string()
    .regex(
      /^net\.[A-Za-z0-9_.\-/]+$/,
      'only sysctls under net. belong to a network namespace, such as net.ipv4.ip_forward',
    ),
  scalarText,
)

export const address = z.union([z.ipv4(), z.ipv6()], 'not an address')
export const mac = z.mac('not a MAC address such as 02:00:00:00:00:01')
