import { expect, test } from 'vitest'
import { cgroupsPath } from '../../../../netd/containerd/spec/cgroups-path.ts'

test.each([
  [false, '', '/trestle/some'],
  [false, '/lab/', '/lab/some'],
  [true, '', 'system.slice:trestle:some'],
  [true, 'lab.slice', 'lab.slice:trestle:some'],
])('with systemd %s, and the parent "%s": %s', (isSystemdCgroup, cgroupParent, path) => {
  expect(cgroupsPath({ id: 'some', cgroupParent }, { cgroupPrefix: 'trestle', isSystemdCgroup })).toBe(path)
})
