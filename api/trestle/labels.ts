/** Labels that a lab gives what it brings up, by which the daemon's picture and every later command find it again. */
export const labLabel = 'trestle.lab'
export const nodeLabel = 'trestle.node'
