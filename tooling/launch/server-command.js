/** The command line of the server, as built; also the `charterbus` of `@charterbus/bus-server`. */
export const commandLine = 'apps/bus-server/dist/cli.js';

/** What has to be built for it. */
export const commandLineFilter = '@charterbus/bus-server...';
