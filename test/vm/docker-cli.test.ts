/** The docker CLI's transcript, on a distribution's kernel and with Docker 26's command line. */
import '../e2e/docker-cli.test.ts'
