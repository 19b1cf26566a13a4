export { createServer, type ServerOptions } from './http/create-server.js';
export type { HttpServer } from './http/http-server.js';
export { type RunningServer, startServer } from './serve/start-server.js';
export { version } from './version.js';
