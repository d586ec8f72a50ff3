/** What `npm run test:services` runs: tests that need a service beside Lacewing, such as a message broker. */

process.stdout.write('There are no tests that need a service yet.\n')
