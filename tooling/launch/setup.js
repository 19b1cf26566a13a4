import { prepare } from './prepare.js';

await prepare('npm run setup', { tasks: [] });
