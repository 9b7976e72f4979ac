/** `kill -9` of the daemon, and its successor, which adopts what runs. */
import '../e2e/daemon-crash.test.ts'
