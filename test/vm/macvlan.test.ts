/** The macvlan driver beside Docker 26's on the same kernel, which has VLANs, too. */
import '../e2e/macvlan.test.ts'
